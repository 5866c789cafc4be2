import type { Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import { writeJob, type JobOrder } from "../jobs/index.ts";
import type { Parts } from "./instance.ts";

/**
 * In the transaction that makes it necessary: work is written down, and whoever works is woken with the commit. Where the same
 * is to be done already, that one is it.
 */
export async function orderJob(
  parts: Pick<Parts, "clock" | "queue">,
  trx: Trx,
  order: JobOrder,
  askedBy?: string,
): Promise<{ readonly id: Id; readonly added: boolean }> {
  const job = await writeJob(trx, order, parts.clock, askedBy);
  await parts.queue.wake(trx, { id: job.id, kind: order.kind });
  return job;
}
