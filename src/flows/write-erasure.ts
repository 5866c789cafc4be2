import type { RestrictingEvent } from "../audit/index.ts";
import type { Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import type { Trx } from "../db/index.ts";
import { addPending } from "../rights/index.ts";
import { raiseIndexVersion } from "../templates/index.ts";
import { doomedRow, keySubject, type ErasureCounts } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";

interface ErasureWork {
  readonly id: Id;
  readonly person: Id;
  readonly kind: "withdraw" | "erase" | "expire";
  readonly counts: ErasureCounts;
  readonly events: readonly RestrictingEvent[];
  readonly doomed: readonly KeyRef[];
  readonly render: readonly Id[];
  readonly blobs: readonly string[];
  readonly files: readonly string[];
}

/** The rows that make the finish certain: doomed keys, pending work, and the erasure itself. */
export async function writeErasure(parts: Pick<Parts, "clock">, trx: Trx, work: ErasureWork): Promise<void> {
  const now = parts.clock.now();
  const indexVersion = await raiseIndexVersion(trx);
  if (work.doomed.length > 0) {
    await trx
      .insertInto("doomed_key")
      .values(work.doomed.map((ref) => doomedRow(ref, now)))
      .onConflict((oc) => oc.doNothing())
      .execute();
  }
  await trx
    .insertInto("erasure")
    .values({
      id: work.id,
      person_id: work.person,
      kind: work.kind,
      events: JSON.stringify(work.events),
      counts: JSON.stringify(work.counts),
      index_version: indexVersion,
      stopped_at: now,
      erased_at: null,
    })
    .execute();
  await addPending(
    trx,
    [
      ...work.doomed.map((ref) => ({ kind: "destroy-key" as const, subject: keySubject(ref) })),
      ...work.render.map((subject) => ({ kind: "render" as const, subject })),
      ...work.blobs.map((subject) => ({ kind: "remove-blob" as const, subject })),
      ...work.files.map((subject) => ({ kind: "remove-file" as const, subject })),
    ].map((item) => ({ ...item, erasure: work.id })),
    parts.clock,
  );
}
