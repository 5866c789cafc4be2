import type { Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import { suspendStale } from "../publishing/index.ts";
import { addPending } from "../rights/index.ts";
import { workOff, type FinishParts } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";

/** In the transaction of a decision: stops what shows a face as somebody it is not, and writes down the work. */
export async function stopStale(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  photos: readonly Id[],
): Promise<number> {
  const stale = await suspendStale(trx, photos, parts.clock);
  await addPending(
    trx,
    stale.map((subject) => ({ kind: "render" as const, subject, erasure: null })),
    parts.clock,
  );
  return stale.length;
}

/** After the commit: makes the stopped renditions again, and renews the folders that they were written to. */
export async function renewStale(parts: FinishParts): Promise<void> {
  for (const kind of ["render", "refresh-folder"] as const) await workOff(parts, null, kind);
}
