import type { WebhookDeliveries, WebhookMade, Webhooks } from "../../../src/http/contract/webhooks.ts";
import type {
  ApiKeyMade,
  ApiKeys,
  InvitationOpened,
  StaffAccounts,
  StaffInvited,
} from "../../../src/http/contract/staff-accounts.ts";
import type {
  OwnSessions,
  RecoveryCodes,
  SecondFactorBegun,
} from "../../../src/http/contract/staff-own-account.ts";
import type { SecondPersons } from "../../../src/http/contract/staff-second-persons.ts";
import { id, ORGANISATION } from "../../person/fake/data.ts";
import { ME, PARTY } from "./data.ts";

/** Made-up colleagues, of every kind. */
export const TEAM: StaffAccounts = {
  mail: true,
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
      secondFactor: true,
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
      secondFactor: true,
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
      secondFactor: false,
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
  mailed: true,
  collectionName: "Fête d’été 2026",
};

/** Made-up keys: one in use, one that nobody's account stands behind any more. */
export const KEYS: ApiKeys = {
  keys: [
    {
      id: id(21, 1),
      name: "Website",
      prefix: "assent_0a1b2c3d",
      scopes: ["see-collections", "read-renditions"],
      collection: { id: PARTY, name: "Fête d’été 2026" },
      madeBy: ME.name,
      madeAt: "2026-06-01T10:00:00Z",
      expiresAt: "2026-09-01T00:00:00Z",
      lastUsedAt: "2026-06-21T08:59:00Z",
      state: "good",
    },
    {
      id: id(21, 2),
      name: "Ticket office",
      prefix: "assent_4e5f6a7b",
      scopes: ["see-collections", "invite-people"],
      collection: null,
      madeBy: "Sacha Morel",
      madeAt: "2026-02-01T10:00:00Z",
      expiresAt: "2027-02-01T00:00:00Z",
      lastUsedAt: null,
      state: "without-maker",
    },
  ],
};

export const KEY_MADE: ApiKeyMade = {
  id: id(21, 3),
  key: "assent_8c9d0e1f_made-up-and-good-for-nothing-made-up-and-good",
  expiresAt: "2026-09-20T00:00:00Z",
};

export const OWN_SESSIONS: OwnSessions = {
  sessions: [
    {
      id: id(22, 1),
      own: true,
      browser: "Firefox",
      system: "Linux",
      address: "203.0.113.7",
      how: "passkey",
      since: "2026-06-21T08:02:00Z",
      lastSeen: "2026-06-21T09:02:00Z",
    },
    {
      id: id(22, 2),
      own: false,
      browser: "Samsung Internet",
      system: "Android",
      address: "2001:db8:4a20:1d00::",
      how: "second-factor",
      since: "2026-06-19T18:30:00Z",
      lastSeen: "2026-06-20T22:40:00Z",
    },
    {
      id: id(22, 3),
      own: false,
      browser: null,
      system: null,
      address: null,
      how: null,
      since: "2026-06-15T07:00:00Z",
      lastSeen: "2026-06-15T07:00:00Z",
    },
  ],
};

export const SECOND_FACTOR_BEGUN: SecondFactorBegun = {
  uri: "otpauth://totp/Harmonie:camille%40example.org?secret=MADEUPANDGOODFORNOTHING234567&issuer=Harmonie",
  key: "MADEUPANDGOODFORNOTHING234567",
};

export const RECOVERY_CODES: RecoveryCodes = {
  codes: Array.from({ length: 10 }, (_, i) => `made${i}-up${i}aa`),
};

/** Made-up webhooks: one that works, one that was switched off. */
export const WEBHOOKS: Webhooks = {
  mayAllowPrivate: true,
  webhooks: [
    {
      id: id(24, 1),
      collection: PARTY,
      collectionName: "Fête d’été 2026",
      url: "https://site.example.org/assent",
      kinds: ["rendition.suspended", "rendition.replaced"],
      allowPrivate: false,
      state: "on",
      offBecause: null,
      offAt: null,
      failingSince: null,
      bothSecretsUntil: "2026-06-22T09:00:00Z",
      madeBy: ME.name,
      madeAt: "2026-06-01T10:00:00Z",
    },
    {
      id: id(24, 2),
      collection: null,
      collectionName: null,
      url: "https://desk.example.org:8443/hooks",
      kinds: ["request.opened"],
      allowPrivate: true,
      state: "off",
      offBecause: "failing",
      offAt: "2026-06-20T03:00:00Z",
      failingSince: "2026-06-15T03:00:00Z",
      bothSecretsUntil: null,
      madeBy: "Sacha Morel",
      madeAt: "2026-02-01T10:00:00Z",
    },
  ],
};

export const WEBHOOK_MADE: WebhookMade = {
  id: id(24, 3),
  secret: "whsec_bWFkZS11cC1hbmQtZ29vZC1mb3Itbm90aGluZy1hdC1hbGw=",
};

const MESSAGE = {
  attempts: 1,
  nextAt: null,
  failure: null,
  milliseconds: 84,
  message: "msg_made_up",
} as const;
export const WEBHOOK_DELIVERIES: WebhookDeliveries = {
  more: false,
  deliveries: [
    {
      ...MESSAGE,
      id: id(25, 1),
      kind: "rendition.suspended",
      state: "done",
      status: 204,
      madeAt: "2026-06-21T08:59:00Z",
      triedAt: "2026-06-21T08:59:01Z",
    },
    {
      ...MESSAGE,
      id: id(25, 2),
      kind: "rendition.replaced",
      state: "due",
      status: null,
      failure: "connection",
      attempts: 3,
      madeAt: "2026-06-21T08:59:30Z",
      triedAt: "2026-06-21T09:04:40Z",
      nextAt: "2026-06-21T09:35:00Z",
    },
    {
      ...MESSAGE,
      id: id(25, 3),
      kind: "test",
      state: "failed",
      status: 500,
      madeAt: "2026-06-20T17:12:00Z",
      triedAt: "2026-06-20T17:12:01Z",
    },
  ],
};

export const SECOND_PERSONS: SecondPersons = {
  owner: true,
  waiting: [
    {
      id: id(23, 1),
      what: "delete-collection",
      collection: "Fête d’été 2026",
      photos: 0,
      account: null,
      role: null,
      askedBy: "Dominique Fournier-Delacroix",
      askedAt: "2026-06-20T10:00:00Z",
      until: "2026-06-27T10:00:00Z",
      own: false,
      state: "open",
      settledBy: null,
    },
    {
      id: id(23, 2),
      what: "give-role",
      collection: null,
      photos: 0,
      account: "Noé Lambert",
      role: "editor",
      askedBy: ME.name,
      askedAt: "2026-06-19T10:00:00Z",
      until: "2026-06-26T10:00:00Z",
      own: true,
      state: "open",
      settledBy: null,
    },
    {
      id: id(23, 3),
      what: "delete-photos",
      collection: "Concert de printemps",
      photos: 3,
      account: null,
      role: null,
      askedBy: ME.name,
      askedAt: "2026-06-01T10:00:00Z",
      until: "2026-06-08T10:00:00Z",
      own: true,
      state: "expired",
      settledBy: null,
    },
  ],
};
