import { Type, type Static } from "typebox";

/** What the person's pages and the server say to each other about mail, under `/api/person`. Headers and errors as in person.ts. */

const Secret = Type.String({ minLength: 4, maxLength: 200 });

/** GET /recovery: what this server offers to those whom no device knows, besides code, passkey and desk. */
export const RecoveryWays = Type.Object({ byMail: Type.Boolean() });
export type RecoveryWays = Static<typeof RecoveryWays>;

/** POST /recover/mail 204, whether or not anybody has verified the address: a link is mailed to whoever has. */
export const AskByMail = Type.Object({ email: Type.String({ minLength: 1, maxLength: 254 }) });
/** POST /recover/link {secret} 204: the mailed link, which is used up, signs this device in. */
export const RecoverByLink = Type.Object({ secret: Secret });
/** POST /address {secret} 204: the address that the link was mailed to is verified. Nobody is signed in. */
export const ConfirmAddress = Type.Object({ secret: Secret });
/** POST /address/message 204, signed in: that link once more, a minute after the one before and five times a day at most. */
