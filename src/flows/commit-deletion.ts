import { sql } from "kysely";
import { AssentError, newId, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { contactKey, invitedChildren, isStillNamed, lettersIn } from "../people/index.ts";
import * as photos from "../photos/index.ts";
import { foldersHolding } from "../publishing/index.ts";
import { dropOpenSeconds } from "../rights/index.ts";
import { deleteTemplates, enrolledIn } from "../templates/index.ts";
import { countsOf, leftBefore, leftWith, said, tellOfGone, tellPeople } from "./deletion-facts.ts";
import type { Parts } from "./instance.ts";
import { writeErasure } from "./write-erasure.ts";

/** The deletion without its finish, which the next settling does. Returns the erasure's id. */
export async function commitCollectionDeletion(
  parts: Parts,
  id: Id,
  /** `folders`: whether pictures leave the published folders that can be reached. `first`: in the transaction; what it refuses stays. */
  {
    actor,
    folders,
    first,
  }: { readonly actor: string; readonly folders: "emptied" | "left"; readonly first?: First | undefined },
): Promise<Id> {
  const { clock } = parts;
  const collection = await photos.collectionById(parts.db, id);
  const erasure = newId();
  await inTransaction(parts.db, async (trx) => {
    await first?.(trx);
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
    await dropOpenSeconds(trx, id);
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

/**
 * As `commitCollectionDeletion`, of photos that are all in one collection; those that are gone already are passed over. With
 * `missingFrom`, a watched folder, what is there again as this commits stays. Error: `not-found` where nothing is left to delete.
 */
export async function commitPhotoDeletion(
  parts: Parts,
  asked: readonly Id[],
  actor: string,
  { first, missingFrom }: { readonly first?: First | undefined; readonly missingFrom?: Id | undefined } = {},
): Promise<Id> {
  const { clock } = parts;
  const erasure = newId();
  await inTransaction(parts.db, async (trx) => {
    await first?.(trx);
    // Files before photos, as a look writes them.
    if (missingFrom !== undefined) await photos.holdFiles(trx, asked);
    const held = await trx
      .selectFrom("photo")
      .innerJoin("collection", "collection.id", "photo.collection_id")
      .select(["photo.id", "collection.name"])
      .where("photo.id", "in", [...asked])
      .orderBy("photo.id")
      .forUpdate("photo")
      .execute();
    const [one] = held;
    if (!one) throw new AssentError("not-found", "the photo is not there any more");
    const missing = missingFrom === undefined ? undefined : await missingIn(trx, missingFrom);
    const ids = held.map((row) => row.id).filter((id) => missing?.has(id) !== false);
    if (ids.length === 0) throw new AssentError("not-found", NONE_MISSING);
    const these = sql`select unnest(${ids}::uuid[])`;
    const counts = await countsOf(trx, these);
    await tellPeople(parts, trx, these, one.name);
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

async function missingIn(trx: Trx, folder: Id): Promise<ReadonlySet<Id>> {
  return new Set((await photos.missingPhotos(trx, folder)).map((one) => one.photo));
}

export const NONE_MISSING = "no photo of this folder is missing";

/** What goes into the same transaction, before anything is deleted. */
type First = (trx: Trx) => Promise<void>;
