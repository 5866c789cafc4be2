import { Type, type Static } from "typebox";
import { Role } from "./staff-accounts.ts";

/**
 * What the staff's pages and the server say to each other, under `/api/staff`. Who asks is known by the session's cookie of
 * /api/auth (better-auth: `sign-in/email`, `sign-out`, `passkey/*`). Without one every path answers `signed-out`; with one
 * that may do nothing, `not-found`. Changes carry the header `x-assent: 1`. Times are ISO 8601 UTC, days YYYY-MM-DD.
 */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Day = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" });
const Language = Type.Union([Type.Literal("fr"), Type.Literal("en")]);
const Secret = Type.String({ minLength: 4, maxLength: 200 });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
/** x, y, width, height in pixels of the upright original. */
const BoxArray = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]);

/** POST /setup/open {secret} -> what the owner's one-time link is for. */
export const OpenSetup = Type.Object({ secret: Secret });
export const SetupOpened = Type.Object({
  for: Type.Union([Type.Literal("make"), Type.Literal("password")]),
  organisation: Type.String(),
});
/** POST /setup: makes the owner, or gives the owner a new password. Sign in afterwards. */
export const Setup = Type.Object({
  secret: Secret,
  name: Type.String({ maxLength: 200 }),
  email: Type.String({ maxLength: 254 }),
  password: Type.String({ maxLength: 200 }),
});
export const SetUp = Type.Object({ email: Type.String() });

/** GET /ways-in, without a session: by what staff sign in here, besides a passkey. */
export const WaysIn = Type.Object({
  password: Type.Boolean(),
  /** The organisation's own sign-in, by the name on its button. */
  singleSignOn: Nullable(Type.Object({ name: Type.String() })),
  organisation: Type.String(),
});
export type WaysIn = Static<typeof WaysIn>;
/** POST /invitation: as Setup; the password is left out where passwords are switched off. */
export const JoinTeam = Type.Object({
  ...Setup.properties,
  password: Type.Optional(Setup.properties.password),
});

/** Everything that staff can ask for; the server's list of actions, which a test compares with this one. */
export const StaffAction = Type.Union([
  Type.Literal("see-self"),
  Type.Literal("see-collections"),
  Type.Literal("make-collections"),
  Type.Literal("change-collections"),
  Type.Literal("import-photos"),
  Type.Literal("run-jobs"),
  Type.Literal("delete-photos"),
  Type.Literal("delete-collections"),
  Type.Literal("see-photos"),
  Type.Literal("tag-faces"),
  Type.Literal("hide-more"),
  Type.Literal("look-through"),
  Type.Literal("publish"),
  Type.Literal("read-renditions"),
  Type.Literal("open-galleries"),
  Type.Literal("see-people"),
  Type.Literal("see-consents"),
  Type.Literal("enrol-people"),
  Type.Literal("invite-people"),
  Type.Literal("settle-claims"),
  Type.Literal("settle-conflicts"),
  Type.Literal("see-requests"),
  Type.Literal("see-requested-pictures"),
  Type.Literal("answer-requests"),
  Type.Literal("look-up"),
  Type.Literal("read-log"),
  Type.Literal("read-papers"),
  Type.Literal("manage-accounts"),
  Type.Literal("manage-instance"),
  Type.Literal("manage-webhooks"),
]);
export type StaffAction = Static<typeof StaffAction>;

/** GET /me */
export const StaffMe = Type.Object({
  name: Type.String(),
  email: Type.String(),
  organisation: Type.String(),
  /** In the whole instance; null where it is given in collections only. */
  role: Nullable(Role),
  /** A second factor is required here, and there is none: nothing else answers until one is set up, or a passkey is used. */
  lacksSecondFactor: Type.Boolean(),
  /** What this account may do in every collection and in what is no collection's. */
  may: Type.Array(StaffAction),
  /** What it may do in one collection at least. */
  somewhere: Type.Array(StaffAction),
});
export type StaffMe = Static<typeof StaffMe>;

/** POST /collections */
export const NewCollection = Type.Object({
  name: Type.String({ maxLength: 200 }),
  purpose: Type.String({ maxLength: 2000 }),
  channels: Type.Array(Type.Object({ name: Type.String({ maxLength: 60 }), public: Type.Boolean() }), {
    maxItems: 20,
  }),
  matching: Type.Union([Type.Literal("off"), Type.Literal("enrolled")]),
  retainUntil: Day,
  joinUntil: Type.Optional(Day),
  attestation: Type.String({ maxLength: 2000 }),
  /** For whom the photos are: in a school or at an employer's, looking for faces needs its justification. */
  preset: Type.Optional(
    Type.Union([
      Type.Literal("event"),
      Type.Literal("club"),
      Type.Literal("archive"),
      Type.Literal("press"),
      Type.Literal("school"),
      Type.Literal("employer"),
    ]),
  ),
  justification: Type.Optional(Type.String({ maxLength: 2000 })),
  /** How many guardians of a child must agree; 1 unless told. */
  guardians: Type.Optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
});
export type NewCollection = Static<typeof NewCollection>;
export const MadeCollection = Type.Object({ id: Id });

/** One line of GET /collections. */
export const CollectionLine = Type.Object({
  id: Id,
  name: Type.String(),
  matching: Type.Union([Type.Literal("off"), Type.Literal("enrolled")]),
  photos: Type.Integer(),
  /** Photos not looked through yet. */
  waiting: Type.Integer(),
  faces: Type.Integer(),
  people: Type.Integer(),
  retainUntil: Day,
  joinUntil: Day,
});
export type CollectionLine = Static<typeof CollectionLine>;
export const CollectionList = Type.Object({ collections: Type.Array(CollectionLine) });

/** GET /collections/:id */
export const CollectionPage = Type.Object({
  ...CollectionLine.properties,
  /** What the account that asks may do here. */
  may: Type.Array(StaffAction),
  purpose: Type.String(),
  attestation: Type.String(),
  attestedBy: Type.String(),
  channels: Type.Array(Type.Object({ name: Type.String(), public: Type.Boolean() })),
  joinable: Type.Boolean(),
  conflicts: Type.Integer(),
  requests: Type.Integer(),
  claims: Type.Integer(),
  provisional: Type.Integer(),
});
export type CollectionPage = Static<typeof CollectionPage>;

/**
 * Uploads: tus 1.0 at /uploads (creation, HEAD, PATCH, DELETE), metadata `collection` and `filename`. The answer to the last
 * PATCH says what became of the file: header `x-assent-ingested` (Ingested as JSON, percent-encoded).
 */
export const Ingested = Type.Union([
  Type.Object({ state: Type.Literal("taken") }),
  Type.Object({ state: Type.Literal("known"), twin: Type.String() }),
  Type.Object({
    state: Type.Literal("left-out"),
    reason: Type.Union([
      Type.Literal("raw"),
      Type.Literal("empty"),
      Type.Literal("not-a-picture"),
      /** Taken out at the demand of somebody in it. */
      Type.Literal("removed"),
    ]),
  }),
]);
export type Ingested = Static<typeof Ingested>;

/** GET /collections/:id/scan; POST starts it where it has stopped. */
export const ScanState = Type.Object({
  photos: Type.Integer(),
  waiting: Type.Integer(),
  faces: Type.Integer(),
  running: Type.Boolean(),
  /** Why it stopped before its end, as a code of docs/errors.md. */
  stopped: Nullable(Type.String()),
  /** Files that could not be looked through, and were not kept; until the server starts anew. */
  failures: Type.Array(Type.Object({ file: Type.String(), code: Type.String() })),
});
export type ScanState = Static<typeof ScanState>;

const Reveal = Type.Union([Type.Literal("confirmed"), Type.Literal("matched")]);
/** POST /collections/:id/look: begins, and records, the look through what a channel would show. */
export const BeginLook = Type.Object({ channel: Type.String({ maxLength: 60 }), reveal: Reveal });
export const BegunLook = Type.Object({
  photos: Type.Integer(),
  showing: Type.Integer(),
  shown: Type.Integer(),
  hidden: Type.Integer(),
  waiting: Type.Integer(),
});
export type BegunLook = Static<typeof BegunLook>;

/** GET /collections/:id/look?channel&reveal&from; pictures: GET /collections/:id/look/:photo?channel&reveal&v, image/jpeg. */
export const LookQuery = Type.Object({
  channel: Type.String({ maxLength: 60 }),
  reveal: Reveal,
  from: Type.Optional(Type.String({ pattern: "^\\d{1,9}$" })),
  /** Changes with what is hidden, so that a browser shows the picture anew. */
  v: Type.Optional(Type.String({ maxLength: 20 })),
});
const LookedFace = Type.Object({
  id: Id,
  box: BoxArray,
  standing: Type.Union([Type.Literal("shown"), Type.Literal("hidden"), Type.Literal("by-hand")]),
  /** Of a place hidden by hand: whether it can be shown again. */
  canShowAgain: Type.Boolean(),
});
export const LookedPhoto = Type.Object({
  id: Id,
  file: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  faces: Type.Array(LookedFace),
});
export type LookedPhoto = Static<typeof LookedPhoto>;
export const LookPage = Type.Object({ photos: Type.Array(LookedPhoto), total: Type.Integer() });
export type LookPage = Static<typeof LookPage>;

/** POST /collections/:id/photos/:photo/hide: one face, or a place in pixels. For every channel, from now on. 204. */
export const HideMore = Type.Union([Type.Object({ face: Id }), Type.Object({ box: BoxArray })]);

/** POST /collections/:id/photos/:photo/show-again: takes back a place hidden by hand, unless it was published since. 204. */
export const ShowAgain = Type.Object({ face: Id, channel: Type.String({ maxLength: 60 }), reveal: Reveal });

/** POST /collections/:id/publications -> 202-like: goes on by itself, GET tells. `looked`: for a public channel. */
export const Publish = Type.Object({
  channel: Type.String({ maxLength: 60 }),
  reveal: Reveal,
  looked: Type.Boolean(),
  /** Longest side of the pictures in pixels; absent: as large as the originals. */
  maxEdge: Type.Optional(Type.Integer({ minimum: 320, maximum: 20_000 })),
  /** Written across each picture. */
  watermark: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
});
/** ZIP of the pictures as they are shown now: GET /publications/:id/zip. */
export const Publications = Type.Object({
  running: Nullable(Type.Object({ channel: Type.String(), done: Type.Integer(), total: Type.Integer() })),
  /** Of the last one that failed, as a code of docs/errors.md; until another begins. */
  failed: Nullable(Type.Object({ channel: Type.String(), code: Type.String() })),
  publications: Type.Array(
    Type.Object({
      id: Id,
      channel: Type.String(),
      at: Time,
      reviewedBy: Nullable(Type.String()),
      pictures: Type.Integer(),
      folder: Type.String(),
      maxEdge: Nullable(Type.Integer()),
      watermark: Nullable(Type.String()),
      /** How many of its pictures were made again or taken off since; GET /publications/:id/changes lists them. */
      changed: Type.Integer(),
    }),
  ),
});
export const ChangedPictures = Type.Object({
  pictures: Type.Array(
    Type.Object({
      file: Type.String(),
      name: Type.String(),
      became: Type.Union([Type.Literal("made-again"), Type.Literal("taken-off")]),
    }),
  ),
});
export type ChangedPictures = Static<typeof ChangedPictures>;
export type Publications = Static<typeof Publications>;

/** POST /collections/:id/poster and /cards -> application/pdf. Each makes invitations of its own. */
export const Poster = Type.Object({
  language: Language,
  /** Where and when, as it stands on the poster. */
  place: Type.String({ maxLength: 200 }),
  /** Days whose code is printed on a page of their own; none: a field to write it in. */
  days: Type.Array(Day, { maxItems: 14 }),
});
export const Cards = Type.Object({
  language: Language,
  count: Type.Integer({ minimum: 1, maximum: 200 }),
  /** Present: cards of two halves, to be held up before the camera. Minutes for which the photos after one are asked about; 0: none. */
  series: Type.Optional(Type.Integer({ minimum: 0, maximum: 60 })),
});
/** GET /collections/:id/day-code?day=YYYY-MM-DD, today where absent. */
export const DayCode = Type.Object({ day: Day, code: Type.String() });
/** POST /collections/:id/guardian-invitation -> a link for each guardian that must agree, for the child named. Shown once. */
export const GuardianInvitation = Type.Object({ child: Type.String({ minLength: 1, maxLength: 200 }) });
export const GuardianLinks = Type.Object({ links: Type.Array(Type.String()), expiresAt: Time });
export type GuardianLinks = Static<typeof GuardianLinks>;

/**
 * POST /collections/:id/people: the person is before the member of staff, who vouches; or, `given: "paper"`, what they signed is,
 * with its `scan`, of which the hash alone is kept. `picture`: JPEG, `scan`: any file; both base64.
 */
export const Vouch = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  email: Type.Optional(Type.String({ maxLength: 254 })),
  language: Language,
  /** `PURPOSE` or `publish:CHANNEL`. */
  consents: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 60 }),
  /** What the paper says no to; in the same form. */
  refused: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 60 })),
  given: Type.Optional(Type.Union([Type.Literal("desk"), Type.Literal("paper")])),
  picture: Type.Optional(Type.String({ maxLength: 11_000_000 })),
  scan: Type.Optional(Type.String({ maxLength: 11_000_000 })),
  secondStaff: Type.Optional(Type.String({ maxLength: 200 })),
});
export type Vouch = Static<typeof Vouch>;
export const Vouched = Type.Object({
  person: Id,
  state: Type.Union([Type.Literal("vouched"), Type.Literal("frozen"), Type.Literal("without-template")]),
  matched: Type.Integer(),
  asked: Type.Integer(),
  /** Signs the person's own device in, once; shown to the person as a QR code. */
  link: Type.String(),
});
export type Vouched = Static<typeof Vouched>;
/** GET /collections/:id/desk */
export const Desk = Type.Object({
  /** Enrolments of the last 24 hours under this account's name, of `limit`. */
  today: Type.Integer(),
  limit: Type.Integer(),
  texts: Type.Array(Type.Object({ purpose: Type.String(), fr: Type.String(), en: Type.String() })),
  provisional: Type.Array(
    Type.Object({ enrolment: Id, person: Id, name: Nullable(Type.String()), at: Time }),
  ),
});
export type Desk = Static<typeof Desk>;

/** POST /collections/:id/provisional/:enrolment -> Vouched: staff vouch for somebody who joined on their own device. */
export const Promote = Type.Object({
  picture: Type.String({ maxLength: 11_000_000 }),
  secondStaff: Type.Optional(Type.String({ maxLength: 200 })),
});

/** GET /conflicts: enrolments whose face is near somebody's who joined before. */
export const Conflicts = Type.Object({
  conflicts: Type.Array(
    Type.Object({
      enrolment: Id,
      collection: Nullable(Id),
      collectionName: Nullable(Type.String()),
      at: Time,
    }),
  ),
});
export type Conflicts = Static<typeof Conflicts>;
/** POST /conflicts/:enrolment/open: who the two are. A look at both, recorded. */
export const ConflictOpened = Type.Object({
  name: Nullable(Type.String()),
  earlierName: Nullable(Type.String()),
});
export type ConflictOpened = Static<typeof ConflictOpened>;
/** POST /conflicts/:enrolment. `both-real`: two people who look alike. `removed`: the new claim goes, with all about it. 204. */
export const SettleConflict = Type.Object({
  outcome: Type.Union([Type.Literal("both-real"), Type.Literal("removed")]),
});

/** GET /requests: "hide me" and "report this photo", due first. Picture: GET /requests/:id/picture, every face hidden. */
export const Requests = Type.Object({
  requests: Type.Array(
    Type.Object({
      id: Id,
      /** The last four are demands of somebody who joined; the command line does them, and closes them. */
      kind: Type.Union([
        Type.Literal("hide-me"),
        Type.Literal("report"),
        Type.Literal("access"),
        Type.Literal("correct"),
        Type.Literal("object"),
        Type.Literal("erase"),
      ]),
      person: Nullable(Id),
      photo: Nullable(Id),
      file: Nullable(Type.String()),
      collectionName: Nullable(Type.String()),
      /** Whether a face was found at the place that was tapped. */
      face: Type.Boolean(),
      place: Nullable(Type.Object({ x: Type.Number(), y: Type.Number() })),
      contact: Nullable(Type.String()),
      note: Nullable(Type.String()),
      openedAt: Time,
      dueAt: Time,
      overdue: Type.Boolean(),
    }),
  ),
});
export type Requests = Static<typeof Requests>;
/**
 * POST /requests/:id. `hidden`: that face for good. `withheld`: the photo stays off public channels. Of a demand, `done` or
 * `refused`. 204.
 */
export const CloseRequest = Type.Object({
  outcome: Type.Union([
    Type.Literal("hidden"),
    Type.Literal("withheld"),
    Type.Literal("no-change"),
    Type.Literal("done"),
    Type.Literal("refused"),
  ]),
});
