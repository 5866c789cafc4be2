import { randomBytes } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import { record } from "../audit/index.ts";
import { newId, type Clock } from "../core/index.ts";
import { sha256Hex } from "../crypto/index.ts";
import { inTransaction, type Db, type Trx } from "../db/index.ts";
import { AUTH_SCHEMA } from "./auth.ts";

/** As much as cannot be guessed, in 22 characters. */
const SECRET_BYTES = 16;
const VALID_MS = 24 * 3_600_000;

interface AuthTables {
  verification: {
    id: string;
    identifier: string;
    value: string;
    expiresAt: Date;
    createdAt: Date;
    updatedAt: Date;
  };
}

function authTables(db: Db | Trx): Kysely<AuthTables> {
  return (db as unknown as Kysely<AuthTables> | Transaction<AuthTables>).withSchema(AUTH_SCHEMA);
}

/** In the library's own table for one-time secrets, under a name of ours; only the hash of the secret is kept. */
function identifierOf(secret: string): string {
  return `assent-owner-link:${sha256Hex(new TextEncoder().encode(secret))}`;
}

/**
 * Makes a one-time link's secret, good for 24 hours, and writes that down in the log. Links made before are of no use any
 * more, so that there is one at a time.
 */
export async function makeOwnerLink(db: Db, clock: Clock): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const now = clock.now();
  await inTransaction(db, async (trx) => {
    await authTables(trx)
      .deleteFrom("verification")
      .where("identifier", "like", "assent-owner-link:%")
      .execute();
    await authTables(trx)
      .insertInto("verification")
      .values({
        id: newId(),
        identifier: identifierOf(secret),
        value: "owner",
        expiresAt: new Date(now.getTime() + VALID_MS),
        createdAt: now,
        updatedAt: now,
      })
      .execute();
    await record(trx, { kind: "owner-link-made", payload: {} }, clock);
  });
  return secret;
}

export async function isOwnerLink(db: Db, secret: string, clock: Clock): Promise<boolean> {
  const row = await authTables(db)
    .selectFrom("verification")
    .select("id")
    .where("identifier", "=", identifierOf(secret))
    .where("expiresAt", ">", clock.now())
    .executeTakeFirst();
  return row !== undefined;
}

/** Uses a link up; false where it was used, is too old or was never made. Two at once: one of them. */
export async function useOwnerLink(
  db: Db,
  secret: string,
  purpose: "made" | "password-set",
  clock: Clock,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const used = await authTables(trx)
      .deleteFrom("verification")
      .where("identifier", "=", identifierOf(secret))
      .where("expiresAt", ">", clock.now())
      .executeTakeFirst();
    if (used.numDeletedRows !== 1n) return false;
    await record(trx, { kind: `owner-${purpose}`, payload: {} }, clock);
    return true;
  });
}
