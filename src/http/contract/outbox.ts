import { Type, type Static } from "typebox";

/** What the staff's pages and the server say to each other about addressed invitations, under `/api/staff`. As in staff.ts. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Language = Type.Union([Type.Literal("fr"), Type.Literal("en")]);
/** Why it was not sent: the mail server refuses the `address`, or the `server` could not be reached or took nothing. */
const Failure = Type.Union([Type.Literal("address"), Type.Literal("server"), Type.Null()]);

/** POST /collections/:id/invitations: with `child`, for a guardian of that child. */
export const InviteByMail = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 254 }),
  language: Language,
  child: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
});
export type InviteByMail = Static<typeof InviteByMail>;
const tried = {
  /** `waiting`: in the outbox. */
  state: Type.Union([Type.Literal("sent"), Type.Literal("waiting")]),
  failure: Failure,
};
/** POST /outbox/:letter/send. */
export const LetterTried = Type.Object(tried);
export type LetterTried = Static<typeof LetterTried>;
export const InvitedByMail = Type.Object({ ...tried, letter: Id });
export type InvitedByMail = Static<typeof InvitedByMail>;

const Letter = {
  letter: Id,
  kind: Type.Union([Type.Literal("single"), Type.Literal("guardian")]),
  collectionName: Type.String(),
  to: Type.String(),
  child: Type.Union([Type.String(), Type.Null()]),
  by: Type.String(),
  since: Time,
  expiresAt: Time,
  tries: Type.Integer(),
  failure: Failure,
  /** When it is tried again by itself; null: never, somebody hands it over. */
  nextTry: Type.Union([Time, Type.Null()]),
};

/** GET /outbox: what waits, oldest first. `mail`: whether this server can send. */
export const Outbox = Type.Object({ mail: Type.Boolean(), letters: Type.Array(Type.Object(Letter)) });
export type Outbox = Static<typeof Outbox>;
/** GET /outbox/:letter: what it says. Never a personal link. */
export const OpenedLetter = Type.Object({
  ...Letter,
  language: Language,
  subject: Type.String(),
  text: Type.String(),
  link: Type.String(),
});
export type OpenedLetter = Static<typeof OpenedLetter>;
/** POST /outbox/:letter. `cancelled`: the invitation is ended too. 204. */
export const SettleLetter = Type.Object({
  outcome: Type.Union([Type.Literal("handed-over"), Type.Literal("cancelled")]),
});
