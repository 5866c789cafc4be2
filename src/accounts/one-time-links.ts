import { randomBytes } from "node:crypto";
import { newId, type Clock } from "../core/index.ts";
import { sha256Hex } from "../crypto/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { authTables } from "./auth-tables.ts";

/** As much as cannot be guessed, in 22 characters. */
const SECRET_BYTES = 16;

/** In the library's own table for one-time secrets, under a name of ours; only the hash of the secret is kept. */
export type LinkKind = "owner" | "staff" | "address";

function identifierOf(kind: LinkKind, secret: string): string {
  return `assent-${kind}-link:${sha256Hex(new TextEncoder().encode(secret))}`;
}

/** Makes a one-time link's secret. `value` is what it is for, without anybody's name or address in the clear. */
export async function makeLink(
  trx: Trx,
  order: {
    readonly kind: LinkKind;
    readonly value: string | ((secret: string) => string);
    readonly validMs: number;
  },
  clock: Clock,
): Promise<{ readonly id: string; readonly secret: string; readonly expiresAt: Date }> {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const [id, now] = [newId(), clock.now()];
  const expiresAt = new Date(now.getTime() + order.validMs);
  await authTables(trx)
    .insertInto("verification")
    .values({
      id,
      identifier: identifierOf(order.kind, secret),
      value: typeof order.value === "string" ? order.value : order.value(secret),
      expiresAt,
      createdAt: now,
      updatedAt: now,
    })
    .execute();
  return { id, secret, expiresAt };
}

/** What a link is for, without using it up; undefined where it was used, is too old or was never made. */
export async function readLink(
  db: Db | Trx,
  kind: LinkKind,
  secret: string,
  clock: Clock,
): Promise<string | undefined> {
  const row = await authTables(db)
    .selectFrom("verification")
    .select("value")
    .where("identifier", "=", identifierOf(kind, secret))
    .where("expiresAt", ">", clock.now())
    .executeTakeFirst();
  return row?.value;
}

/** Uses a link up, and says what it was for. Two at once: one of them. */
export async function useLink(
  trx: Trx,
  kind: LinkKind,
  secret: string,
  clock: Clock,
): Promise<string | undefined> {
  const used = await authTables(trx)
    .deleteFrom("verification")
    .where("identifier", "=", identifierOf(kind, secret))
    .where("expiresAt", ">", clock.now())
    .returning("value")
    .executeTakeFirst();
  return used?.value;
}

/** Links of a kind that are still good. */
export async function openLinks(
  db: Db,
  kind: LinkKind,
  clock: Clock,
): Promise<readonly { readonly id: string; readonly value: string; readonly expiresAt: Date }[]> {
  return authTables(db)
    .selectFrom("verification")
    .select(["id", "value", "expiresAt"])
    .where("identifier", "like", `assent-${kind}-link:%`)
    .where("expiresAt", ">", clock.now())
    .orderBy("createdAt")
    .execute();
}

/** Ends links of a kind; with `id`, that one; with `valueLike`, those that are for it. Returns how many there were. */
export async function endLinks(
  trx: Trx,
  kind: LinkKind,
  which: { readonly id?: string; readonly valueLike?: string } = {},
): Promise<number> {
  let query = authTables(trx).deleteFrom("verification").where("identifier", "like", `assent-${kind}-link:%`);
  if (which.id !== undefined) query = query.where("id", "=", which.id);
  if (which.valueLike !== undefined) query = query.where("value", "like", which.valueLike);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}
