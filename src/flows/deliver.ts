import { basename, resolve } from "node:path";
import { recordLook, refuseWhileSuspended } from "../audit/index.ts";
import { storageError, type Id } from "../core/index.ts";
import { COMPANIONS } from "../consent/index.ts";
import { inTransaction, type Db } from "../db/index.ts";
import { matchesOf } from "../matching/index.ts";
import { beginDisclosure, completeDisclosure } from "../publishing/index.ts";
import { frozenCollections } from "./data-of.ts";
import {
  copyRendition,
  holdingFolder,
  prepareFolder,
  removeOthers,
  type FolderMark,
} from "./export-folder.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { personNamed } from "./named.ts";
import { renderAll } from "./publish.ts";

export interface DeliverOrder {
  readonly person: Id;
  readonly out: string;
  readonly reason: string | undefined;
  readonly actor: string;
  /** Photos in which only the person can say whether it is them: left out, unless they come with every face hidden. */
  readonly asked?: "hidden";
  readonly progress: (done: number, total: number) => void;
}

export interface Delivered {
  readonly person: Id;
  readonly photos: number;
  /** Photos in which only the person can say whether it is them; not delivered. */
  readonly asked: number;
  readonly out: string;
  /** The staff's record: which original became which picture. Not part of what is delivered. */
  readonly pictures: readonly { readonly photo: Id; readonly file: string; readonly rendition: string }[];
}

const NOTE: FolderMark = {
  name: "READ-ME.txt",
  text: `These are the photos in which you were found or tagged. You see your own face; others are seen only where they agreed
to be seen by the people in the same photo.

Voici les photos où l'on vous a retrouvé ou indiqué. Vous voyez votre visage ; celui des autres n'apparaît que s'ils ont
accepté d'être vus par les personnes de la même photo.
`,
};

/**
 * A person's photos as they may see them: publishing to one reader. A look, like every reading from a person to their
 * photos. No original leaves, and no original's name.
 */
export async function deliver(parts: Parts, order: DeliverOrder): Promise<Delivered> {
  await refuseWhileSuspended(parts.db);
  const person = await personNamed(parts.db, order.person);
  const out = resolve(order.out);
  const photosFolder = await prepareFolder(parts, out, NOTE);
  await inTransaction(parts.db, (trx) =>
    recordLook(
      trx,
      {
        kind: "deliver",
        actor: order.actor,
        reason: order.reason ?? "delivery to the person",
        collection: null,
        persons: [person.id],
      },
      parts.clock,
    ),
  );
  const frozen = await frozenCollections(parts.db, person.id);
  const found = (await matchesOf(parts.db, person.id)).filter((match) => !frozen.has(match.collection));
  const theirs = found.filter((match) => match.state === "matched" || match.state === "confirmed");
  const sure = new Set(theirs.map((match) => match.photo));
  const asked = new Set(
    found.filter((match) => match.state === "asked" && !sure.has(match.photo)).map((m) => m.photo),
  );

  const renditions: Id[] = [];
  let before = 0;
  for (const [collection, photos] of byCollection(theirs)) {
    const made = await renderAll(
      parts,
      collection,
      { kind: "reader", person: person.id },
      { reveal: "matched", progress: (done) => order.progress(before + done, sure.size) },
      photos,
    );
    before += photos.length;
    renditions.push(...made.renditions);
  }

  if (order.asked === "hidden") {
    const unsure = found.filter((match) => asked.has(match.photo));
    for (const [collection, photos] of byCollection(unsure)) {
      const options = { reveal: "matched", progress: () => undefined } as const;
      const made = await renderAll(parts, collection, { kind: "hidden-view" }, options, photos);
      renditions.push(...made.renditions);
    }
  }

  const disclosure = await inTransaction(parts.db, async (trx) => {
    // Who was erased meanwhile gets nothing, and is not written down as a recipient.
    await personNamed(trx, person.id);
    return beginDisclosure(
      trx,
      {
        collection: null,
        channel: COMPANIONS,
        recipient: { kind: "person", person: person.id },
        folder: out,
        reviewedBy: null,
        reveal: "matched",
        renditions,
      },
      parts.clock,
    );
  });
  await inParallel(renditions, parts.processes, async (rendition) => {
    await copyRendition(parts, rendition, photosFolder);
  });
  let pictures: Delivered["pictures"];
  try {
    pictures = await holdingFolder(parts, out, async (trx) => {
      const found = await picturesOf(trx, disclosure);
      await removeOthers(photosFolder, new Set(found.map((one) => basename(one.rendition))));
      return found;
    });
  } catch (error) {
    throw storageError(error, "write the delivery", out);
  }
  await inTransaction(parts.db, (trx) => completeDisclosure(trx, disclosure));
  return { person: person.id, photos: pictures.length, asked: asked.size, out, pictures };
}

function byCollection(
  matches: readonly { readonly photo: Id; readonly collection: Id }[],
): ReadonlyMap<Id, readonly Id[]> {
  const grouped = new Map<Id, Set<Id>>();
  for (const { photo, collection } of matches) {
    const photos = grouped.get(collection) ?? new Set();
    grouped.set(collection, photos.add(photo));
  }
  return new Map([...grouped].map(([collection, photos]) => [collection, [...photos]]));
}

async function picturesOf(db: Db, disclosure: Id): Promise<Delivered["pictures"]> {
  const rows = await db
    .selectFrom("disclosure_rendition")
    .innerJoin("rendition", "rendition.id", "disclosure_rendition.rendition_id")
    .innerJoin("photo", "photo.id", "rendition.photo_id")
    .select(["photo.id", "photo.file_name", "rendition.name"])
    .where("disclosure_rendition.disclosure_id", "=", disclosure)
    .where("rendition.state", "=", "current")
    .orderBy("photo.file_name")
    .execute();
  return rows.map((row) => ({
    photo: row.id,
    file: row.file_name,
    rendition: `photos/${row.name}.jpg`,
  }));
}
