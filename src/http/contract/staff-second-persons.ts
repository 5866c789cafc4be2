import { Type, type Static } from "typebox";
import { Role } from "./staff-accounts.ts";

/** What one person has asked for and a second one must confirm, under `/api/staff`. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** The answer in place of the deed, where it takes two persons. */
export const SecondAsked = Type.Object({ asked: Id, until: Time });
export type SecondAsked = Static<typeof SecondAsked>;

/** GET /second-persons: owners and officers see all, others what they have asked for themselves. */
export const SecondPersons = Type.Object({
  /** Whether whoever asks may confirm what others have asked for. */
  owner: Type.Boolean(),
  waiting: Type.Array(
    Type.Object({
      id: Id,
      what: Type.Union([
        Type.Literal("delete-collection"),
        Type.Literal("delete-photos"),
        Type.Literal("give-role"),
      ]),
      collection: Nullable(Type.String()),
      photos: Type.Integer(),
      account: Nullable(Type.String()),
      role: Nullable(Role),
      askedBy: Type.String(),
      askedAt: Time,
      until: Time,
      /** Asked for by whoever asks now, who cannot confirm it. */
      own: Type.Boolean(),
      state: Type.Union([
        Type.Literal("open"),
        Type.Literal("confirmed"),
        Type.Literal("withdrawn"),
        Type.Literal("expired"),
      ]),
      settledBy: Nullable(Type.String()),
    }),
  ),
});
export type SecondPersons = Static<typeof SecondPersons>;

/** POST /second-persons/:second */
export const SettleSecond = Type.Object({
  outcome: Type.Union([Type.Literal("confirm"), Type.Literal("withdraw")]),
});
