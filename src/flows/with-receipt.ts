import { basename } from "node:path";
import { inTransaction, withoutServer, type Trx } from "../db/index.ts";
import { issueReceipt, type NewReceipt } from "../rights/index.ts";
import type { Parts } from "./instance.ts";

/** Issues the receipt and returns its path. */
export type Issue = (receipt: NewReceipt) => Promise<string>;

/**
 * A transaction that issues a receipt of what it does: neither is there without the other. The file comes before the
 * commit, so that no row points nowhere; a crash in between leaves a file that no row names, which the next start
 * removes.
 */
export async function withReceipt<T>(
  parts: Pick<Parts, "db" | "keys" | "receipts" | "clock">,
  work: (trx: Trx, issue: Issue) => Promise<T>,
): Promise<T> {
  const files: string[] = [];
  const removeFiles = async (): Promise<void> => {
    for (const file of files.splice(0)) await parts.receipts.remove(file);
  };
  try {
    return await inTransaction(parts.db, async (trx) => {
      await removeFiles(); // Of a try that was rolled back.
      return work(trx, async (receipt) => {
        const { path } = await issueReceipt(
          {
            db: trx,
            folder: parts.receipts,
            sign: (payload, typ) => parts.keys.signCompact(payload, typ),
            publicKeys: () => parts.keys.publicKeys(),
            clock: parts.clock,
          },
          receipt,
        );
        files.push(basename(path));
        return path;
      });
    });
  } catch (error) {
    // Where the server was lost, nobody knows whether the commit came through.
    if (withoutServer(error) === error) await removeFiles();
    throw error;
  }
}
