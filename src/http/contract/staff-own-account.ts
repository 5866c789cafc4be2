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

/** GET /second-factor */
export const SecondFactor = Type.Object({
  on: Type.Boolean(),
  /** Recovery codes that are left. */
  recoveryCodes: Type.Integer(),
});
export type SecondFactor = Static<typeof SecondFactor>;

/** Of POST /second-factor/begin, /recovery-codes and /end (204): the password, unless a passkey was used within ten minutes. */
export const ByProof = Type.Object({
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
});
export type ByProof = Static<typeof ByProof>;

export const SecondFactorBegun = Type.Object({
  /** For an app to scan. */
  uri: Type.String(),
  /** The same, to be typed. */
  key: Type.String(),
});
export type SecondFactorBegun = Static<typeof SecondFactorBegun>;

/** POST /second-factor/confirm */
export const ConfirmSecondFactor = Type.Object({ code: Type.String({ pattern: "^[0-9]{6}$" }) });
/** Shown once. */
export const RecoveryCodes = Type.Object({ codes: Type.Array(Type.String()) });
export type RecoveryCodes = Static<typeof RecoveryCodes>;
