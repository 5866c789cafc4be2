import { sql } from "kysely";
import type { Db } from "../db/index.ts";
import { AUTH_SCHEMA } from "./auth-tables.ts";

/**
 * What the library changes of an account's rights, it changes in transactions of its own. A trigger notes each change in the
 * same transaction as an entry that the log is owed; the sequencer writes it within about a second. With the random ids of the
 * account and of the row that changed, and nothing else of it. The sequencer tells the restriction journal too of what was taken away.
 */
const CHANGES = [
  { table: "user", on: "insert", when: "true", kind: "staff-account-made", account: "id" },
  {
    table: "user",
    on: "update of role",
    when: "old.role is distinct from new.role",
    kind: "staff-role-changed",
    account: "id",
  },
  { table: "user", on: "delete", when: "true", kind: "staff-account-removed", account: "id" },
  {
    table: "account",
    on: "update of password",
    when: "old.password is distinct from new.password",
    kind: "staff-password-changed",
    account: "userId",
  },
  { table: "passkey", on: "insert", when: "true", kind: "staff-passkey-added", account: "userId" },
  { table: "passkey", on: "delete", when: "true", kind: "staff-passkey-removed", account: "userId" },
  {
    table: "user",
    on: `update of "twoFactorEnabled"`,
    when: `new."twoFactorEnabled" and old."twoFactorEnabled" is not true`,
    kind: "staff-second-factor-added",
    account: "id",
  },
  {
    table: "user",
    on: `update of "twoFactorEnabled"`,
    when: `old."twoFactorEnabled" and new."twoFactorEnabled" is not true`,
    kind: "staff-second-factor-removed",
    account: "id",
  },
  // One was used, or all were made anew; those that come with a new factor are told by it.
  {
    table: "twoFactor",
    on: `update of "backupCodes"`,
    when: `old.verified and old."backupCodes" is distinct from new."backupCodes"`,
    kind: "staff-recovery-codes-changed",
    account: "userId",
  },
] as const;

/** Makes the triggers that are not there; the caller holds the lock under which the tables are made. */
export async function oweEntries(db: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select tgname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${AUTH_SCHEMA} and not tgisinternal`.execute(db);
  const there = new Set(rows.map((row) => row.name));
  await sql`
    create or replace function ${sql.id(AUTH_SCHEMA)}.owe_entry() returns trigger language plpgsql as $$
    declare
      row jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
    begin
      insert into public.log_owed (kind, subject, changed, at)
      values (tg_argv[0], row ->> tg_argv[1], row ->> 'id', clock_timestamp());
      return null;
    end $$`.execute(db);
  for (const { table, on, when, kind, account } of CHANGES) {
    if (there.has(kind)) continue;
    await sql`
      create trigger ${sql.id(kind)} after ${sql.raw(on)} on ${sql.id(AUTH_SCHEMA)}.${sql.id(table)}
      for each row when (${sql.raw(when)}) execute function ${sql.id(AUTH_SCHEMA)}.owe_entry(${sql.lit(kind)}, ${sql.lit(account)})`.execute(
      db,
    );
  }
}
