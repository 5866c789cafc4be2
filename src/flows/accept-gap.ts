import { acceptGap as accept } from "../audit/index.ts";
import { inTransaction } from "../db/index.ts";
import type { Parts } from "./instance.ts";
import { settle } from "./settle.ts";

export interface AcceptedGap {
  /** What was not known, one reason each. */
  readonly gap: readonly string[];
}

/**
 * An officer has found out, as far as can be, who has left since the backup, and lets matching, publishing and looking up go on.
 * One transaction with its entry; then the pictures are made again that were kept waiting. A crash in between leaves that to the
 * next start. Errors: `not-found` where nothing is suspended, `bad-input` without a reason.
 */
export async function acceptGap(
  parts: Parts,
  order: { readonly reason: string; readonly actor: string },
): Promise<AcceptedGap> {
  const { gap } = await inTransaction(parts.db, (trx) =>
    accept(trx, { reason: order.reason, by: order.actor }, parts.clock),
  );
  await settle(parts, { looks: false });
  return { gap };
}
