import { record } from "../audit/index.ts";
import type { Clock } from "../core/index.ts";
import { inTransaction, type Db } from "../db/index.ts";
import { endLinks, makeLink, readLink, useLink } from "./one-time-links.ts";

const VALID_MS = 24 * 3_600_000;

/**
 * Makes a one-time link's secret, good for 24 hours, and writes that down in the log. Links made before are of no use any
 * more, so that there is one at a time.
 */
export async function makeOwnerLink(db: Db, clock: Clock): Promise<string> {
  return inTransaction(db, async (trx) => {
    await endLinks(trx, "owner");
    const { secret } = await makeLink(trx, { kind: "owner", value: "owner", validMs: VALID_MS }, clock);
    await record(trx, { kind: "owner-link-made", payload: {} }, clock);
    return secret;
  });
}

export async function isOwnerLink(db: Db, secret: string, clock: Clock): Promise<boolean> {
  return (await readLink(db, "owner", secret, clock)) !== undefined;
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
