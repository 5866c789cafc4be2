import { record } from "../audit/index.ts";
import { AssentError, isId, type Clock } from "../core/index.ts";
import { inTransaction, type Db, type Trx } from "../db/index.ts";
import { browserOf } from "./browser-of.ts";
import { howSignedIn, type HowSignedIn } from "./how-signed-in.ts";
import { authTables } from "./auth-tables.ts";

/** Where an account is signed in. */
export interface StaffSession {
  readonly id: string;
  /** Families only: `Firefox`, `Windows`; null where the browser did not say, or is not known. */
  readonly browser: string | null;
  readonly system: string | null;
  /** The address from which it was begun; it goes with the session. */
  readonly address: string | null;
  /** Null: begun before that was written down. */
  readonly how: HowSignedIn | null;
  readonly since: Date;
  /** Within the hour. */
  readonly lastSeen: Date;
}

/** Where an account is signed in now, last seen first. */
export async function sessionsOf(db: Db, account: string, clock: Clock): Promise<readonly StaffSession[]> {
  const rows = await authTables(db)
    .selectFrom("session")
    .selectAll()
    .where("userId", "=", account)
    .where("expiresAt", ">", clock.now())
    .orderBy("updatedAt", "desc")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    ...browserOf(row.userAgent),
    address: row.ipAddress || null,
    how: howSignedIn(row.how),
    since: row.createdAt,
    lastSeen: row.updatedAt,
  }));
}

/** Ends one session of an account. Errors: `not-found`, also for somebody else's. */
export async function endSession(
  db: Db,
  order: { readonly account: string; readonly session: string },
  clock: Clock,
): Promise<void> {
  const { account, session } = order;
  await inTransaction(db, async (trx) => {
    const ended = isId(session)
      ? await authTables(trx)
          .deleteFrom("session")
          .where("id", "=", session)
          .where("userId", "=", account)
          .executeTakeFirst()
      : undefined;
    if (ended?.numDeletedRows !== 1n) throw new AssentError("not-found", "there is no such session");
    await record(trx, { kind: "staff-sessions-ended", payload: { account, sessions: 1 } }, clock);
  });
}

/** Ends every session of an account but one. Returns how many there were. */
export async function endOtherSessions(
  db: Db,
  order: { readonly account: string; readonly keep: string },
  clock: Clock,
): Promise<number> {
  const { account, keep } = order;
  return inTransaction(db, async (trx) => {
    const ended = await authTables(trx)
      .deleteFrom("session")
      .where("userId", "=", account)
      .where("id", "<>", keep)
      .executeTakeFirst();
    const sessions = Number(ended.numDeletedRows);
    if (sessions > 0) {
      await record(trx, { kind: "staff-sessions-ended", payload: { account, sessions } }, clock);
    }
    return sessions;
  });
}

/** Ends every session of an account, with an entry. Returns how many there were. */
export async function endAllSessions(trx: Trx, account: string, clock: Clock): Promise<number> {
  const ended = await authTables(trx).deleteFrom("session").where("userId", "=", account).executeTakeFirst();
  const sessions = Number(ended.numDeletedRows);
  await record(trx, { kind: "staff-sessions-ended", payload: { account, sessions } }, clock);
  return sessions;
}

/** Removes sessions that have run out, with the addresses in them, and secrets that are too old. */
export async function forgetEnded(db: Db, clock: Clock): Promise<void> {
  await inTransaction(db, async (trx) => {
    for (const table of ["session", "verification"] as const) {
      await authTables(trx).deleteFrom(table).where("expiresAt", "<=", clock.now()).execute();
    }
  });
}
