import type {
  InvitationOpened,
  StaffAccounts,
  StaffInvited,
} from "../../../src/http/contract/staff-accounts.ts";
import { id, ORGANISATION } from "../../person/fake/data.ts";
import { ME, PARTY } from "./data.ts";

/** Made-up colleagues, of every kind. */
export const TEAM: StaffAccounts = {
  accounts: [
    {
      id: id(20, 1),
      name: ME.name,
      email: ME.email,
      role: "owner",
      collections: [],
      own: true,
      lastSeen: "2026-06-21T09:12:00Z",
      since: "2026-01-05T10:00:00Z",
    },
    {
      id: id(20, 2),
      name: "Dominique Fournier-Delacroix",
      email: "dominique.fournier-delacroix@example.org",
      role: "officer",
      collections: [],
      own: false,
      lastSeen: null,
      since: "2026-02-01T10:00:00Z",
    },
    {
      id: id(20, 3),
      name: "Noé Lambert",
      email: "noe@example.org",
      role: null,
      collections: [{ id: PARTY, name: "Fête d’été 2026", role: "photographer" }],
      own: false,
      lastSeen: "2026-06-20T22:40:00Z",
      since: "2026-06-18T10:00:00Z",
    },
  ],
  invitations: [
    {
      id: id(20, 4),
      role: "publisher",
      collection: { id: PARTY, name: "Fête d’été 2026" },
      expiresAt: "2026-06-27T10:00:00Z",
    },
  ],
};

export const STAFF_INVITED: StaffInvited = {
  id: id(20, 5),
  link: "https://photos.example.org/staff/invitation#made-up-and-good-for-nothing",
  expiresAt: "2026-06-28T10:00:00Z",
};

export const STAFF_INVITATION: InvitationOpened = {
  organisation: ORGANISATION,
  role: "photographer",
  collectionName: "Fête d’été 2026",
};
