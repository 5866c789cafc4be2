import { record } from "../audit/index.ts";
import { AssentError, type Clock } from "../core/index.ts";
import { inTransaction, type Db } from "../db/index.ts";
import { authTables } from "./auth-tables.ts";
import { endLinks, makeLink, readLink, useLink } from "./one-time-links.ts";

const VALID_MS = 24 * 3_600_000;

/** What a link that makes the first owner is for; of one that sets a password it is the account's id. */
const FIRST = "owner";

/**
 * Makes a one-time link's secret, good for 24 hours, and writes that down in the log. Links made before are of no use any
 * more, so that there is one at a time. Where there is an owner it sets a new password for that one; of several, for the one
 * with the e-mail address. Errors: `bad-input` where it does not say which, `not-found` where no owner has the address.
 */
export async function makeOwnerLink(db: Db, clock: Clock, email?: string): Promise<string> {
  return inTransaction(db, async (trx) => {
    const owners = await authTables(trx)
      .selectFrom("user")
      .select(["id", "email"])
      .where("role", "=", "owner")
      .execute();
    const wanted = email?.trim().toLowerCase();
    const meant = wanted === undefined ? owners : owners.filter((one) => one.email === wanted);
    if (meant.length > 1) {
      throw new AssentError("bad-input", `there are ${owners.length} owners`, {
        remedy: "Say whose password is to be set: --email.",
      });
    }
    if (wanted !== undefined && meant.length === 0) {
      throw new AssentError("not-found", "no owner has this e-mail address", {
        remedy: "Write it as the owner signs in with it.",
      });
    }
    await endLinks(trx, "owner");
    const value = meant[0]?.id ?? FIRST;
    const { secret } = await makeLink(trx, { kind: "owner", value, validMs: VALID_MS }, clock);
    await record(trx, { kind: "owner-link-made", payload: {} }, clock);
    return secret;
  });
}

/** Whose password a link sets; null: it makes the first owner; undefined where it was used, is too old or was never made. */
export async function readOwnerLink(
  db: Db,
  secret: string,
  clock: Clock,
): Promise<string | null | undefined> {
  const value = await readLink(db, "owner", secret, clock);
  return value === FIRST ? null : value;
}

/** Uses a link up; false where it was used, is too old or was never made. Two at once: one of them. */
export async function useOwnerLink(
  db: Db,
  secret: string,
  purpose: "made" | "password-set",
  clock: Clock,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    if ((await useLink(trx, "owner", secret, clock)) === undefined) return false;
    await record(trx, { kind: `owner-${purpose}`, payload: {} }, clock);
    return true;
  });
}
