import { Type, type Static } from "typebox";

/**
 * What the person's pages and the server say to each other, under `/api/person` unless a path is given. Who asks is known
 * by the cookie `__Host-assent-person` (a device's secret), set by join, recover, link and passkey sign-in. Every request
 * that changes something is a POST, PUT or DELETE with the header `x-assent: 1` from our own origin. Secrets travel in
 * bodies: links carry them behind `#`, which browsers do not send. Times are ISO 8601 UTC. Errors are problem.ts.
 */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Language = Type.Union([Type.Literal("fr"), Type.Literal("en")]);
const Purpose = Type.Union([
  Type.Literal("find-me"),
  Type.Literal("keep-template"),
  Type.Literal("show-name"),
  Type.Literal("staff-lookup"),
  Type.Literal("publish"),
  Type.Literal("contact"),
]);
/** x, y, width, height in pixels of the picture as it is served at full size. */
const BoxArray = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]);
const Secret = Type.String({ minLength: 4, maxLength: 200 });

/** One use that is asked about. `channel` for `publish` only; `companions` is the built-in one. */
export const Scope = Type.Object({
  purpose: Purpose,
  channel: Type.Union([Type.String(), Type.Null()]),
});
export type Scope = Static<typeof Scope>;

/** A text as it will be signed, in both languages; its digest is what the consent record keeps. */
const ConsentText = Type.Object({
  purpose: Purpose,
  channel: Type.Union([Type.String(), Type.Null()]),
  fr: Type.String(),
  en: Type.String(),
  version: Type.String(),
});

/** POST /open {invitation} -> Welcome. Reads only: nothing is used up. */
export const OpenInvitation = Type.Object({ invitation: Secret });
export const Welcome = Type.Object({
  /** `public`: also needs the day's code. `guardian`: joins for the child named. `personal`: signs in, see POST /link. */
  kind: Type.Union([
    Type.Literal("public"),
    Type.Literal("single"),
    Type.Literal("guardian"),
    Type.Literal("personal"),
  ]),
  organisation: Type.String(),
  collection: Type.Object({
    id: Id,
    name: Type.String(),
    purpose: Type.String(),
    photos: Type.Integer(),
    matching: Type.Union([Type.Literal("off"), Type.Literal("enrolled")]),
    joinUntil: Time,
    retainUntil: Time,
    channels: Type.Array(Type.Object({ name: Type.String(), public: Type.Boolean() })),
  }),
  minimumAge: Type.Integer(),
  /** Of a guardian's invitation. */
  child: Type.Union([Type.String(), Type.Null()]),
  /** Of a guardian's: the age of majority, where the day on which the child reaches it is asked; null where it is known. */
  majorityAge: Type.Union([Type.Integer(), Type.Null()]),
  /** Somebody is signed in on this device already: they are asked whether they join as who they are. */
  known: Type.Boolean(),
  texts: Type.Array(ConsentText),
});
export type Welcome = Static<typeof Welcome>;

/** POST /join. Uses a single-use invitation up. Nobody's face is looked at yet: that is the challenge's. */
export const Join = Type.Object({
  invitation: Secret,
  dayCode: Type.Optional(Type.String({ maxLength: 12 })),
  language: Language,
  /** "I am N or older", or, by a guardian's invitation, "I am this child's guardian". */
  declared: Type.Literal(true),
  /** Of a child's first guardian: the day on which the child comes of age. */
  majorityOn: Type.Optional(Type.String({ format: "date" })),
  name: Type.Optional(Type.String({ maxLength: 200 })),
  email: Type.Optional(Type.String({ maxLength: 254 })),
  /** What is agreed to; whatever was asked and is not here is recorded as refused. */
  consents: Type.Array(Scope, { maxItems: 60 }),
  /**
   * `me`: whoever is signed in on this device joins one collection more (not by a guardian's invitation). Without it
   * somebody new joins, and the device is theirs from then on: a phone may be handed on in a queue.
   */
  joinAs: Type.Optional(Type.Literal("me")),
});
export type Join = Static<typeof Join>;
/**
 * The recovery code is shown once and kept as a hash; null for `joinAs: "me"`, whose code stays. `findMe`: the challenge is
 * next.
 */
export const Joined = Type.Object({
  person: Id,
  collection: Id,
  recoveryCode: Type.Union([Type.String(), Type.Null()]),
  receipt: Type.String(),
  findMe: Type.Boolean(),
  /** Of a child: another guardian must agree before what was agreed to begins. */
  waiting: Type.Boolean(),
});
export type Joined = Static<typeof Joined>;

/**
 * POST /link {secret} (personal link; it is used up), POST /recover {code} (used up too): sign this device in. 204, and
 * RecoveryCode with the new code.
 */
export const SignInByLink = Type.Object({ secret: Secret });
export const Recover = Type.Object({ code: Secret });
/** Also POST /recovery-code: a new one in place of the one before. Shown once. */
export const RecoveryCode = Type.Object({ recoveryCode: Type.String() });
/** POST /sign-out (this device) 204; DELETE /devices/:id 204; DELETE /passkeys/:id 204; POST /notices/seen 204. */

/**
 * POST /challenge, with StartChallenge or no body -> ChallengeStarted. One at a time a person; an older one ends. Without a
 * collection it is for every one in which find-me is agreed to and the enrolment is provisional, or, where there is none, it is
 * a retake for all that are live. `no-consent` where find-me is agreed to nowhere.
 */
export const StartChallenge = Type.Object({ collection: Type.Optional(Id) });
export const ChallengeStarted = Type.Object({
  challenge: Id,
  /** Long edge of the frames to send, in pixels, and how many a second. */
  frameEdge: Type.Integer(),
  framesPerSecond: Type.Number(),
  expiresAt: Time,
});
export type ChallengeStarted = Static<typeof ChallengeStarted>;
const Prompt = Type.Union([
  Type.Literal("look-straight"),
  Type.Literal("turn-left"),
  Type.Literal("turn-right"),
  Type.Literal("closer"),
  Type.Literal("back"),
]);
export type Prompt = Static<typeof Prompt>;
const Advice = Type.Union([
  Type.Literal("no-face"),
  Type.Literal("several-faces"),
  Type.Literal("closer"),
  Type.Literal("further"),
  Type.Literal("to-the-light"),
  Type.Literal("hold-still"),
  Type.Literal("straight"),
  Type.Literal("ok"),
]);
export type Advice = Static<typeof Advice>;
/**
 * POST /challenge/:id/frame, body image/jpeg, unmirrored, frames one after another -> what to show next. The next prompt
 * is told only when the one before was followed. `passed`: enrolled and being searched for. `frozen`: see Me.
 */
export const FrameAnswer = Type.Union([
  Type.Object({
    state: Type.Literal("going-on"),
    prompt: Prompt,
    step: Type.Integer(),
    steps: Type.Integer(),
    advice: Advice,
  }),
  Type.Object({ state: Type.Literal("passed") }),
  Type.Object({ state: Type.Literal("frozen") }),
  Type.Object({ state: Type.Literal("refused"), reason: Type.String(), triesLeft: Type.Integer() }),
]);
export type FrameAnswer = Static<typeof FrameAnswer>;

/** One consent as it stands. */
export const Standing = Type.Object({
  purpose: Purpose,
  channel: Type.Union([Type.String(), Type.Null()]),
  collection: Type.Union([Id, Type.Null()]),
  live: Type.Boolean(),
  /** A guardian has agreed, and another is still to. */
  waiting: Type.Boolean(),
  /** The text has changed since; what was agreed to holds meanwhile. Switching it on again agrees to the new one. */
  textChanged: Type.Boolean(),
  since: Type.Union([Time, Type.Null()]),
  until: Type.Union([Time, Type.Null()]),
});
export type Standing = Static<typeof Standing>;

/** GET /me */
export const Me = Type.Object({
  person: Id,
  name: Type.Union([Type.String(), Type.Null()]),
  language: Language,
  organisation: Type.String(),
  guardian: Type.Boolean(),
  /** Of somebody for whom guardians speak: until when. From then on POST /take-over on a device of their own, 204. */
  majorityAt: Type.Union([Time, Type.Null()]),
  collections: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      purpose: Type.String(),
      photos: Type.Integer(),
      retainUntil: Time,
      matching: Type.Union([Type.Literal("off"), Type.Literal("enrolled")]),
      channels: Type.Array(Type.Object({ name: Type.String(), public: Type.Boolean() })),
      /** `provisional`: no challenge passed yet. `frozen`: near somebody enrolled; the officer decides. */
      enrolment: Type.Union([
        Type.Literal("none"),
        Type.Literal("provisional"),
        Type.Literal("live"),
        Type.Literal("vouched"),
        Type.Literal("frozen"),
      ]),
      found: Type.Integer(),
      asked: Type.Integer(),
    }),
  ),
  consents: Type.Array(Standing),
  texts: Type.Array(ConsentText),
  devices: Type.Array(
    Type.Object({ id: Id, current: Type.Boolean(), since: Time, lastSeen: Time, how: Type.String() }),
  ),
  passkeys: Type.Integer(),
  passkeyList: Type.Array(Type.Object({ id: Id, since: Time, lastUsed: Type.Union([Time, Type.Null()]) })),
  /** Newest first: what the person must be told once; POST /notices/seen when they have read them. */
  notices: Type.Array(
    Type.Object({
      id: Id,
      kind: Type.Union([
        Type.Literal("face-claimed"),
        Type.Literal("device-added"),
        Type.Literal("recovered"),
        Type.Literal("recovered-by-mail"),
        Type.Literal("link-made"),
        Type.Literal("retake-refused"),
        Type.Literal("corrected"),
        Type.Literal("photos-deleted"),
        Type.Literal("shown-no-more"),
      ]),
      device: Type.Union([Id, Type.Null()]),
      /** Of photos-deleted: how many of the person's photos the organisation deleted, and of which collection. */
      pictures: Type.Union([Type.Integer(), Type.Null()]),
      collection: Type.Union([Type.String(), Type.Null()]),
      at: Time,
      seen: Type.Boolean(),
    }),
  ),
  /** Of whoever gave it, while `contact` is on. `askedAt`: when the last message that asks to confirm it went out. */
  address: Type.Union([
    Type.Object({
      email: Type.String(),
      verified: Type.Boolean(),
      askedAt: Type.Union([Time, Type.Null()]),
    }),
    Type.Null(),
  ]),
  /** Whether this server can send mail. */
  mail: Type.Boolean(),
  /** Pictures downloaded or handed over so far: cannot be called back. */
  left: Type.Integer(),
});
export type Me = Static<typeof Me>;

/**
 * One photo that the person may see. Pictures: GET /photos/:id/picture?size=small|full, image/jpeg, no-store; one taken at
 * full size counts as having left, once a day while it shows the same (Shown, Left).
 */
export const PersonPhoto = Type.Object({
  id: Id,
  collection: Id,
  width: Type.Integer(),
  height: Type.Integer(),
  takenAt: Type.Union([Time, Type.Null()]),
  /** `asked` ones are in the hidden view. */
  state: Type.Union([Type.Literal("matched"), Type.Literal("asked"), Type.Literal("confirmed")]),
  face: Id,
  box: BoxArray,
});
export type PersonPhoto = Static<typeof PersonPhoto>;
export const PersonPhotos = Type.Object({
  photos: Type.Array(PersonPhoto),
  next: Type.Union([Type.String(), Type.Null()]),
});

/** GET /search: server-sent events `progress` (SearchProgress), `photo` (PersonPhoto), `done` (SearchProgress). */
export const SearchProgress = Type.Object({
  looked: Type.Integer(),
  of: Type.Integer(),
  found: Type.Integer(),
});
export type SearchProgress = Static<typeof SearchProgress>;

/** POST /faces/:face/answer: "this is me" of an asked one, "not me" of an asked or matched one. 204. */
export const Answer = Type.Object({ me: Type.Boolean() });

/** POST /faces/confirm: "all of these are me", of matched ones. What is not matched for this person is left out. */
export const MOST_CONFIRMED = 200;
export const Confirm = Type.Object({
  faces: Type.Array(Id, { minItems: 1, maxItems: MOST_CONFIRMED }),
});
export const Confirmed = Type.Object({ confirmed: Type.Integer({ minimum: 0 }) });

/** GET /browse?collection=ID&cursor= : every photo in the hidden view, to look without face recognition. */
const BrowsePhoto = Type.Object({
  id: Id,
  width: Type.Integer(),
  height: Type.Integer(),
  takenAt: Type.Union([Time, Type.Null()]),
  faces: Type.Array(
    Type.Object({
      id: Id,
      box: BoxArray,
      claim: Type.Union([Type.Literal("none"), Type.Literal("mine-open")]),
    }),
  ),
});
export const Browse = Type.Object({
  photos: Type.Array(BrowsePhoto),
  next: Type.Union([Type.String(), Type.Null()]),
});
export type Browse = Static<typeof Browse>;
/** POST /faces/:face/claim: "this is me" without face recognition; shows nothing until it is confirmed. */
export const ClaimAnswer = Type.Object({
  state: Type.Union([Type.Literal("open"), Type.Literal("confirmed")]),
});

/** PUT /consents: switch one use on or off. */
export const SwitchConsent = Type.Object({
  purpose: Purpose,
  channel: Type.Union([Type.String(), Type.Null()]),
  collection: Type.Union([Id, Type.Null()]),
  on: Type.Boolean(),
  language: Language,
  /** For `contact`, when it is switched on. */
  email: Type.Optional(Type.String({ maxLength: 254 })),
});
export type SwitchConsent = Static<typeof SwitchConsent>;
export const Switched = Type.Object({
  receipt: Type.String(),
  stoppedMs: Type.Union([Type.Number(), Type.Null()]),
  erasedMs: Type.Union([Type.Number(), Type.Null()]),
});

/** GET /looks */
export const PersonLooks = Type.Object({
  looks: Type.Array(
    Type.Object({
      kind: Type.String(),
      actor: Type.String(),
      reason: Type.String(),
      collection: Type.Union([Type.String(), Type.Null()]),
      at: Time,
    }),
  ),
});
export type PersonLooks = Static<typeof PersonLooks>;

/** GET /shown: what was published of me and where, and what I had delivered. */
export const Shown = Type.Object({
  disclosures: Type.Array(
    Type.Object({
      channel: Type.String(),
      recipient: Type.Union([Type.Literal("channel"), Type.Literal("person"), Type.Literal("link")]),
      collection: Type.Union([Type.String(), Type.Null()]),
      pictures: Type.Integer(),
      at: Time,
    }),
  ),
});
export type Shown = Static<typeof Shown>;

/** GET /download?collection=ID (optional): application/zip, streamed. GET /data: application/json, my data as a file. */

/** POST /leave -> Left. The receipt is one compact JWS; the claim code fetches it again for 30 days: POST /api/receipts/claim. */
export const Left = Type.Object({
  receipt: Type.String(),
  claimCode: Type.String(),
  at: Time,
  stoppedMs: Type.Number(),
  erasedMs: Type.Union([Type.Number(), Type.Null()]),
  leftEarlier: Type.Integer(),
});
export type Left = Static<typeof Left>;

/**
 * Passkeys of a person: the WebAuthn JSON of @simplewebauthn/browser passes through. POST /passkey/register/start and
 * /passkey/sign-in/start give its options; /finish takes its answer, 204. Signing in needs nobody signed in.
 */
export const Passthrough = Type.Object({}, { additionalProperties: true });
