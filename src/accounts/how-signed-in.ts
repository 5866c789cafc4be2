/**
 * By what somebody signed in: a password alone, a password and a second factor, a passkey (which is something that they have and,
 * because it asks for them, something that they are or know), or the organisation's own sign-in.
 */
const HOW_SIGNED_IN = ["password", "second-factor", "passkey", "single-sign-on"] as const;
export type HowSignedIn = (typeof HOW_SIGNED_IN)[number];

export function howSignedIn(value: unknown): HowSignedIn | null {
  return HOW_SIGNED_IN.find((one) => one === value) ?? null;
}

/** By the path of the accounts' library that begins a session; what goes on from another session is as that was. */
export function howByPath(path: string | undefined, before: unknown): HowSignedIn | null {
  switch (path ?? "") {
    case "/sign-in/email":
      return "password";
    case "/two-factor/verify-totp":
    case "/two-factor/verify-backup-code":
      return "second-factor";
    case "/passkey/verify-authentication":
      return "passkey";
    case "/single-sign-on/callback":
      return "single-sign-on";
    default:
      return howSignedIn(before);
  }
}
