import type { RestrictingEvent } from "../audit/index.ts";
import type { Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import type { ErasureKind, Trx } from "../db/index.ts";
import { addPending } from "../rights/index.ts";
import { raiseIndexVersion } from "../templates/index.ts";
import { earlierHeads } from "./erasure-proof.ts";
import { doomedRow, keySubject } from "./doomed-keys.ts";
import type { ErasureCounts } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";

interface ErasureWork {
  readonly id: Id;
  /** null: what goes is the organisation's, photos or a collection. */
  readonly person: Id | null;
  readonly kind: ErasureKind;
  readonly counts: ErasureCounts;
  readonly events: readonly RestrictingEvent[];
  readonly doomed: readonly KeyRef[];
  readonly render: readonly Id[];
  readonly blobs: readonly string[];
  readonly files: readonly string[];
  /** Disclosures whose folders hold pictures that are gone. */
  readonly folders?: readonly Id[];
}

/** The rows that make the finish certain: doomed keys, pending work, and the erasure itself. */
export async function writeErasure(
  parts: Pick<Parts, "clock" | "receipts">,
  trx: Trx,
  work: ErasureWork,
): Promise<void> {
  const now = parts.clock.now();
  const earlier = work.person === null ? [] : await earlierHeads(parts, trx, work.person, work.files);
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
      counts: JSON.stringify({ ...work.counts, log: { earlier } } satisfies ErasureCounts),
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
      ...(work.folders ?? []).map((subject) => ({ kind: "refresh-folder" as const, subject })),
      ...work.files.map((subject) => ({ kind: "remove-file" as const, subject })),
    ].map((item) => ({ ...item, erasure: work.id })),
    parts.clock,
  );
}
