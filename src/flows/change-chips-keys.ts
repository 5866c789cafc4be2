import { record } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import { chipsKey, photoById, replaceChips, sealChipsAgain } from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { beginChange, endChange, pauseForReaders, type ChangeDone, type ChangeOrder } from "./key-change.ts";

/** Photos asked for at a time. */
const BATCH = 500;

/**
 * New keys for the chips of one collection, or of all: a successor; then every scan that sealed under the older key is waited for,
 * and each photo's chips are sealed again, as a new file that takes the old one's place in the photo's row, unless somebody has put
 * another there. Where nothing is sealed by the older key any more, it is destroyed.
 */
export async function changeChipsKeys(parts: Parts, order: ChangeOrder): Promise<ChangeDone> {
  const due = order.of === undefined ? await allDue(parts, order) : [await oneDue(parts, order.of)];
  const photos = new Map<Id, readonly Id[]>();
  const fresh = new Set<Id>();
  for (const { id } of due) {
    if (await parts.keys.succeed(chipsKey(id))) fresh.add(id);
    photos.set(id, await photosAfterScans(parts, id));
  }
  const total = [...photos.values()].reduce((sum, some) => sum + some.length, 0);
  let done = 0;
  let sealedAgain = 0;
  for (const [collection, ids] of photos) {
    for (const photo of ids) {
      if (await photoAgain(parts, collection, photo)) sealedAgain++;
      order.progress(++done, total);
    }
    await workOff(parts, null, "remove-blob");
  }
  await pauseForReaders(order);
  for (const { id } of due) {
    if (order.of !== undefined && (fresh.has(id) || sealedAgain > 0)) {
      const payload = { what: "chips", collection: id, by: order.actor };
      await inTransaction(parts.db, (trx) => record(trx, { kind: "key-changed", payload }, parts.clock));
    }
    await parts.keys.retire(chipsKey(id));
  }
  if (order.of === undefined) await endChange(parts, order, "chips", due.length);
  return { keys: due.length, sealedAgain, finished: true };
}

type ChipsKey = Extract<KeyRef, { readonly kind: "chips" }>;

async function oneDue(parts: Parts, id: Id): Promise<ChipsKey> {
  if (await parts.keys.has(chipsKey(id))) return { kind: "chips", id };
  throw new AssentError("not-found", "this collection has no key for chips", {
    remedy: "Joining is closed there, and with it the chips and their key are gone.",
  });
}

async function allDue(parts: Parts, order: ChangeOrder): Promise<readonly ChipsKey[]> {
  const begunAt = await beginChange(parts, order, "chips");
  const due: ChipsKey[] = [];
  for (const ref of await parts.keys.list()) {
    if (ref.kind !== "chips") continue;
    const [newest, older] = await parts.keys.versions(ref);
    if (newest && (older || newest.madeAt === null || newest.madeAt < begunAt)) due.push(ref);
  }
  return due;
}

/** A scan holds the collection's row from before it looks which key is the newest: those that began earlier have ended then. */
async function photosAfterScans({ db }: Pick<Parts, "db">, collection: Id): Promise<readonly Id[]> {
  await inTransaction(db, (trx) =>
    trx.selectFrom("collection").select("id").where("id", "=", collection).forUpdate().execute(),
  );
  const ids: Id[] = [];
  for (let last: Id | undefined; ;) {
    let query = db
      .selectFrom("photo")
      .select("id")
      .where("collection_id", "=", collection)
      .where("chips", "is not", null);
    if (last !== undefined) query = query.where("id", ">", last);
    const rows = await query.orderBy("id").limit(BATCH).execute();
    ids.push(...rows.map((row) => row.id));
    last = rows.at(-1)?.id;
    if (rows.length < BATCH) return ids;
  }
}

/** Whether the photo's chips were sealed by an older key. Somebody may be dropping one of them, or closing joining: then it is looked at again. */
async function photoAgain(parts: Parts, collection: Id, photo: Id): Promise<boolean> {
  for (;;) {
    const before = await chipsOf(parts, photo);
    if (before === null) return false;
    let again: Uint8Array | null;
    try {
      again = await sealChipsAgain(parts.keys, collection, photo, await parts.blobs.read(before));
    } catch (error) {
      if ((await chipsOf(parts, photo)) !== before) continue;
      throw error;
    }
    if (again === null) return false;
    const after = await parts.blobs.put("chips", again);
    const replaced = await inTransaction(parts.db, async (trx) => {
      const done = await replaceChips(trx, photo, before, after);
      const stale = { kind: "remove-blob" as const, subject: done ? before : after, erasure: null };
      await addPending(trx, [stale], parts.clock);
      return done;
    });
    if (replaced) return true;
  }
}

async function chipsOf(parts: Pick<Parts, "db">, photo: Id): Promise<string | null> {
  try {
    return (await photoById(parts.db, photo)).chips;
  } catch (error) {
    if (error instanceof AssentError && error.code === "not-found") return null;
    throw error;
  }
}
