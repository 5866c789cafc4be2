import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, must, newId, wipe, type Clock, type Id } from "../core/index.ts";
import { openSealed, seal, type KeyRef, type KeyStore } from "../crypto/index.ts";
import { holdSealing, type Db, type Trx } from "../db/index.ts";
import { fromBytes, protectionOf, toBytes, turnerBetween } from "./protection.ts";

export interface NewTemplates {
  readonly person: Id;
  readonly enrolment: Id;
  readonly packId: string;
  /** As the model gave them, of length 1; turned and sealed here. The caller wipes them. */
  readonly embeddings: readonly Float32Array[];
}

/** Templates of one enrolment: more views of a face help little and cost each search. */
const MOST_TEMPLATES = 5;

/**
 * Stores templates, turned by the instance's secret and sealed under the person's `face` key, each bound to person,
 * template and pack. Needs a live `find-me` or `keep-template` for the enrolment's collection, recorded before in this
 * transaction or earlier; the database refuses by itself too. Every index learns of it by the new version.
 * A crash leaves at most a key of nothing. Returns the templates' ids.
 * Errors: `no-consent`; `refused` while an earlier key of the person is still being destroyed.
 */
export async function storeTemplates(
  trx: Trx,
  keys: KeyStore,
  wanted: NewTemplates,
  clock: Clock,
): Promise<readonly Id[]> {
  const { person, enrolment, packId, embeddings } = wanted;
  if (embeddings.length === 0 || embeddings.length > MOST_TEMPLATES) {
    throw new AssentError("bad-input", `an enrolment has 1 to ${MOST_TEMPLATES} templates`);
  }
  await assertMayHaveTemplates(trx, person, enrolment);
  await holdSealing(trx, faceKey(person));
  await keys.create(faceKey(person));
  const protection = await protectionOf(keys, await holdNewestTurn(trx), embeddings[0]?.length ?? 0);
  const turned = new Float32Array(protection.dimension);
  const rows = await keys.withKey(faceKey(person), (key) =>
    embeddings.map((embedding) => {
      const id = newId();
      protection.turn(embedding, turned);
      const plain = toBytes(turned);
      const sealed = Buffer.from(seal(key, plain, purpose(person, id, packId)));
      wipe(plain, turned);
      return {
        id,
        person_id: person,
        enrolment_id: enrolment,
        pack_id: packId,
        sealed,
        transform: protection.version,
        created_at: clock.now(),
      };
    }),
  );
  await trx.insertInto("template").values(rows).execute();
  await raiseIndexVersion(trx);
  const payload = { enrolment, pack: packId, templates: rows.length };
  await record(trx, { kind: "templates-stored", payload, person }, clock);
  return rows.map((row) => row.id);
}

async function assertMayHaveTemplates(trx: Trx, person: Id, enrolment: Id): Promise<void> {
  const { rows } = await sql<{ permitted: boolean; doomed: boolean }>`
    select coalesce(template_permitted(${person}, ${enrolment}), false) as permitted,
      exists (select 1 from doomed_key where kind = 'person' and subject_id = ${person} and key_group = 'face') as doomed`.execute(
    trx,
  );
  if (!rows[0]?.permitted) {
    throw new AssentError("no-consent", "a template needs a live consent of its person", {
      remedy: "Record find-me for this collection first.",
    });
  }
  if (rows[0].doomed) {
    throw new AssentError("refused", "an earlier withdrawal of this person is still being completed", {
      remedy: "Try again in a few seconds.",
    });
  }
}

/** The turn for new templates, which is not given up before this transaction has ended. */
async function holdNewestTurn(trx: Trx): Promise<number> {
  const { rows } = await sql<{ version: number }>`
    select version from template_transform order by version desc limit 1 for key share`.execute(trx);
  return must(rows[0], "the turn of templates").version;
}

/** The turn for new templates, and that of an index. */
export async function newestTurn(db: Db): Promise<number> {
  const { version } = await db
    .selectFrom("template_transform")
    .select((eb) => eb.fn.max("version").as("version"))
    .executeTakeFirstOrThrow();
  return version;
}

export function faceKey(person: Id): KeyRef {
  return { kind: "person", id: person, group: "face" };
}

export function purpose(person: Id, template: Id, packId: string): string {
  return `template:${person}:${template}:${packId}`;
}

/** Which of a person's templates. `unpermitted` are those that no live consent covers (any more). */
export type WhichTemplates = "all" | "unpermitted" | { readonly enrolments: readonly Id[] };

export interface DeletedTemplates {
  readonly templates: number;
  /** Whether the person has none left, so that their face key must be destroyed. */
  readonly noneLeft: boolean;
}

/** Deletes templates of a person. Every index learns of it by the new version, also where there was nothing. */
export async function deleteTemplates(
  trx: Trx,
  person: Id,
  which: WhichTemplates,
  clock: Clock,
): Promise<DeletedTemplates> {
  let query = trx.deleteFrom("template").where("person_id", "=", person);
  if (which === "unpermitted") {
    query = query.where(sql<boolean>`not coalesce(template_permitted(person_id, enrolment_id), false)`);
  } else if (which !== "all") {
    query = query.where(sql<boolean>`enrolment_id = any(${[...which.enrolments]})`);
  }
  const templates = Number((await query.executeTakeFirst()).numDeletedRows);
  await raiseIndexVersion(trx);
  await record(trx, { kind: "templates-deleted", payload: { templates }, person }, clock);
  const left = await trx
    .selectFrom("template")
    .select("id")
    .where("person_id", "=", person)
    .limit(1)
    .executeTakeFirst();
  return { templates, noneLeft: left === undefined };
}

/** The people with templates from enrolments in a collection, which go when the collection is deleted. */
export async function enrolledIn(
  db: Db,
  collection: Id,
): Promise<readonly { person: Id; enrolments: Id[] }[]> {
  const { rows } = await sql<{ person: Id; enrolments: Id[] }>`
    select t.person_id as person, array_agg(distinct t.enrolment_id::text) as enrolments
    from template t join enrolment e on e.id = t.enrolment_id
    where e.collection_id = ${collection} group by t.person_id`.execute(db);
  return rows;
}

/** Templates that no live consent covers: none but those whose consent has run out by date and awaits its expiry. */
export async function templatesWithoutConsent(db: Db): Promise<readonly { template: Id; person: Id }[]> {
  const { rows } = await sql<{ template: Id; person: Id }>`
    select id as template, person_id as person from template
    where not coalesce(template_permitted(person_id, enrolment_id), false)`.execute(db);
  return rows;
}

/** Tells every holder of an index, from the commit on, that templates or enrolments have changed. */
export async function raiseIndexVersion(trx: Trx): Promise<number> {
  const row = await trx
    .updateTable("index_version")
    .set((eb) => ({ version: eb("version", "+", 1) }))
    .returning("version")
    .executeTakeFirstOrThrow();
  return row.version;
}

/** Key files read at once: a few more than the runtime has threads for files. */
const AT_ONCE = 16;

/** A template that an index may hold. */
export interface Indexable {
  readonly template: Id;
  readonly person: Id;
}

/**
 * Templates of the pack whose enrolment is live or vouched, whose consent is live and whose key is not doomed, with the
 * version that the list is at least as new as, and the turn that is the newest.
 */
export async function indexable(
  db: Db,
  packId: string,
): Promise<{ readonly version: number; readonly turn: number; readonly list: readonly Indexable[] }> {
  // The version first: a change between the reads is then found again, never overlooked.
  const { version } = await db.selectFrom("index_version").select("version").executeTakeFirstOrThrow();
  const turn = await newestTurn(db);
  const { rows } = await sql<Indexable>`
    with permitted as materialized (
      select e.id from enrolment e
      where e.state in ('live', 'vouched')
        and e.id in (select enrolment_id from template where pack_id = ${packId})
        and template_permitted(e.person_id, e.id)
        and not exists (select 1 from doomed_key d
          where d.kind = 'person' and d.subject_id = e.person_id and d.key_group = 'face'))
    select t.id as template, t.person_id as person
    from template t join permitted p on p.id = t.enrolment_id
    where t.pack_id = ${packId}`.execute(db);
  return { version, turn, list: rows };
}

/**
 * Unseals templates, turned as that version of the secret has it, whichever they are stored under; calls `use` once for each, and its vector is wiped after. Those of a person
 * whose key is gone or doomed are passed over: they are being erased. Errors: `signature` where a template was altered.
 */
export async function openTemplates(
  db: Db,
  keys: KeyStore,
  packId: string,
  { version, dimension }: { readonly version: number; readonly dimension: number },
  wanted: readonly Indexable[],
  use: (template: Indexable, vector: Float32Array) => void,
): Promise<void> {
  const byPerson = Map.groupBy(wanted, (item) => item.person);
  const { rows } = await sql<{ id: Id; sealed: Buffer; transform: number }>`
    select id, sealed, transform from template where id = any(${wanted.map((item) => item.template)})`.execute(
    db,
  );
  const stored = new Map(rows.map((row) => [row.id, row]));
  const turners = new Map<number, (vector: Float32Array) => void>();
  for (const { transform } of rows) {
    if (transform === version || turners.has(transform)) continue;
    turners.set(transform, await turnerBetween(keys, transform, version, dimension));
  }
  const open = async ([person, templates]: readonly [Id, readonly Indexable[]]): Promise<void> => {
    try {
      await keys.withKey(faceKey(person), (key) => {
        for (const item of templates) {
          const row = stored.get(item.template);
          if (!row) continue; // Deleted meanwhile.
          const vector = fromBytes(openSealed(key, row.sealed, purpose(person, item.template, packId)));
          try {
            turners.get(row.transform)?.(vector);
            use(item, vector);
          } finally {
            wipe(vector);
          }
        }
      });
    } catch (error) {
      if (error instanceof AssentError && error.code === "key-gone") return;
      throw error;
    }
  };
  const people = [...byPerson];
  for (let i = 0; i < people.length; i += AT_ONCE) {
    await Promise.all(people.slice(i, i + AT_ONCE).map(open));
  }
}
