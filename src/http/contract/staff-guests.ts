import { Type, type Static } from "typebox";

/** What the staff's pages and the server say to each other about lists of guests, under `/api/staff`. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Language = Type.Union([Type.Literal("fr"), Type.Literal("en")]);
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
/** As a spreadsheet saves it: columns email, name, child, language, of which one names people. */
const Csv = Type.String({ minLength: 1, maxLength: 1_000_000 });

/** POST /collections/:id/guests/preview: nothing is kept of it. */
export const PreviewGuests = Type.Object({ csv: Csv });
const GuestFault = Type.Union([
  Type.Literal("bad-email"),
  Type.Literal("bad-language"),
  Type.Literal("too-long"),
  Type.Literal("nobody"),
  Type.Literal("twice"),
  Type.Literal("two-guardians"),
  Type.Literal("too-many"),
]);
export const Guests = Type.Object({
  guests: Type.Array(
    Type.Object({
      line: Type.Integer(),
      /** null: no address, a card is printed. */
      email: Nullable(Type.String()),
      name: Nullable(Type.String()),
      child: Nullable(Type.String()),
      language: Nullable(Language),
    }),
  ),
  faults: Type.Array(Type.Object({ line: Type.Integer(), fault: GuestFault })),
});
export type Guests = Static<typeof Guests>;

/** POST /collections/:id/guests: a letter for each who has an address. `reminders`: a week apart, to whoever has not answered. */
export const InviteGuests = Type.Object({
  csv: Csv,
  language: Language,
  reminders: Type.Integer({ minimum: 0, maximum: 3 }),
});
export type InviteGuests = Static<typeof InviteGuests>;
export const InvitedGuests = Type.Object({
  invited: Type.Integer(),
  known: Type.Integer(),
  cards: Type.Integer(),
});
export type InvitedGuests = Static<typeof InvitedGuests>;
/** POST /collections/:id/guests/cards -> application/pdf: for those without an address. Makes invitations of its own. */
export const GuestCards = Type.Object({ csv: Csv, language: Language });

/** GET /collections/:id/unanswered: who was invited and has not answered, while their address is kept. */
export const Unanswered = Type.Object({
  /** Whether this server sends e-mail; without it a reminder comes back to the outbox. */
  mail: Type.Boolean(),
  letters: Type.Array(
    Type.Object({
      letter: Id,
      to: Type.String(),
      child: Nullable(Type.String()),
      /** null: it waits in the outbox. */
      sentAt: Nullable(Time),
      nextTry: Nullable(Time),
      /** How often it will be sent again. */
      reminders: Type.Integer(),
    }),
  ),
});
export type Unanswered = Static<typeof Unanswered>;
