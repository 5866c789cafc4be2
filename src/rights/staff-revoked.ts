import { sql } from "kysely";
import type { RestrictingEvent } from "../audit/index.ts";
import type { Trx } from "../db/index.ts";

/**
 * A row has the time of its change from the process that makes it, some milliseconds before the change is noted: one that is older than
 * the change by more than this is what was there before it.
 */
const OWN_TIME_MS = 10_000;

/**
 * Takes away again, after a restore, what was taken away from a member of staff at that time; whether there was anything. What was given
 * in its place is not known any more: a role that was changed has to be given again, a password set again.
 * Changes tables of the accounts' library, whose triggers note it for the log.
 */
export async function revokeStaff(
  trx: Trx,
  { what, subject, collection }: Extract<RestrictingEvent, { readonly event: "staff-revoked" }>,
  at: Date,
): Promise<boolean> {
  const before = new Date(at.getTime() - OWN_TIME_MS);
  if (what === "account") {
    // Of the collections' roles nothing else takes care: they are in another schema. Passwords and passkeys go with the account.
    await trx.deleteFrom("staff_role").where("account_id", "=", subject).execute();
  }
  const change = {
    account: sql`delete from auth."user" where id::text = ${subject}`,
    role: collection
      ? sql`delete from staff_role
          where account_id = ${subject} and collection_id = ${collection} and given_at < ${before}`
      : sql`update auth."user" set role = null
          where id::text = ${subject} and role is not null and "updatedAt" < ${before}`,
    password: sql`update auth.account set password = null
      where "userId"::text = ${subject} and password is not null and "updatedAt" < ${before}`,
    passkey: sql`delete from auth.passkey where id::text = ${subject}`,
  }[what];
  const done = await change.execute(trx);
  return (done.numAffectedRows ?? 0n) > 0n;
}
