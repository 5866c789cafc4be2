import { AssentError, type Clock } from "../core/index.ts";
import type { StaffAccount } from "./accounts.ts";
import { createAttemptLimit, type AttemptLimit } from "./attempt-limit.ts";
import type { Auth } from "./auth.ts";

/** That it is they who ask, and not somebody before an open page: the password, or a passkey that was used just now. */
export interface Proof {
  readonly account: StaffAccount;
  readonly password?: string | undefined;
}

/** A sign-in by passkey proves for as long who is there. */
const FRESH_MS = 10 * 60_000;

export interface Prover {
  /** Errors: `refused` without a proof, `too-often`. */
  require(proof: Proof): Promise<void>;
  /** Counts a try of this account; forgets them after a good one. Errors: `too-often`. */
  count(account: string): void;
  readonly attempts: AttemptLimit;
}

export function createProver(auth: Auth, clock: Clock): Prover {
  const attempts = createAttemptLimit({ most: 10, perMs: 15 * 60_000 });
  const count = (account: string): void => {
    if (attempts.take(account)) return;
    throw new AssentError("too-often", "too many tries", { remedy: "Try again in a quarter of an hour." });
  };
  return {
    attempts,
    count,
    async require({ account, password }) {
      const { how, since } = account.session;
      if (how === "passkey" && clock.now().getTime() - since.getTime() < FRESH_MS) return;
      if (password === undefined) {
        throw new AssentError("refused", "this needs the password, or a passkey used just now", {
          remedy: "Give the password, or sign in with a passkey again.",
        });
      }
      count(account.id);
      const { internalAdapter, password: hashing } = await auth.$context;
      const kept = (await internalAdapter.findCredentialAccount(account.id))?.password;
      if (!kept || !(await hashing.verify({ hash: kept, password }))) {
        throw new AssentError("refused", "the password is wrong", { remedy: "Type it again." });
      }
      attempts.forget(account.id);
    },
  };
}
