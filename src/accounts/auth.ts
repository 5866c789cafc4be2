import { passkey } from "@better-auth/passkey";
import { betterAuth, APIError } from "better-auth";
import { twoFactor } from "better-auth/plugins/two-factor";
import { hkdfSync } from "node:crypto";
import type { Journal } from "../audit/index.ts";
import { systemClock, type Clock } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { Db } from "../db/index.ts";
import { AUTH_SCHEMA } from "./auth-tables.ts";
import { howByPath } from "./how-signed-in.ts";
import type { SecondFactorRule } from "./second-factor.ts";
import { singleSignOn, type SingleSignOn } from "./single-sign-on.ts";
import { signInHooks } from "./sign-in-hooks.ts";

/** Shorter ones are guessed from lists; there is no rule about what they are made of (NIST SP 800-63B, 5.1.1). */
export const SHORTEST_PASSWORD = 10;
export const LONGEST_PASSWORD = 128;

/** The header by which the server tells the library a client's address; whatever a client sends in it is overwritten. */
export const ADDRESS_HEADER = "x-assent-address";

/** A working week without a sign-in; each hour of work begins it anew, and is when somebody was last seen. */
const SESSION_S = 7 * 86_400;
const SESSION_RENEWED_S = 3_600;

/** Between the password and the code. */
const CODE_ASKED_S = 600;

/** The page to which the organisation's sign-in sends browsers back; whoever runs it has to know the address. */
const COME_BACK = "/staff/signed-in";

export interface AuthOptions {
  readonly db: Db;
  readonly keys: KeyStore;
  readonly clock?: Clock;
  /** Where browsers see us; only its origin counts. Its port may be known later than this. */
  readonly publicUrl: URL;
  /** Shown by browsers beside a passkey. */
  readonly organisation: string;
  /** `optional` where nothing is said. */
  readonly secondFactor?: SecondFactorRule;
  /** The organisation's own sign-in, where it has one; the restriction journal is told of what ends by it. */
  readonly singleSignOn?: (SingleSignOn & { readonly journal: Journal }) | undefined;
  /** A line about a failure inside the library, without what it was about. */
  readonly note?: (line: string) => void;
}

export type Auth = Awaited<ReturnType<typeof buildAuth>>;

/** The accounts' library with everything off that staff do not need: nobody signs up, nothing is sent out or reported. */
export async function buildAuth(options: AuthOptions) {
  const url = options.publicUrl;
  const secure = url.protocol === "https:";
  const origins = [...originsOf(url)];
  // The prefix binds a cookie to https and to this very host; browsers refuse it without https.
  const cookie = (name: string) => ({
    name: `${secure ? "__Host-" : ""}assent-${name}`,
    attributes: { secure, httpOnly: true, path: "/", sameSite: "strict" as const },
  });
  const secret = await options.keys.withSecret("pepper", (key) =>
    Buffer.from(hkdfSync("sha256", key, new Uint8Array(), "assent staff sessions 1", 32)).toString("hex"),
  );
  return betterAuth({
    appName: options.organisation,
    baseURL: url.origin,
    basePath: "/api/auth",
    // Asked at every request. The passkeys' list is the same one, renewed: a port may be known only after this.
    trustedOrigins: () => {
      origins.splice(0, origins.length, ...originsOf(url));
      return [...origins];
    },
    secret,
    database: { db: options.db, type: "postgres", schemaName: AUTH_SCHEMA, transaction: true },
    telemetry: { enabled: false },
    logger: { disabled: true },
    // The library's own lines may name an account; what fails is said by kind.
    onAPIError: {
      onError: (error) => {
        if (!(error instanceof APIError)) options.note?.(error instanceof Error ? error.name : "error");
      },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: SHORTEST_PASSWORD,
      maxPasswordLength: LONGEST_PASSWORD,
      revokeSessionsOnPasswordReset: true,
    },
    user: { additionalFields: { role: { type: "string", required: false, input: false } } },
    session: {
      expiresIn: SESSION_S,
      updateAge: SESSION_RENEWED_S,
      cookieCache: { enabled: false },
      additionalFields: { how: { type: "string", required: false, input: false } },
    },
    databaseHooks: {
      session: {
        create: {
          before: (session, ctx) =>
            Promise.resolve({
              data: { ...session, how: howByPath(ctx?.path, ctx?.context.session?.session["how"]) },
            }),
        },
      },
    },
    rateLimit: {
      enabled: true,
      storage: "memory",
      window: 60,
      max: 100,
      customRules: {
        "/sign-in/email": { window: 60, max: 10 },
        "/passkey/verify-authentication": { window: 60, max: 20 },
        "/change-password": { window: 60, max: 5 },
        "/single-sign-on/begin": { window: 60, max: 20 },
        "/single-sign-on/callback": { window: 60, max: 20 },
      },
    },
    advanced: {
      database: { generateId: "uuid" },
      useSecureCookies: false,
      // Said outright, because the library leaves both out wherever tests run.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
      cookies: {
        session_token: cookie("staff"),
        session_data: cookie("staff-data"),
        account_data: cookie("staff-account"),
        dont_remember: cookie("staff-brief"),
        "assent-passkey": cookie("staff-passkey"),
        two_factor: cookie("staff-code"),
        "assent-journey": cookie("staff-journey"),
        trust_device: cookie("staff-trusted"),
      },
    },
    hooks: signInHooks(options.db, options.singleSignOn),
    plugins: [
      passkey({
        rpID: url.hostname,
        rpName: options.organisation,
        origin: origins,
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        advanced: { webAuthnChallengeCookie: "assent-passkey" },
      }),
      // Five codes for each sign-in, ten wrong ones in a row lock an account's codes for a quarter of an hour.
      twoFactor({ twoFactorCookieMaxAge: CODE_ASKED_S }),
      ...(options.singleSignOn
        ? [
            singleSignOn(
              { ...options.singleSignOn, redirectUri: () => new URL(COME_BACK, url).href },
              {
                db: options.db,
                journal: options.singleSignOn.journal,
                clock: options.clock ?? systemClock,
              },
            ),
          ]
        : []),
    ],
  });
}

/** One machine has several names for itself. */
function originsOf(url: URL): readonly string[] {
  const own = ["localhost", "127.0.0.1", "[::1]"];
  if (!own.includes(url.hostname)) return [url.origin];
  return own.map((host) => new URL(url.href.replace(url.hostname, host)).origin);
}
