import { sql } from "kysely";
import { checkLooker } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { contactKey, invitedChildren, isStillNamed, lettersIn, notify, stillHere } from "../people/index.ts";
import * as photos from "../photos/index.ts";
import { foldersHolding, tellOf } from "../publishing/index.ts";
import { deleteTemplates, enrolledIn } from "../templates/index.ts";
import { finishErasure, type ErasureCounts } from "./finish-erasure.ts";
import { unlessImporting } from "./import.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed, photoNamed } from "./named.ts";
import { writeErasure } from "./write-erasure.ts";

/** What the organisation deleted, with its receipt. */
export interface Deleted {
  readonly collection: Id;
  readonly photos: number;
  readonly renditions: number;
  readonly templates: number;
  /** Path of the receipt. */
  readonly receipt: string;
  /** What is left that should not be; zero unless something failed. */
  readonly residue: number;
}

/**
 * A collection with everything made from it. People stay, and templates for other collections or under keep-template; whoever
 * is in the photos reads on their page how many of theirs went. The rows go in one transaction that writes down which files and
 * keys must follow; then the same finish as a withdrawal, with a receipt. A crash after the commit is finished by the next start.
 * Errors: `not-found`; `instance-busy` while its photos are imported or looked through.
 */
export async function deleteCollection(
  parts: Parts,
  order: { readonly collection: string; readonly actor: string },
): Promise<Deleted> {
  const { id } = await collectionNamed(parts.db, order.collection);
  checkLooker({ actor: order.actor, reason: "deletion" });
  const gone = await whileNotImporting(parts, id, () =>
    commitCollectionDeletion(parts, id, { actor: order.actor, folders: "emptied" }),
  );
  return finish(parts, id, gone);
}

/**
 * Photos of a collection with everything made from them, as `deleteCollection`. They leave the published folders that can be
 * reached, and manifests. The same files can be imported again. Errors: as `deleteCollection`; `not-found` also for a photo
 * that is not in it, and nothing is deleted then.
 */
export async function deletePhotos(
  parts: Parts,
  order: {
    readonly collection: string;
    /** By their path in the imported folder, or their id. */
    readonly photos: readonly string[];
    readonly actor: string;
  },
): Promise<Deleted> {
  const { id } = await collectionNamed(parts.db, order.collection);
  checkLooker({ actor: order.actor, reason: "deletion" });
  const ids: Id[] = [];
  for (const name of new Set(order.photos)) {
    const photo = await photoNamed(parts.db, id, name);
    if (!photo) throw new AssentError("not-found", `there is no photo "${name}" in this collection`);
    ids.push(photo.id);
  }
  if (ids.length === 0) throw new AssentError("bad-input", "no photo is named");
  const gone = await whileNotImporting(parts, id, () => commitPhotoDeletion(parts, ids, order.actor));
  return finish(parts, id, gone);
}

async function whileNotImporting(parts: Parts, collection: Id, work: () => Promise<Id>): Promise<Id> {
  const done = await unlessImporting(parts.db, collection, work);
  if (done !== undefined) return done;
  throw new AssentError("instance-busy", "photos of this collection are being imported or looked through", {
    remedy: "Try again when that has ended.",
  });
}

async function finish(parts: Parts, collection: Id, erasure: Id): Promise<Deleted> {
  const left = await finishErasure(parts, erasure);
  return {
    collection,
    photos: left.erased["photos"] ?? 0,
    renditions: left.erased["renditions"] ?? 0,
    templates: left.erased["templates"] ?? 0,
    receipt: left.receipt,
    residue: left.residue,
  };
}

/** The deletion without its finish, which the next settling does. Returns the erasure's id. */
export async function commitCollectionDeletion(
  parts: Parts,
  id: Id,
  /** Whether pictures leave the published folders that can be reached. */
  { actor, folders }: { readonly actor: string; readonly folders: "emptied" | "left" },
): Promise<Id> {
  const { clock } = parts;
  const collection = await collectionNamed(parts.db, id);
  const erasure = newId();
  await inTransaction(parts.db, async (trx) => {
    await trx.selectFrom("collection").select("id").where("id", "=", id).forUpdate().execute();
    const all = sql`select id from photo where collection_id = ${id}`;
    const counts = await countsOf(trx, all);
    await tellPeople(parts, trx, all, collection.name);
    const written = await trx
      .selectFrom("disclosure")
      .distinctOn("folder")
      .select("id")
      .where("collection_id", "=", id)
      .where("recipient", "=", "channel")
      .where("folder", "is not", null)
      .orderBy("folder")
      .orderBy("at", "desc")
      .execute();
    const renditions = await trx
      .selectFrom("rendition")
      .select("id")
      .where("collection_id", "=", id)
      .execute();
    await tellOfGone(trx, renditions, clock);
    const leftEarlier = await leftBefore(trx, id);
    // Who agreed to keep-template was told that the template is kept beyond the collection.
    await trx
      .updateTable("enrolment")
      .set({ collection_id: null })
      .where("collection_id", "=", id)
      .where(sql<boolean>`consent_live(person_id, 'keep-template', collection_id, null, ${clock.now()})`)
      .execute();
    let templates = 0;
    const bare: Id[] = [];
    // Held as by everything that ends or makes a person's templates: one that is being enrolled elsewhere keeps the key.
    const enrolled = (await enrolledIn(trx, id)).map((one) => one.person);
    if (enrolled.length > 0)
      await trx
        .selectFrom("person")
        .select("id")
        .where("id", "in", enrolled)
        .orderBy("id")
        .forUpdate()
        .execute();
    for (const { person, enrolments } of await enrolledIn(trx, id)) {
      const deleted = await deleteTemplates(trx, person, { enrolments }, clock);
      templates += deleted.templates;
      if (deleted.noneLeft) bare.push(person);
    }
    await trx.deleteFrom("pending").where("kind", "=", "rescan").where("subject", "=", id).execute();
    const invited = await invitedChildren(trx, { collection: id });
    const letters = await lettersIn(trx, { collection: id });
    const leftovers = await photos.deleteCollection(trx, id, actor, clock);
    // Who has joined, or waits in an invitation to another collection, keeps their name.
    const unnamed: Id[] = [];
    for (const child of new Set(invited.map((one) => one.child)))
      if (!(await isStillNamed(trx, child))) unnamed.push(child);
    await writeErasure(parts, trx, {
      id: erasure,
      person: null,
      kind: "collection",
      counts: { ...said({ ...counts, templates }), leftEarlier },
      events: [],
      doomed: [
        ...leftovers.keys,
        ...bare.map((person) => ({ kind: "person", id: person, group: "face" }) as const),
        ...unnamed.map(contactKey),
        ...letters.map(({ letter }) => contactKey(letter)),
      ],
      render: [],
      blobs: leftovers.blobs,
      files: [],
      folders: folders === "emptied" ? written.map((row) => row.id) : [],
    });
    // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
    await parts.journal.append([{ event: "deleted", collection: id }], clock.now());
  });
  return erasure;
}

/** As `commitCollectionDeletion`, of photos that are all in one collection. */
export async function commitPhotoDeletion(parts: Parts, asked: readonly Id[], actor: string): Promise<Id> {
  const { clock } = parts;
  const erasure = newId();
  await inTransaction(parts.db, async (trx) => {
    const held = await trx
      .selectFrom("photo")
      .innerJoin("collection", "collection.id", "photo.collection_id")
      .select(["photo.id", "collection.name"])
      .where("photo.id", "in", [...asked])
      .orderBy("photo.id")
      .forUpdate("photo")
      .execute();
    const ids = held.map((row) => row.id);
    const [first] = held;
    if (!first) throw new AssentError("not-found", "the photo is not there any more");
    const these = sql`select unnest(${ids}::uuid[])`;
    const counts = await countsOf(trx, these);
    await tellPeople(parts, trx, these, first.name);
    const renditions = await trx.selectFrom("rendition").select("id").where("photo_id", "in", ids).execute();
    const folders = await foldersHolding(
      trx,
      renditions.map((row) => row.id),
    );
    await tellOfGone(trx, renditions, clock);
    const leftEarlier = await leftWith(trx, ids);
    await trx.deleteFrom("pending").where("kind", "=", "cut-chips").where("subject", "in", ids).execute();
    const gone = await photos.deletePhotos(trx, ids, actor, clock);
    await writeErasure(parts, trx, {
      id: erasure,
      person: null,
      kind: "photos",
      counts: { ...said(counts), leftEarlier },
      events: [],
      doomed: [],
      render: [],
      blobs: gone.blobs,
      files: [],
      folders: folders.map((one) => one.disclosure),
    });
    await parts.journal.append(
      ids.map((photo) => ({ event: "photo-deleted" as const, photo })),
      clock.now(),
    );
  });
  return erasure;
}

/** To whoever shows them elsewhere, pictures that are no more are pictures that may be shown no more. */
async function tellOfGone(trx: Trx, renditions: readonly { readonly id: Id }[], clock: Clock): Promise<void> {
  await tellOf(
    trx,
    "rendition.suspended",
    renditions.map((one) => one.id),
    clock,
  );
}

/** Everybody who is found, tagged or asked about in the photos reads how many went. */
async function tellPeople(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  which: ReturnType<typeof sql>,
  collection: string,
): Promise<void> {
  const { rows } = await sql<{ person: Id; pictures: number }>`
    select m.person_id as person, count(distinct f.photo_id)::int as pictures
    from match m join face f on f.id = m.face_id
    where m.state in ('matched', 'confirmed') and f.photo_id in (${which})
    group by m.person_id order by m.person_id`.execute(trx);
  const here = new Set(
    await stillHere(
      trx,
      rows.map((row) => row.person),
    ),
  );
  for (const { person, pictures } of rows) {
    if (!here.has(person)) continue;
    await notify(trx, person, { kind: "photos-deleted", pictures, collection }, parts.clock);
  }
}

async function countsOf(
  trx: Trx,
  which: ReturnType<typeof sql>,
): Promise<Readonly<Record<"photos" | "faces" | "matches and tags" | "renditions", number>>> {
  const { rows } = await sql<{ photos: number; faces: number; matches: number; renditions: number }>`
    with gone as (${which})
    select (select count(*)::int from gone) as photos,
      (select count(*)::int from face where photo_id in (table gone)) as faces,
      (select count(*)::int from match m join face f on f.id = m.face_id where f.photo_id in (table gone)) as matches,
      (select count(*)::int from rendition where photo_id in (table gone)) as renditions`.execute(trx);
  const { photos: n = 0, faces = 0, matches = 0, renditions = 0 } = rows[0] ?? {};
  return { photos: n, faces, "matches and tags": matches, renditions };
}

function said(
  counts: Readonly<Record<string, number>>,
): Pick<ErasureCounts, "erased" | "purposes" | "stays"> {
  return {
    erased: Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)),
    purposes: ["deletion"],
    stays: [
      { what: "people", why: "who joined stays until they leave" },
      {
        what: "entries of the log",
        why: "they say by random ids what was done, and name no photo's content",
      },
    ],
  };
}

/** What left the collection by each channel, as the record of disclosures has it. */
async function leftBefore(trx: Trx, collection: Id): Promise<ErasureCounts["leftEarlier"]> {
  const rows = await trx
    .selectFrom("disclosure")
    .select((eb) => ["channel", eb.fn.sum<string>("pictures").as("pictures")])
    .where("collection_id", "=", collection)
    .groupBy("channel")
    .orderBy("channel")
    .execute();
  return named(rows);
}

/** The same of some photos. */
async function leftWith(trx: Trx, ids: readonly Id[]): Promise<ErasureCounts["leftEarlier"]> {
  const rows = await trx
    .selectFrom("disclosure_rendition")
    .innerJoin("disclosure", "disclosure.id", "disclosure_rendition.disclosure_id")
    .innerJoin("rendition", "rendition.id", "disclosure_rendition.rendition_id")
    .select((eb) => ["disclosure.channel", eb.fn.countAll<string>().as("pictures")])
    .where("rendition.photo_id", "in", [...ids])
    .groupBy("disclosure.channel")
    .orderBy("disclosure.channel")
    .execute();
  return named(rows);
}

function named(
  rows: readonly { readonly channel: string; readonly pictures: string }[],
): ErasureCounts["leftEarlier"] {
  return rows
    .map((row) => ({ what: `pictures by ${row.channel}`, count: Number(row.pictures) }))
    .filter((one) => one.count > 0);
}
