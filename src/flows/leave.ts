import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AssentError, isErrno, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { addPending, claimedFile, dropUnclaimed, offerReceipt } from "../rights/index.ts";
import { erase } from "./erase.ts";
import type { FinishParts } from "./finish-erasure.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";

export interface HasLeft {
  /** One compact JWS. */
  readonly receipt: string;
  /** Fetches the receipt again for thirty days; shown once. */
  readonly claimCode: string;
  readonly at: string;
  readonly stoppedMs: number;
  /** null: something could not be erased yet, and is tried again; the receipt says what. */
  readonly erasedMs: number | null;
  /** Pictures that left before and cannot be called back. */
  readonly leftEarlier: number;
}

/**
 * A person leaves by their own hand: the erasure, and a code for the receipt, because nothing of them is left by which they
 * could ask for it again. A crash after the erasure leaves the receipt without a code: then the person has not been shown
 * one either. Errors: `not-found`.
 */
export async function leave(parts: Parts, person: Id): Promise<HasLeft> {
  const left = await erase(parts, { person, actor: null });
  const file = basename(left.receipt);
  const claimCode = await inTransaction(parts.db, async (trx) => {
    const row = await trx
      .selectFrom("receipt")
      .select("id")
      .where("file", "=", file)
      .executeTakeFirstOrThrow();
    return offerReceipt(trx, parts.keys, row.id, parts.clock);
  });
  return {
    receipt: await readFile(left.receipt, "utf8"),
    claimCode,
    at: parts.clock.now().toISOString(),
    stoppedMs: left.stoppedMs,
    erasedMs: left.residue === 0 ? left.erasedMs : null,
    leftEarlier: left.leftEarlier.reduce((sum, one) => sum + one.count, 0),
  };
}

/** The receipt of somebody who has left, by their code. Errors: `not-found`. */
export async function claimReceipt(
  parts: Pick<Parts, "db" | "keys" | "receipts" | "clock">,
  code: string,
): Promise<{ readonly receipt: string }> {
  const file = await claimedFile(parts.db, parts.keys, code, parts.clock);
  try {
    return { receipt: await readFile(join(parts.receipts.path, file), "utf8") };
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    throw new AssentError("not-found", "the receipt's file is not there any more", { cause: error });
  }
}

/** Receipts whose time to be fetched is over go with their codes. A crash in between leaves the files as pending work. */
export async function endReceiptClaims(parts: FinishParts): Promise<number> {
  const files = await inTransaction(parts.db, async (trx) => {
    const dropped = await dropUnclaimed(trx, parts.clock);
    const due = dropped.map((subject) => ({ kind: "remove-file" as const, subject, erasure: null }));
    await addPending(trx, due, parts.clock);
    return dropped;
  });
  if (files.length > 0) await workOff(parts, null, "remove-file");
  return files.length;
}
