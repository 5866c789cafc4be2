import { join } from "node:path";
import type { RestrictingEvent } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { withAdvisoryLock } from "../db/index.ts";
import { pendingOf, sweepDatabase, sweepPerson, type Residue } from "../rights/index.ts";
import { enterFinished, proveErasure, type ErasureInLog } from "./erasure-proof.ts";
import { INDEX_CHECK, waitForHolders } from "./index-holders.ts";
import type { Parts } from "./instance.ts";
import { workOff, type PendingParts } from "./pending-work.ts";
import { withReceipt } from "./with-receipt.ts";

/** What a person (and the command line) is told at the end. */
export interface Left {
  /** Path of the receipt. */
  readonly receipt: string;
  /** Milliseconds until the use had stopped: the commit of the withdrawal. */
  readonly stoppedMs: number;
  /** Milliseconds until all was erased, rendered again and swept. */
  readonly erasedMs: number;
  readonly erased: Readonly<Record<string, number>>;
  readonly leftEarlier: readonly { readonly what: string; readonly count: number }[];
  readonly residue: number;
  readonly steps: readonly { readonly step: string; readonly ms: number }[];
}

/** What the transaction of a withdrawal left behind for the finish, kept in the erasure's row. */
export interface ErasureCounts {
  readonly erased: Readonly<Record<string, number>>;
  readonly purposes: readonly string[];
  readonly stays: readonly { readonly what: string; readonly why: string }[];
  readonly leftEarlier: readonly { readonly what: string; readonly count: number }[];
  readonly log?: ErasureInLog;
}

export type FinishParts = PendingParts & Pick<Parts, "id" | "journal" | "pin" | "indexes">;

/**
 * Carries a committed withdrawal to its end: journal -> keys destroyed -> index holders have let go -> renditions made
 * again -> folders renewed -> old blobs removed -> sweep -> entry in the log -> receipt with its proof. Each step may be done twice; whatever a crash
 * leaves undone is a row in `pending` or the erasure's missing `erased_at`, and whoever works, or the next start, calls this again.
 * One process does it at a time; a second waits.
 */
export async function finishErasure(
  parts: FinishParts,
  erasure: Id,
  started = performance.now(),
  stoppedMs = 0,
): Promise<Left> {
  return withAdvisoryLock(parts.db, erasure, async () => {
    const steps: { step: string; ms: number }[] = [];
    const timed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
      const begun = performance.now();
      const result = await work();
      steps.push({ step, ms: Math.round(performance.now() - begun) });
      return result;
    };
    const row = await parts.db.selectFrom("erasure").selectAll().where("id", "=", erasure).executeTakeFirst();
    if (!row) throw new AssentError("not-found", `there is no erasure ${erasure}`);
    const counts = row.counts as unknown as ErasureCounts;
    if (row.erased_at !== null) {
      // A process that started meanwhile was faster.
      const receipt = await parts.db
        .selectFrom("receipt")
        .select("file")
        .where("erasure_id", "=", erasure)
        .executeTakeFirstOrThrow();
      return {
        receipt: join(parts.receipts.path, receipt.file),
        stoppedMs: Math.round(stoppedMs),
        erasedMs: Math.round(performance.now() - started),
        erased: counts.erased,
        leftEarlier: counts.leftEarlier,
        residue: 0,
        steps,
      };
    }

    await timed("restriction journal", async () => {
      await parts.journal.append(row.events as RestrictingEvent[], row.stopped_at);
      await parts.db.updateTable("erasure").set({ events: "[]" }).where("id", "=", erasure).execute();
    });
    await timed("keys destroyed", () => workOff(parts, erasure, "destroy-key"));
    const letGo = await timed("index let go", () => waitForHolders(parts, row.index_version));
    await timed("receipts and files removed", () => workOff(parts, erasure, "remove-file"));
    await timed("renditions made again", () => workOff(parts, erasure, "render"));
    await timed("folders renewed", () => workOff(parts, erasure, "refresh-folder"));
    await timed("old pictures removed", () => workOff(parts, erasure, "remove-blob"));
    const checks = await timed("sweep", () =>
      sweep(parts, erasure, { gone: row.kind === "erase" ? row.person_id : null, letGo }),
    );
    const residue = checks.reduce((sum, one) => sum + one.count, 0);

    const erasedAt = parts.clock.now();
    const log = await timed("log", async () => {
      const entry = await enterFinished(parts, erasure, residue);
      return proveErasure(parts, entry, counts.log?.earlier ?? []);
    });
    const receipt = await timed("receipt", async () => {
      const epoch = await parts.keys.currentEpoch();
      return withReceipt(parts, async (trx, issue) => {
        // The heads of the log were for the receipt: here they would go on telling when somebody joined.
        const { log: _, ...lasting } = counts;
        await trx
          .updateTable("erasure")
          .set({ erased_at: erasedAt, counts: JSON.stringify(lasting) })
          .where("id", "=", erasure)
          .execute();
        // With the person, the rows of their earlier withdrawals let go of them too.
        if (row.kind === "erase") {
          await trx
            .updateTable("erasure")
            .set({ person_id: null })
            .where("person_id", "=", row.person_id)
            .execute();
        }
        return issue({
          kind: "erasure",
          facts: {
            instance: parts.id,
            erasure,
            kind: row.kind,
            purposes: counts.purposes,
            stoppedAt: row.stopped_at.toISOString(),
            erasedAt: erasedAt.toISOString(),
            erased: counts.erased,
            stays: counts.stays,
            leftEarlier: counts.leftEarlier,
            checks: checks.map((one) => ({ check: one.check, residue: one.count })),
            keyEpoch: { number: epoch.number, since: epoch.startedAt.toISOString() },
            log,
          },
        });
      });
    });
    return {
      receipt,
      stoppedMs: Math.round(stoppedMs),
      erasedMs: Math.round(performance.now() - started),
      erased: counts.erased,
      leftEarlier: counts.leftEarlier,
      residue,
      steps,
    };
  });
}

/** The checks of the receipt: the database for everybody, and every table for a person who is gone. */
async function sweep(
  parts: Pick<Parts, "db" | "keys">,
  erasure: Id,
  { gone, letGo }: { readonly gone: Id | null; readonly letGo: boolean },
): Promise<readonly Residue[]> {
  const database = await sweepDatabase(parts.db);
  const results: Residue[] = database.checks.map((one) => ({
    check: one.check,
    where: "database",
    count: one.residue,
  }));
  // What failed a moment ago is not late yet, and is left all the same.
  const undone = await pendingOf(parts.db, erasure);
  results.push({ check: "all work of this erasure is done", where: "pending", count: undone.length });
  // A living process that did not answer in time may still compare with what was erased.
  results.push({ check: INDEX_CHECK, where: "index", count: letGo ? 0 : 1 });
  if (gone === null) return results;
  const person = await sweepPerson(parts.db, gone);
  // The erasure's own row still names the person: it lets go of them with the receipt.
  const rows = person.residue
    .filter((one) => one.where !== "erasure")
    .reduce((sum, one) => sum + one.count, 0);
  results.push({ check: "no row about the person", where: "database", count: rows });
  for (const group of ["face", "contact"] as const) {
    const left = (await parts.keys.has({ kind: "person", id: gone, group })) ? 1 : 0;
    results.push({ check: `no ${group} key of the person`, where: "key store", count: left });
  }
  return results;
}
