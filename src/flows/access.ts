import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkLooker } from "../audit/index.ts";
import { storageError, writeFileDurably, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { accessPage } from "./access-page.ts";
import { dataOf } from "./data-of.ts";
import { deliver } from "./deliver.ts";
import { answerDemand } from "./demands.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { personNamed } from "./named.ts";

const INDEX = "my-data.html";
const DATA = "my-data.json";
const RECEIPTS = "receipts";
const REASON = "access request (GDPR art. 15)";

export interface AccessOrder {
  readonly person: Id;
  readonly out: string;
  /** Why, as the person reads it; that they asked for it where absent. */
  readonly reason: string | undefined;
  readonly actor: string;
  readonly progress: (done: number, total: number) => void;
}

export interface Accessed {
  readonly person: Id;
  readonly out: string;
  /** The page to open. */
  readonly index: string;
  readonly photos: number;
  /** In the hidden view: only the person can say whether it is them. */
  readonly asked: number;
  readonly tables: number;
  readonly receipts: number;
}

/**
 * Everything that is held about a person, to be handed over (GDPR art. 15 and 20): their photos as they may see them, as JSON
 * and as a page in their language, and their receipts. A look and a disclosure, like every delivery; both are in it. What
 * the list of holdings finds is in it, so that nothing is forgotten.
 *
 * Pictures first, then the demand closed, then the data: started again after a crash it writes the folder anew.
 * Errors: those of a delivery.
 */
export async function access(
  parts: Parts,
  { person: id, out: folder, reason = REASON, actor, progress }: AccessOrder,
): Promise<Accessed> {
  checkLooker({ actor, reason });
  const person = await personNamed(parts.db, id);
  const out = resolve(folder);
  const order = { person: person.id, out, reason, actor, asked: "hidden", progress } as const;
  const delivered = await deliver(parts, order);
  await inTransaction(parts.db, (trx) =>
    answerDemand(parts, trx, {
      kind: "access",
      person: person.id,
      photo: null,
      face: null,
      language: person.language,
      staff: actor,
    }),
  );
  await workOff(parts, null, "destroy-key");
  const data = await dataOf(parts, person.id);
  try {
    const receipts = await writeReceipts(out, data.receipts);
    await writeFileDurably(join(out, DATA), `${JSON.stringify(data, null, 1)}\n`);
    const pictures = new Map(delivered.pictures.map((one) => [one.photo, one.rendition]));
    const index = join(out, INDEX);
    await writeFileDurably(index, accessPage(data, person.language, { pictures, receipts }));
    return {
      person: person.id,
      out,
      index,
      photos: delivered.photos - delivered.asked,
      asked: delivered.asked,
      tables: data.held.length,
      receipts: receipts.length,
    };
  } catch (error) {
    throw storageError(error, "write what is kept about a person", out);
  }
}

/** Those of an earlier access go: what they stated may have been erased since. */
async function writeReceipts(out: string, receipts: readonly string[]): Promise<readonly string[]> {
  const folder = join(out, RECEIPTS);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (/^receipt-\d+\.jws$/.test(name)) await rm(join(folder, name));
  }
  const files: string[] = [];
  for (const [i, text] of receipts.entries()) {
    const name = `receipt-${i + 1}.jws`;
    await writeFileDurably(join(folder, name), text);
    files.push(`${RECEIPTS}/${name}`);
  }
  return files;
}
