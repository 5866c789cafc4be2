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

/** GET /address */
export const OwnAddress = Type.Object({
  email: Type.String(),
  verified: Type.Boolean(),
  /** Whether this server sends e-mail: without it no address can be verified, or changed. */
  mail: Type.Boolean(),
});
export type OwnAddress = Static<typeof OwnAddress>;

const Language = Type.Union([Type.Literal("fr"), Type.Literal("en")]);
/** POST /address/verify, 204: a link is mailed to the address. */
export const VerifyAddress = Type.Object({ language: Language });
/** PUT /address, 204: a link is mailed to the new address, which takes the place of the other once it is tapped. */
export const ChangeAddress = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 254 }),
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  language: Language,
});
/** POST /api/staff/address, without a session, 204: the mailed link was tapped. */
export const ConfirmOwnAddress = Type.Object({
  secret: Type.String({ minLength: 4, maxLength: 200 }),
  language: Language,
});
