import { sql } from "kysely";
import { AssentError, wipe, type Id } from "../core/index.ts";
import { openSealed, seal, SEAL_OVERHEAD, sealAgain, type KeyStore } from "../crypto/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { fromBytes, toBytes, turnerBetween } from "./protection.ts";
import { faceKey, purpose, raiseIndexVersion } from "./storage.ts";

/** Templates turned in one transaction: some 200 ms of computing, while withdrawals of these people wait. */
const BATCH = 200;

/** From the commit on new templates are stored under this turn, and every index is loaded anew in it. */
export async function beginTurn(trx: Trx, version: number): Promise<void> {
  await trx
    .insertInto("template_transform")
    .values({ version })
    .onConflict((oc) => oc.doNothing())
    .execute();
  await raiseIndexVersion(trx);
}

/** How many templates are stored under another turn. */
export async function notTurned(db: Db, version: number): Promise<number> {
  const { count } = await db
    .selectFrom("template")
    .select((eb) => eb.fn.countAll<string>().as("count"))
    .where("transform", "<>", version)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/**
 * Takes some templates that are stored under another turn to this one, and seals them again. Returns how many; 0: there are none.
 * Errors: `key-gone` where the face key of one is missing, `signature` where one does not open.
 */
export async function turnSome(trx: Trx, keys: KeyStore, version: number): Promise<number> {
  const rows = await trx
    .selectFrom("template")
    .select(["id", "person_id", "pack_id", "sealed", "transform"])
    .where("transform", "<>", version)
    .orderBy("person_id")
    .limit(BATCH)
    .forUpdate()
    .execute();
  const turners = new Map<string, (vector: Float32Array) => void>();
  for (const { id, person_id: person, pack_id: pack, sealed, transform } of rows) {
    const dimension = (sealed.length - SEAL_OVERHEAD) / 4;
    const name = `${transform} ${dimension}`;
    const turn = turners.get(name) ?? (await turnerBetween(keys, transform, version, dimension));
    turners.set(name, turn);
    const again = await keys.withKey(faceKey(person), (key) =>
      turned(key, sealed, purpose(person, id, pack), turn),
    );
    await trx
      .updateTable("template")
      .set({ sealed: Buffer.from(again), transform: version })
      .where("id", "=", id)
      .execute();
  }
  return rows.length;
}

function turned(
  key: Uint8Array,
  sealed: Uint8Array,
  bound: string,
  turn: (vector: Float32Array) => void,
): Uint8Array {
  const vector = fromBytes(openSealed(key, sealed, bound));
  turn(vector);
  const plain = toBytes(vector);
  try {
    return seal(key, plain, bound);
  } finally {
    wipe(plain, vector);
  }
}

/**
 * Gives the other turns up; false, and nothing changed, while a template is stored under one. Whoever is storing one now is waited for,
 * and whoever begins later stores under this turn.
 */
export async function endTurn(trx: Trx, version: number): Promise<boolean> {
  await trx
    .selectFrom("template_transform")
    .select("version")
    .where("version", "<>", version)
    .forUpdate()
    .execute();
  if ((await notTurned(trx, version)) > 0) return false;
  await trx.deleteFrom("template_transform").where("version", "<>", version).execute();
  await raiseIndexVersion(trx);
  return true;
}

/** Seals a person's templates by the newest of their keys; whether there was any to seal. */
export async function sealTemplatesAgain(trx: Trx, keys: KeyStore, person: Id): Promise<boolean> {
  const rows = await trx
    .selectFrom("template")
    .select(["id", "pack_id", "sealed"])
    .where("person_id", "=", person)
    .forUpdate()
    .execute();
  let some = false;
  for (const { id, pack_id, sealed } of rows) {
    const again = await keys.withKey(faceKey(person), (key) =>
      sealAgain(key, sealed, purpose(person, id, pack_id)),
    );
    if (!again) continue;
    await trx
      .updateTable("template")
      .set({ sealed: Buffer.from(again) })
      .where("id", "=", id)
      .execute();
    some = true;
  }
  return some;
}

/**
 * Templates that cannot be compared any more, because they were stored under a turn, or sealed under a key, that was changed since:
 * those of an old backup. Returns them by person.
 */
export async function unreadableTemplates(db: Db, keys: KeyStore): Promise<ReadonlyMap<Id, number>> {
  const known = new Set((await keys.versions("transform")).map((one) => one.version));
  const { rows } = await sql<{ id: Id; person: Id; pack: string; sealed: Buffer; transform: number }>`
    select id, person_id as person, pack_id as pack, sealed, transform from template`.execute(db);
  const unreadable = new Map<Id, number>();
  for (const { id, person, pack, sealed, transform } of rows) {
    if (known.has(transform) && (await opens(keys, person, sealed, purpose(person, id, pack)))) continue;
    unreadable.set(person, (unreadable.get(person) ?? 0) + 1);
  }
  return unreadable;
}

async function opens(keys: KeyStore, person: Id, sealed: Buffer, bound: string): Promise<boolean> {
  try {
    await keys.withKey(faceKey(person), (key) => wipe(openSealed(key, sealed, bound)));
    return true;
  } catch (error) {
    if (error instanceof AssentError && (error.code === "signature" || error.code === "key-gone"))
      return false;
    throw error;
  }
}
