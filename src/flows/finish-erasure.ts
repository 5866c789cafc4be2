import { join } from "node:path";
import { sql } from "kysely";
import type { RestrictingEvent } from "../audit/index.ts";
import { AssentError, toPlainError, type Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import { inTransaction, withAdvisoryLock, type PendingRow } from "../db/index.ts";
import { stillUsed } from "../photos/index.ts";
import {
  audienceOf,
  dropSuspendedPicture,
  foldersHolding,
  formOfFolder,
  renditionById,
} from "../publishing/index.ts";
import {
  addPending,
  donePending,
  failedPending,
  pendingOf,
  sweepDatabase,
  sweepPerson,
  type Residue,
} from "../rights/index.ts";
import { enterFinished, proveErasure, type ErasureInLog } from "./erasure-proof.ts";
import { copyRendition, isReachable, writeManifest } from "./export-folder.ts";
import { inParallel } from "./in-parallel.ts";
import { INDEX_CHECK, waitForHolders } from "./index-holders.ts";
import type { Parts } from "./instance.ts";
import { permitSource, removeReplaced, renderOne } from "./render.ts";
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

export type FinishParts = Pick<
  Parts,
  | "id"
  | "db"
  | "keys"
  | "blobs"
  | "journal"
  | "pin"
  | "indexes"
  | "receipts"
  | "clock"
  | "renderer"
  | "processes"
>;

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

/** Does the pending work of one kind; what fails keeps its row and its reason, and the sweep counts it. */
export async function workOff(
  parts: Omit<FinishParts, "id" | "journal" | "pin">,
  erasure: Id | null,
  kind: PendingRow["kind"],
): Promise<void> {
  const rows = (await pendingOf(parts.db, erasure)).filter((row) => row.kind === kind);
  await inParallel(rows, parts.processes, async (row) => {
    try {
      await doPending(parts, row);
      await donePending(parts.db, row.id);
    } catch (error) {
      await failedPending(parts.db, row.id, toPlainError(error).code);
    }
  });
}

async function doPending(parts: Omit<FinishParts, "id" | "journal" | "pin">, row: PendingRow): Promise<void> {
  switch (row.kind) {
    case "destroy-key":
      return destroyKey(parts, parseKeySubject(row.subject));
    case "remove-blob":
      // Originals are named by their content: the same photo may have come into another collection since.
      if ((await stillUsed(parts.db, [row.subject])).size > 0) return;
      return parts.blobs.remove(row.subject);
    case "remove-file":
      return parts.receipts.remove(row.subject);
    case "render":
      return renderAgain(parts, row);
    case "refresh-folder":
      return refreshFolder(parts, row.subject);
    case "rescan":
    case "cut-chips":
      throw new AssentError(
        "internal",
        "looks and chips are taken up by flows of their own, not by an erasure",
      );
  }
}

/** How a key is named in `doomed_key` and in pending work. */
export function keySubject(ref: KeyRef): string {
  return ref.kind === "person" ? `person:${ref.id}:${ref.group}` : `chips:${ref.id}`;
}

function parseKeySubject(subject: string): KeyRef {
  const [kind, id = "", group] = subject.split(":");
  if (kind === "person" && (group === "face" || group === "contact")) return { kind, id, group };
  if (kind === "chips") return { kind, id };
  throw new AssentError("internal", "pending work names no key");
}

/** The row that makes a key's end certain; written in the transaction that decides it. */
export function doomedRow(ref: KeyRef, now: Date) {
  return {
    kind: ref.kind,
    subject_id: ref.id,
    key_group: ref.kind === "person" ? ref.group : ("chips" as const),
    doomed_at: now,
  };
}

/**
 * Destroys a key whose end has been committed, and forgets that it was to be. The row is held meanwhile, so that a
 * second process cannot destroy the key that the person may have been given since. Done twice, it does nothing more.
 */
export async function destroyKey(parts: Pick<Parts, "db" | "keys">, ref: KeyRef): Promise<void> {
  await inTransaction(parts.db, async (trx) => {
    const row = doomedRow(ref, new Date(0));
    const held = await trx
      .deleteFrom("doomed_key")
      .where("kind", "=", row.kind)
      .where("subject_id", "=", row.subject_id)
      .where("key_group", "=", row.key_group)
      .returning("doomed_at")
      .executeTakeFirst();
    if (!held) return;
    await parts.keys.doom(ref);
    await parts.keys.destroyDoomed([ref]);
  });
}

async function renderAgain(
  parts: Omit<FinishParts, "id" | "journal" | "pin">,
  row: PendingRow,
): Promise<void> {
  const rendition = await renditionById(parts.db, row.subject);
  if (!rendition) return; // Gone with its photo or its reader.
  const audience = audienceOf(rendition);
  // Closing the request about it makes it again. Until then the old picture is of no use, and shows who is to be shown no more.
  if (await isHeldBack(parts, rendition)) return dropHeldPicture(parts, rendition.id);
  await renderOne(
    parts,
    {
      photo: rendition.photo_id,
      collection: rendition.collection_id,
      audience,
      reveal: rendition.reveal,
      cause: "due",
    },
    permitSource(parts, rendition.collection_id, audience),
  );
  const folders = await foldersHolding(parts.db, [rendition.id]);
  for (const folder of folders) {
    if (await isReachable(folder.folder))
      await copyRendition(
        parts,
        rendition.id,
        join(folder.folder, "photos"),
        await formOfFolder(parts.db, folder.folder),
      );
  }
  await inTransaction(parts.db, async (trx) => {
    const due = await trx
      .selectFrom("pending")
      .select("subject")
      .where("kind", "=", "refresh-folder")
      .where("erasure_id", row.erasure_id === null ? "is" : "=", row.erasure_id)
      .execute();
    const known = new Set(due.map((one) => one.subject));
    const fresh = folders.filter((folder) => !known.has(folder.disclosure));
    await addPending(
      trx,
      fresh.map((folder) => ({
        kind: "refresh-folder" as const,
        subject: folder.disclosure,
        erasure: row.erasure_id,
      })),
      parts.clock,
    );
  });
}

/** Whether somebody has asked that just this be taken off. */
async function isHeldBack(
  parts: Pick<Parts, "db">,
  rendition: { readonly id: Id; readonly photo_id: Id },
): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select photo_held(${rendition.photo_id}) and rendition_public(${rendition.id}) as held`.execute(parts.db);
  return rows[0]?.held === true;
}

/** The row lets go of its picture, then the file goes; a crash in between leaves that as pending work. */
async function dropHeldPicture(parts: Pick<Parts, "db" | "blobs" | "clock">, rendition: Id): Promise<void> {
  const blob = await inTransaction(parts.db, async (trx) => {
    const dropped = await dropSuspendedPicture(trx, rendition);
    const due = dropped === null ? [] : [{ kind: "remove-blob" as const, subject: dropped, erasure: null }];
    await addPending(trx, due, parts.clock);
    return dropped;
  });
  if (blob !== null) await removeReplaced(parts, blob);
}

/** Writes the manifest of a channel's folder anew; the pictures in it have been renewed one by one. */
async function refreshFolder(parts: Pick<Parts, "db">, disclosure: Id): Promise<void> {
  const row = await parts.db
    .selectFrom("disclosure")
    .selectAll()
    .where("id", "=", disclosure)
    .executeTakeFirst();
  if (!row?.folder || row.recipient !== "channel" || !(await isReachable(row.folder))) return;
  await writeManifest(parts, row.folder);
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
