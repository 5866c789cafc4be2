import { sql } from "kysely";
import type { StaffRevoked } from "../audit/index.ts";
import type { Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";

/**
 * The accounts' library gives a password's row its time itself, some milliseconds before the database notes the change: one that
 * is older than the change by more than this is another password.
 */
const OWN_TIME_MS = 10_000;

/**
 * Takes away again, after a restore, what was taken away from a member of staff at that time; whether there was anything.
 * Changes tables of the accounts' library, whose triggers note it for the log.
 */
export async function revokeStaff(trx: Trx, what: StaffRevoked, subject: Id, at: Date): Promise<boolean> {
  const change = {
    // Passwords and passkeys go with it.
    account: sql`delete from auth."user" where id::text = ${subject}`,
    role: sql`update auth."user" set role = null where id::text = ${subject} and role is not null`,
    password: sql`update auth.account set password = null
      where "userId"::text = ${subject} and password is not null
        and "updatedAt" < ${new Date(at.getTime() - OWN_TIME_MS)}`,
    passkey: sql`delete from auth.passkey where id::text = ${subject}`,
  }[what];
  const done = await change.execute(trx);
  return (done.numAffectedRows ?? 0n) > 0n;
}
