import { latestCheckpoint, originOf, recordOwed, sequence, type SignedCheckpoint } from "../audit/index.ts";
import { toPlainError } from "../core/index.ts";
import { inTransaction, withAdvisoryLock } from "../db/index.ts";
import type { Parts } from "./instance.ts";

type LogParts = Pick<Parts, "id" | "db" | "keys" | "pin" | "clock" | "journal">;

/**
 * Gives every entry that waits its position in the log, and signs the log's new head. On return every entry that was
 * committed before the call is in the checkpoint that is answered, whoever sequenced it. Undefined where the log is empty.
 *
 * Order of effects: one transaction (positions, tree, signed head), then the head in a file outside the database. A crash
 * before the commit leaves nothing, and nobody has seen that signature; one after it leaves an older head in the file, which
 * the log still begins with.
 * Errors: `conflict` where the database has not the log that was signed before; then nothing is signed.
 */
export async function sequenceLog(parts: LogParts): Promise<SignedCheckpoint | undefined> {
  const signed = await withAdvisoryLock(parts.db, LOCK, () => sequenceAll(parts));
  return signed ?? latestCheckpoint(parts.db);
}

/** One process at a time gives positions. */
const LOCK = "log";

async function sequenceAll(parts: LogParts): Promise<SignedCheckpoint | undefined> {
  let signed: SignedCheckpoint | undefined;
  for (;;) {
    const pinned = await parts.pin.read();
    const done = await inTransaction(parts.db, async (trx) => {
      // Before the commit: after it nobody would know that the journal is owed something.
      for (const { event, at } of await recordOwed(trx)) await parts.journal.append([event], at);
      return sequence(trx, {
        origin: originOf(parts.id),
        sign: (bytes) => parts.keys.signLog(bytes),
        pinned,
        clock: parts.clock,
      });
    });
    if (!done) return signed;
    signed = done.checkpoint;
    await parts.pin.write(signed.note);
  }
}

/** Entries wait this long at most, and a second's entries share one signature. */
const EVERY_MS = 1000;

/**
 * Sequences about each second what there is, until `stop`. What fails is tried again in a second, and told once until it
 * changes.
 */
export function keepLogSequenced(
  parts: LogParts,
  { onError }: { readonly onError: (message: string) => void },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let told: string | undefined;
  const turn = async (): Promise<void> => {
    try {
      const waits = await parts.db
        .selectFrom("log_waiting")
        .select("entry_id as id")
        .unionAll(parts.db.selectFrom("log_owed").select("id"))
        .limit(1)
        .executeTakeFirst();
      // Another process that is at it does this one's work too.
      if (waits) await withAdvisoryLock(parts.db, LOCK, () => sequenceAll(parts), { wait: false });
      told = undefined;
    } catch (error) {
      const { message } = toPlainError(error);
      if (message !== told) onError(message);
      told = message;
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await turn();
      await pause(EVERY_MS, stopping.signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
