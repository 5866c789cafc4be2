import { Type, type TSchema } from "typebox";

/** What the interface for other programs speaks of; api.ts says by which operations. */

export const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Day = Type.String({ format: "date" });
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** x, y, width, height in pixels of the upright original. */
const BoxArray = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()], {
  description: "x, y, width, height in pixels of the upright original.",
});
const Reason = Type.String({
  minLength: 1,
  maxLength: 500,
  description: "Why somebody is looked at: they read it on their own page.",
});

export const PAGE = {
  limit: Type.Optional(
    Type.String({
      pattern: "^[1-9][0-9]{0,2}$",
      description: "How many at most: 60 unless given, 200 at most.",
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: "`next` of the page before; opaque." })),
} as const;
export const NEXT = {
  next: Nullable(Type.String({ description: "Cursor of the next page; null on the last one." })),
} as const;
export const Page = Type.Object(PAGE);
export const IN = { collection: Id } as const;
export const InCollection = Type.Object(IN);

export const Scope = Type.Enum([
  "see-collections",
  "see-photos",
  "read-renditions",
  "see-people",
  "see-consents",
  "invite-people",
  "see-requests",
  "look-up",
  "make-collections",
  "change-collections",
  "import-photos",
  "delete-photos",
  "hide-more",
  "manage-webhooks",
]);

export const ApiKeySelf = Type.Object({
  id: Id,
  name: Type.String(),
  actor: Type.String({ description: "As people read it whom it looked up." }),
  scopes: Type.Array(Scope),
  collection: Nullable(
    Type.String({ format: "uuid", description: "The only one it is good in; null: every one." }),
  ),
  expiresAt: Time,
});

export const Settings = Type.Object({
  organisation: Type.String(),
  address: Type.String({ description: "Where people open their pages." }),
  languages: Type.Array(Type.Enum(["en", "fr"])),
  minimumAge: Type.Integer({ description: "Years; who is younger joins through a guardian." }),
  majorityAge: Type.Integer({ description: "Years; from then on guardians speak for a child no more." }),
  mail: Type.Boolean({ description: "Whether the instance can write to people." }),
  sandbox: Type.Boolean({
    description: "Whether everybody in it is made up; then each answer has the header x-assent-sandbox too.",
  }),
});

export const COLLECTION = {
  id: Id,
  name: Type.String(),
  matching: Type.Enum(["off", "enrolled"]),
  photos: Type.Integer(),
  waiting: Type.Integer({ description: "Photos not looked through yet." }),
  faces: Type.Integer(),
  people: Type.Integer(),
  joinUntil: Day,
  retainUntil: Day,
} as const;
export const Collection = Type.Object({
  ...COLLECTION,
  purpose: Type.String(),
  channels: Type.Array(Type.Object({ name: Type.String(), public: Type.Boolean() })),
});

export const Photo = Type.Object({
  id: Id,
  file: Type.String({ description: "The original's name." }),
  width: Type.Integer(),
  height: Type.Integer(),
  takenAt: Nullable(Time),
  faces: Type.Integer(),
  tagged: Type.Integer({ description: "Faces of which somebody said whose they are." }),
});
export const Face = Type.Object({
  id: Id,
  box: BoxArray,
  standing: Type.Enum(["free", "tagged", "hidden"]),
});

export const Person = Type.Object({
  id: Id,
  label: Type.String({ description: "Tells those apart who gave no name." }),
  name: Nullable(Type.String({ description: "null without the scope see-people, and for who gave none." })),
  joinedAt: Time,
});

export const Purpose = Type.Enum([
  "find-me",
  "keep-template",
  "show-name",
  "staff-lookup",
  "publish",
  "contact",
]);
export const Consent = Type.Object({
  person: Id,
  purpose: Purpose,
  channel: Nullable(Type.String()),
  collection: Nullable(Type.String({ format: "uuid", description: "null: every collection." })),
  live: Type.Boolean({ description: "Whether it allows anything at this moment." }),
  event: Type.String({ description: "The last word: given, renewed, refused, withdrawn, expired." }),
  since: Time,
  validUntil: Time,
  language: Type.Enum(["en", "fr"]),
  text: Type.String({ description: "SHA-256 of the text that was agreed to, hex." }),
});

const INVITATION = { id: Id } as const;
export const Invitation = Type.Object({
  ...INVITATION,
  kind: Type.Enum(["public", "single", "guardian"]),
  state: Type.Enum(["open", "used", "expired", "revoked"]),
  uses: Type.Integer(),
  createdBy: Type.String(),
  createdAt: Time,
  expiresAt: Time,
});
export const NewInvitations = Type.Object({
  kind: Type.Enum(["public", "single", "guardian"]),
  count: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, description: "How many single ones; 1 unless given." }),
  ),
  child: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: "Of a guardian's: the child's name, as the guardian will read it.",
    }),
  ),
  until: Type.Optional(Day),
});
export const MadeInvitations = Type.Object({
  expiresAt: Time,
  invitations: Type.Array(
    Type.Object({
      ...INVITATION,
      link: Type.String({ description: "Shown here once: only its hash is kept." }),
    }),
  ),
});

const Match = Type.Object({
  face: Id,
  photo: Id,
  box: BoxArray,
  by: Type.Enum(["machine", "hand", "card"]),
  confirmed: Type.Boolean({ description: "Whether a human said so." }),
});
export const FindPerson = Type.Object({ person: Id, reason: Reason });
export const Matches = Type.Object({ matches: Type.Array(Match) });

export const LookUp = Type.Object({
  picture: Type.String({
    description: "A picture's bytes, base64; at most 8 MB of them. It is not kept, nor its hash.",
  }),
  reason: Reason,
});
export const LookedUp = Type.Object({
  faces: Type.Array(
    Type.Object({
      box: BoxArray,
      person: Nullable(
        Type.Object({
          id: Id,
          name: Nullable(
            Type.String({ description: "null without the scope see-people, and for who gave none." }),
          ),
          photos: Type.Integer({ description: "In how many photos of the collection they are." }),
        }),
      ),
    }),
  ),
});

export const Rendition = Type.Object({
  id: Id,
  photo: Id,
  channel: Type.String(),
  name: Type.String({ description: "Of its file; kept when the picture is made again." }),
  renderedAt: Time,
});

export const Request = Type.Object({
  id: Id,
  kind: Type.String(),
  state: Type.Enum(["open", "closed"]),
  outcome: Nullable(Type.String()),
  collection: Nullable(Id),
  photo: Nullable(Id),
  openedAt: Time,
  dueAt: Time,
  overdue: Type.Boolean(),
  closedAt: Nullable(Time),
});

export const Jobs = Type.Object({
  scan: Type.Object({
    running: Type.Boolean(),
    waiting: Type.Integer(),
    photos: Type.Integer(),
    failed: Type.Integer({
      description: "Photos that could not be looked through, until staff have read it.",
    }),
    stopped: Nullable(Type.String({ description: "The code of the error that stopped it." })),
  }),
  publication: Nullable(
    Type.Object({
      channel: Type.String(),
      running: Type.Boolean(),
      done: Type.Integer(),
      total: Type.Integer(),
      failed: Nullable(Type.String({ description: "The code of the error that ended it." })),
    }),
  ),
});

export const NewCollection = Type.Object({
  name: Type.String({ maxLength: 200 }),
  purpose: Type.String({ maxLength: 2000, description: "Why the photos are there: people read it." }),
  matching: Type.Enum(["off", "enrolled"]),
  channels: Type.Array(Type.Object({ name: Type.String({ maxLength: 60 }), public: Type.Boolean() }), {
    maxItems: 20,
  }),
  retainUntil: Day,
  joinUntil: Type.Optional(Day),
  attestation: Type.String({
    maxLength: 2000,
    description: "What the organisation states about its right to process these photos.",
  }),
});
export const ChangedCollection = Type.Object({ name: Type.String({ maxLength: 200 }) });
export const Made = Type.Object({ id: Id });

export const Upload = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 300,
    description: "Of the file, with folders above it if they say something; for staff alone.",
  }),
});
export const Uploaded = Type.Object({
  photo: Id,
  state: Type.Enum(["taken", "known"], {
    description: "known: the same bytes are in the collection already.",
  }),
});

export const DeletedPhoto = Type.Object({
  photos: Type.Integer(),
  renditions: Type.Integer(),
  templates: Type.Integer(),
  residue: Type.Integer({ description: "What could not be done now; the next start does it." }),
  receipt: Type.String({ description: "One compact JWS, to be checked at /verify." }),
});
export const Hide = Type.Object(
  { face: Type.Optional(Id), box: Type.Optional(BoxArray) },
  { description: "One of the two: a face of the photo, or a place." },
);
export const Hold = Type.Object({
  photos: Type.Array(Id, { minItems: 1, maxItems: 1000 }),
  held: Type.Boolean({
    description: "true: left out of what is published next; false: let go again, for people to publish.",
  }),
});
export const Held = Type.Object({ changed: Type.Integer() });
