import { suspendedBecause } from "../audit/index.ts";
import { toPlainError, type Id } from "../core/index.ts";
import { workersOf } from "../db/index.ts";
import { expire, type Expired } from "./expire.ts";
import { destroyKey } from "./doomed-keys.ts";
import { finishErasure } from "./finish-erasure.ts";
import { workOff } from "./pending-work.ts";
import { toItsEnd, type Finishing } from "./finishing.ts";
import type { Parts } from "./instance.ts";
import { resumeScans } from "./import.ts";
import { endReceiptClaims } from "./leave.ts";
import { noteTextsAndKeys } from "./note-in-force.ts";
import { unfinishedChanges } from "./list-keys.ts";
import { finishRestore } from "./replay.ts";
import { resumeRescans } from "./rescan.ts";

/** A picture that is made again is still to come into its folders, and leaves its old file to be removed. */
const IN_ORDER = ["destroy-key", "render", "refresh-folder", "remove-file", "remove-blob"] as const;

export interface Settled extends Expired {
  /** Erasures that a crash had left unfinished and that are finished now. */
  readonly erasures: number;
  /** Collections in which a newcomer's look through the photos had been cut off, and is done now. */
  readonly rescans: number;
  /** Photos that a killed import had taken and not looked through, and that are looked through now. */
  readonly scans: number;
  /** Why something of this could not be done now. It stays due, and must not keep everybody out. */
  readonly kept: readonly string[];
  /** What of the restriction journal was replayed after a restore, by kind; undefined where there was no restore to finish. */
  readonly replayed: Readonly<Record<string, number>> | undefined;
  /** Why matching, publishing and looking up are suspended, one reason a line; undefined where they are not. */
  readonly suspended: string | undefined;
}

/**
 * What a start does before anything is served: a restore is carried to its end, keys whose end is decided are destroyed, erasures that were cut off are
 * carried to their end, left-over work is done, what time has ended is ended, the key epoch rolls if it is due, and the log
 * says which texts and keys are in force. An
 * erasure that cannot be finished now keeps neither the others from it nor the instance from opening: its use has stopped, it stays
 * due, and `kept` says why. Without `looks`, photos that an import or a newcomer's look had not got to are left to whoever works: they
 * may be thousands. `signal` ends it after what is in hand.
 */
export async function settle(
  parts: Parts,
  { looks = true, signal }: { readonly looks?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Settled> {
  const replayed = await finishRestore(parts);
  await destroyDoomedKeys(parts);
  const kept: string[] = [];
  const finishing: Finishing = {
    onFailure: (error) =>
      kept.push(`an erasure is not carried to its end yet: ${toPlainError(error).message}`),
    signal,
  };
  const erasures = await finishCutOff(parts, finishing);
  const expired = await expire(parts, finishing);
  await endReceiptClaims(parts);
  if (expired.joiningClosed > 0 || expired.collections > 0) {
    for (const kind of ["destroy-key", "remove-blob"] as const) await workOff(parts, null, kind);
  }
  await unlessItFails(kept, () => parts.keys.rollIfDue());
  await unlessItFails(kept, () => noteTextsAndKeys(parts));
  for (const kind of await unfinishedChanges(parts)) {
    kept.push(
      `a change of keys is under way, or was cut off: assent keys rotate ${kind} --yes goes on with it`,
    );
  }
  const suspended = await suspendedBecause(parts.db);
  const looked = looks ? await settleLooks(parts) : { scans: 0, rescans: 0, kept: [] };
  return {
    ...expired,
    ...looked,
    erasures,
    kept: [...kept, ...looked.kept],
    replayed,
    suspended,
  };
}

/**
 * Carries erasures that were cut off to their end, and does what was left over. One that cannot be finished is told of, and the others
 * are gone on with (`Finishing`). Returns how many were finished.
 */
export async function finishCutOff(parts: Parts, finishing: Finishing = {}): Promise<number> {
  const { signal } = finishing;
  let finished = 0;
  for (const { id } of await unfinishedErasures(parts.db)) {
    if (signal?.aborted) return finished;
    if (await toItsEnd(() => finishErasure(parts, id), finishing)) finished++;
  }
  for (const kind of IN_ORDER) if (!signal?.aborted) await workOff(parts, null, kind);
  if (!signal?.aborted) await retryFailed(parts);
  return finished;
}

/** Erasures that are committed and not carried to their end, oldest first. */
export function unfinishedErasures(
  db: Parts["db"],
  before?: Date,
): Promise<readonly { readonly id: Id; readonly stopped_at: Date }[]> {
  const query = db.selectFrom("erasure").select(["id", "stopped_at"]).where("erased_at", "is", null);
  return (before ? query.where("stopped_at", "<", before) : query).orderBy("stopped_at").execute();
}

/** The looks through photos that a killed process had begun; not where some process works, whose they are. */
async function settleLooks(parts: Parts): Promise<Pick<Settled, "scans" | "rescans" | "kept">> {
  const kept: string[] = [];
  if ((await workersOf(parts.db)) > 0) return { scans: 0, rescans: 0, kept };
  const scans = await unlessItFails(kept, () => resumeScans(parts));
  const rescans = await unlessItFails(kept, () => resumeRescans(parts));
  return { scans: scans ?? 0, rescans: rescans ?? 0, kept };
}

/** Work that is not about anybody's leaving: where it fails, the reason is told and the instance opens all the same. */
async function unlessItFails<T>(reasons: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    reasons.push(toPlainError(error).message);
    return undefined;
  }
}

/** Unsealing refuses from the commit of a withdrawal on; here the keys themselves go, also after a crash in between. */
async function destroyDoomedKeys(parts: Parts): Promise<void> {
  const rows = await parts.db.selectFrom("doomed_key").selectAll().execute();
  for (const row of rows) {
    const group = row.key_group;
    await destroyKey(
      parts,
      row.kind === "person" && group !== "chips"
        ? { kind: "person", id: row.subject_id, group }
        : { kind: "chips", id: row.subject_id },
    );
  }
  await parts.keys.destroyDoomed();
}

/** Work of finished erasures that failed then, for instance because a folder could not be written. */
async function retryFailed(parts: Parts): Promise<void> {
  const rows = await parts.db
    .selectFrom("pending")
    .innerJoin("erasure", "erasure.id", "pending.erasure_id")
    .select("pending.erasure_id")
    .distinct()
    .where("erasure.erased_at", "is not", null)
    .execute();
  for (const row of rows) for (const kind of IN_ORDER) await workOff(parts, row.erasure_id, kind);
}
