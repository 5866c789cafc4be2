import { acknowledged } from "../templates/index.ts";
import type { Parts } from "./instance.ts";

/** The check's name, in receipts too. */
export const INDEX_CHECK = "no process holds an index older than the last change";

const POLL_MS = 50;
/** A holder without a renewed lease of 5 s has stopped by itself. */
const LIMIT_MS = 6_000;

/**
 * Waits until every process that holds templates in memory has dropped what changed up to this version of the index, or has
 * lost its lease. Answers whether that is so; false means that a holder is alive and behind.
 */
export async function waitForHolders(
  parts: Pick<Parts, "db" | "indexes">,
  version: number,
): Promise<boolean> {
  await parts.indexes.renew();
  const deadline = performance.now() + LIMIT_MS;
  while (!(await acknowledged(parts.db, version))) {
    if (performance.now() >= deadline) return false;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  return true;
}
