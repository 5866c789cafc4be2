import { Type, type Static } from "typebox";

/** One's own account, under `/api/staff/account`. Passkeys and the password are the accounts' library's, under `/api/auth`. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });

/** GET /sessions. DELETE /sessions/:session ends one, 204; POST /sessions/end-others all but the one that asks. */
export const OwnSessions = Type.Object({
  sessions: Type.Array(
    Type.Object({
      id: Id,
      /** Whether it is the one that asks. */
      own: Type.Boolean(),
      browser: Type.Union([Type.String(), Type.Null()]),
      system: Type.Union([Type.String(), Type.Null()]),
      address: Type.Union([Type.String(), Type.Null()]),
      /** Null: begun before that was written down. */
      how: Type.Union([
        Type.Literal("password"),
        Type.Literal("second-factor"),
        Type.Literal("passkey"),
        Type.Literal("single-sign-on"),
        Type.Null(),
      ]),
      since: Time,
      /** Within the hour. */
      lastSeen: Time,
    }),
  ),
});
export type OwnSessions = Static<typeof OwnSessions>;
