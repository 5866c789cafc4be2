import { newId, type Clock } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { authTables } from "./auth-tables.ts";

/** As long as the owner's link itself is good. */
const OPEN_MS = 24 * 3_600_000;

/**
 * Where passwords are switched off, an owner's opens for a day after the link that the server made: so that there is a way in while
 * the organisation's sign-in is away.
 */
export async function openOwnerDoor(trx: Trx, account: string, clock: Clock): Promise<void> {
  const now = clock.now();
  await authTables(trx)
    .insertInto("verification")
    .values({
      id: newId(),
      identifier: nameOf(account),
      value: "",
      expiresAt: new Date(now.getTime() + OPEN_MS),
      createdAt: now,
      updatedAt: now,
    })
    .execute();
}

export async function isDoorOpen(db: Db, email: string): Promise<boolean> {
  const user = await authTables(db)
    .selectFrom("user")
    .select("id")
    .where("email", "=", email.trim().toLowerCase())
    .where("role", "=", "owner")
    .executeTakeFirst();
  if (!user) return false;
  const door = await authTables(db)
    .selectFrom("verification")
    .select("id")
    .where("identifier", "=", nameOf(user.id))
    .where("expiresAt", ">", new Date())
    .executeTakeFirst();
  return door !== undefined;
}

function nameOf(account: string): string {
  return `assent-owner-door:${account}`;
}
