import { record } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { KeyGroup, KeyRef } from "../crypto/index.ts";
import { holdSealed, inTransaction, type Trx } from "../db/index.ts";
import { sealContactAgain, sealLetterAgain } from "../people/index.ts";
import { sealRequestAgain } from "../rights/index.ts";
import { sealTemplatesAgain } from "../templates/index.ts";
import type { Parts } from "./instance.ts";
import { beginChange, endChange, pauseForReaders, type ChangeOrder, type ChangeDone } from "./key-change.ts";

/**
 * New keys for one person's group, or for every key of the group: each a successor first, then a transaction in which all that it
 * seals is sealed again, and once all are through the older keys are destroyed. Keys that were made since this change of
 * all was begun are new already.
 */
export async function changePersonKeys(
  parts: Parts,
  order: ChangeOrder,
  group: KeyGroup,
): Promise<ChangeDone> {
  const { keys } = parts;
  const due =
    order.of === undefined ? await allDue(parts, order, group) : await oneDue(parts, order.of, group);
  let done = 0;
  let sealedAgain = 0;
  const step = (): void => order.progress(++done, due.length * 2);
  for (const ref of due) {
    if (await hasKey(parts, ref)) {
      const fresh = await keys.succeed(ref);
      if (await sealAgain(parts, order, ref, fresh)) sealedAgain++;
    }
    step();
  }
  if (due.length > 0) await pauseForReaders(order);
  for (const ref of due) {
    await keys.retire(ref);
    step();
  }
  if (order.of === undefined) await endChange(parts, order, group, due.length);
  return { keys: due.length, sealedAgain, finished: true };
}

type PersonKey = Extract<KeyRef, { readonly kind: "person" }>;

async function oneDue(parts: Parts, person: Id, group: KeyGroup): Promise<readonly PersonKey[]> {
  const ref = { kind: "person", id: person, group } as const;
  if (await parts.keys.has(ref)) return [ref];
  throw new AssentError("not-found", `the person ${person} has no ${group} key`, {
    remedy: "assent keys list --all names those who have.",
  });
}

async function allDue(parts: Parts, order: ChangeOrder, group: KeyGroup): Promise<readonly PersonKey[]> {
  const begunAt = await beginChange(parts, order, group);
  const due: PersonKey[] = [];
  for (const ref of await parts.keys.list()) {
    if (ref.kind !== "person" || ref.group !== group) continue;
    const [newest, older] = await parts.keys.versions(ref);
    if (newest && (older || newest.madeAt === null || newest.madeAt < begunAt)) due.push(ref);
  }
  return due;
}

/** A person may leave meanwhile: then there is nothing to be changed any more. */
function hasKey(parts: Parts, ref: PersonKey): Promise<boolean> {
  return parts.keys.has(ref);
}

/** One transaction for all that a key seals, with the entry where one person's key is asked for. Whether there was anything to seal. */
async function sealAgain(parts: Parts, order: ChangeOrder, ref: PersonKey, fresh: boolean): Promise<boolean> {
  return inTransaction(parts.db, async (trx) => {
    const person = await trx
      .selectFrom("person")
      .select("id")
      .where("id", "=", ref.id)
      .forUpdate()
      .executeTakeFirst();
    await holdSealed(trx, ref);
    // Destroyed with the person, who has left since.
    if (!(await parts.keys.has(ref))) return false;
    const some = await rowsAgain(parts, trx, ref);
    if (order.of !== undefined && (some || fresh)) {
      const payload = { what: ref.group, by: order.actor };
      await record(trx, { kind: "key-changed", payload, ...(person ? { person: ref.id } : {}) }, parts.clock);
    }
    return some;
  });
}

async function rowsAgain(
  { keys }: Pick<Parts, "keys">,
  trx: Trx,
  { id, group }: PersonKey,
): Promise<boolean> {
  if (group === "face") return sealTemplatesAgain(trx, keys, id);
  const done = [
    await sealContactAgain(trx, keys, id),
    await sealLetterAgain(trx, keys, id),
    await sealRequestAgain(trx, keys, id),
  ];
  return done.includes(true);
}
