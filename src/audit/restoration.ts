import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, RestorationRow, Trx } from "../db/index.ts";
import type { TreeHead } from "./checkpoint.ts";
import { record } from "./entries.ts";
import type { JournalPosition, JournalScan } from "./journal.ts";

/** What is known about how far the restriction journal should reach. Undefined is "not known". */
export interface Reach {
  readonly journal: JournalScan;
  /** At the backup. */
  readonly backup: JournalPosition;
  /** What the head beside the keys says. */
  readonly lastKnown: JournalPosition | undefined;
  /** Numbers of the key epoch: at the backup, and of the key store now. Epochs only go up. */
  readonly epochs: { readonly backup: number; readonly now: number };
  /** The log's head that was signed last, as the file beside the journal has it. */
  readonly pinned: Pick<TreeHead, "size"> | undefined;
  /** Heads of the log that somebody outside has kept, signatures checked. */
  readonly outside: readonly Pick<TreeHead, "size">[];
}

/**
 * Why the journal may lack restrictions that somebody was told of; empty where it lacks none. [Note: Far enough]
 *
 * The journal is whole; it goes on from where it was at the backup; it has at least what the head beside the keys says; the key
 * store is not older than the backup, since an old one would say too little; and the log's head beside the journal is at least
 * any head that somebody outside has kept, since a copy of journal and key store taken at the same time agree with one another.
 */
export function whyNotFarEnough(reach: Reach): readonly string[] {
  const { journal, backup, lastKnown, epochs, pinned, outside } = reach;
  const reasons: string[] = [];
  if (!journal.whole) reasons.push("the restriction journal lacks lines, or was changed");
  if (!contains(journal, backup)) {
    reasons.push(
      journal.position.entries < backup.entries
        ? `the restriction journal has ${journal.position.entries} entries, and had ${backup.entries} at the backup`
        : "the restriction journal is not the one of the backup",
    );
  }
  if (!lastKnown) reasons.push("the key store does not say how far the restriction journal reached");
  else if (!contains(journal, lastKnown)) {
    reasons.push(
      `the restriction journal does not reach the ${lastKnown.entries} entries that the key store knows of`,
    );
  }
  if (epochs.now < epochs.backup) {
    reasons.push(`the key store is of epoch ${epochs.now}, and was of epoch ${epochs.backup} at the backup`);
  }
  const most = Math.max(0, ...outside.map((head) => head.size));
  if (most > (pinned?.size ?? 0)) {
    reasons.push(
      `somebody has kept a head of the log with ${most} entries, and the one beside the journal has ${pinned?.size ?? 0}`,
    );
  }
  return reasons;
}

function contains({ entries, position }: JournalScan, wanted: JournalPosition): boolean {
  if (wanted.entries === position.entries) return wanted.digest === position.digest;
  if (wanted.entries === 0) return true;
  return entries.some(
    (one) => one.position.entries === wanted.entries && one.position.digest === wanted.digest,
  );
}

export interface NewRestoration {
  readonly backup: Id;
  readonly backedUpAt: Date;
  readonly journalEntries: number;
  readonly lostHead: string | null;
  readonly gap: readonly string[];
  readonly by: string;
}

/** Writes down, in the transaction that brings the rows back, that the journal is still to be replayed. */
export async function beginRestoration(trx: Trx, wanted: NewRestoration, clock: Clock): Promise<Id> {
  const id = newId();
  await trx
    .insertInto("restoration")
    .values({
      id,
      backup_id: wanted.backup,
      backed_up_at: wanted.backedUpAt,
      restored_at: clock.now(),
      restored_by: wanted.by,
      journal_entries: wanted.journalEntries,
      lost_head: wanted.lostHead,
      gap: wanted.gap.length > 0 ? wanted.gap.join("\n") : null,
      state: "replaying",
      accepted_by: null,
      accepted_reason: null,
      accepted_at: null,
    })
    .execute();
  return id;
}

/** The restoration whose journal is still to be replayed; undefined where there is none. */
export function unfinishedRestoration(db: Db | Trx): Promise<RestorationRow | undefined> {
  return db.selectFrom("restoration").selectAll().where("state", "=", "replaying").executeTakeFirst();
}

/** That the log which came back with a database does not go on from one that was signed. */
export interface LogCut {
  /** Entries that came back, all of them signed. */
  readonly cameBack: number;
  /** The last head of the log that was there, as far as it is known; `root` in base64. */
  readonly lost: { readonly size: number; readonly root: string };
}

/** Where restores have cut the log, the first first. */
export async function logCuts(db: Db): Promise<readonly (LogCut & { readonly at: string })[]> {
  const rows = await db
    .selectFrom("entry_payload")
    .innerJoin("entry", "entry.id", "entry_payload.entry_id")
    .select(["payload", "at"])
    .where("kind", "=", "restored")
    .orderBy("entry.sequence")
    .execute();
  return rows.flatMap(({ payload, at }) => {
    const { log } = payload as { readonly log?: LogCut | null };
    return log ? [{ ...log, at: at.toISOString() }] : [];
  });
}

/** The journal has been replayed. Writes the entry, which says what of the log was lost. */
export async function endReplay(
  trx: Trx,
  row: RestorationRow,
  facts: { readonly log: LogCut | null; readonly replayed: Readonly<Record<string, number>> },
  clock: Clock,
): Promise<void> {
  const suspended = row.gap !== null;
  await trx
    .updateTable("restoration")
    .set({ state: suspended ? "suspended" : "done" })
    .where("id", "=", row.id)
    .execute();
  const { id: restoration, backup_id: backup, restored_by: by } = row;
  const payload = {
    restoration,
    backup,
    backedUpAt: row.backed_up_at.toISOString(),
    by,
    suspended,
    ...facts,
  };
  await record(trx, { kind: "restored", payload }, clock);
}

/** Why matching, publishing and looking up are suspended, one reason a line; undefined where they are not. */
export async function suspendedBecause(db: Db | Trx): Promise<string | undefined> {
  const row = await db
    .selectFrom("restoration")
    .select("gap")
    .where("state", "<>", "done")
    .orderBy("restored_at", "desc")
    .executeTakeFirst();
  return row && (row.gap ?? "the restriction journal has not been replayed yet");
}

/**
 * Refuses what uses people's data while it is not known whether somebody has taken back their consent since the backup.
 * Errors: `suspended`.
 */
export async function refuseWhileSuspended(db: Db | Trx): Promise<void> {
  const why = await suspendedBecause(db);
  if (why === undefined) return;
  throw new AssentError("suspended", "matching, publishing and looking up are suspended since a restore", {
    remedy:
      "People may have left since the backup without this instance knowing. An officer finds out, and then runs: assent accept-gap --reason TEXT",
  });
}

/**
 * An officer takes it upon themself that the journal does not reach far enough. Writes the entry.
 * The reason is kept beside it. Errors: `not-found` where nothing is suspended, `bad-input` without a reason.
 */
export async function acceptGap(
  trx: Trx,
  order: { readonly reason: string; readonly by: string },
  clock: Clock,
): Promise<{ readonly restorations: number; readonly gap: readonly string[] }> {
  const reason = order.reason.trim();
  if (reason === "" || reason.length > 500) {
    throw new AssentError("bad-input", "accepting the gap needs a reason of at most 500 characters", {
      remedy: "Say what was done to find out who has left since the backup. It is kept.",
    });
  }
  const rows = await trx
    .updateTable("restoration")
    .set({ state: "done", accepted_by: order.by, accepted_reason: reason, accepted_at: clock.now() })
    .where("state", "=", "suspended")
    .returning(["id", "gap"])
    .execute();
  if (rows.length === 0)
    throw new AssentError("not-found", "nothing is suspended: there is no gap to accept");
  for (const { id } of rows) {
    await record(trx, { kind: "gap-accepted", payload: { restoration: id, by: order.by } }, clock);
  }
  return { restorations: rows.length, gap: rows.flatMap((row) => row.gap?.split("\n") ?? []) };
}
