import { APIError } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import type { Db } from "../db/index.ts";
import { createAttemptLimit } from "./attempt-limit.ts";
import { isDoorOpen } from "./owner-door.ts";
import type { SingleSignOn } from "./single-sign-on.ts";
import { takeCode } from "./used-codes.ts";
import { refuseLastWayIn } from "./ways-in.ts";

/** What of ours happens around the paths of the accounts' library. */
export function signInHooks(db: Db, singleSignOn: SingleSignOn | undefined) {
  // By account as well as by address, so that many addresses do not make many tries.
  const attempts = createAttemptLimit({ most: 10, perMs: 15 * 60_000 });
  return {
    before: createAuthMiddleware(async (ctx) => {
      const body = (ctx.body ?? {}) as Readonly<Record<string, unknown>>;
      switch (ctx.path) {
        case "/sign-in/email":
          if (!attempts.take(String(body["email"]))) {
            throw new APIError("TOO_MANY_REQUESTS", { message: "Too many tries for this account." });
          }
          if (singleSignOn?.only === true && !(await isDoorOpen(db, String(body["email"]))))
            throw passwordsOff();
          return;
        case "/change-password":
          if (singleSignOn?.only === true) throw passwordsOff();
          // Whoever changes it may do so because somebody else knows it.
          return { context: { body: { ...body, revokeOtherSessions: true } } };
        case "/passkey/delete-passkey":
          await refuseLastWayIn(db, String(body["id"]), singleSignOn);
          return;
        case "/two-factor/verify-totp":
        case "/two-factor/verify-backup-code": {
          // The cookie of the sign-in that waits for its code; the library refuses whoever has none.
          const cookie = ctx.context.createAuthCookie("two_factor");
          const challenge = await ctx.getSignedCookie(cookie.name, ctx.context.secret);
          const waiting = challenge
            ? await ctx.context.internalAdapter.findVerificationValue(challenge)
            : null;
          if (!waiting || !(await takeCode(db, waiting.value, String(body["code"])))) {
            throw new APIError("UNAUTHORIZED", { message: "This code is none, or was used." });
          }
          // No device is trusted to leave the second factor out.
          return { context: { body: { ...body, trustDevice: false, disableSession: false } } };
        }
      }
    }),
    after: createAuthMiddleware(async (ctx) => {
      const begun = ctx.context.newSession;
      if (!begun) return;
      if (ctx.path === "/sign-in/email") attempts.forget(begun.user.email);
      // The browser's cookie names the new session from now on: nobody could end the one before.
      const before = await ctx.getSignedCookie(ctx.context.authCookies.sessionToken.name, ctx.context.secret);
      if (before && before !== begun.session.token) await ctx.context.internalAdapter.deleteSession(before);
    }),
  };
}

function passwordsOff(): APIError {
  return new APIError("FORBIDDEN", { message: "Passwords are switched off here." });
}
