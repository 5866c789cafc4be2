import { checkLooker } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import type { Asked } from "../rights/index.ts";
import { commitCollectionDeletion, commitPhotoDeletion } from "./commit-deletion.ts";
import { finishErasure } from "./finish-erasure.ts";
import { unlessImporting } from "./import.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed, photoNamed } from "./named.ts";

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
 * keys must follow; then the same finish as a withdrawal, with a receipt. A crash after the commit is finished by whoever works,
 * or by the next start.
 * Errors: `not-found`; `instance-busy` while its photos are imported or looked through.
 */
export async function deleteCollection(
  parts: Parts,
  order: { readonly collection: string; readonly actor: string },
): Promise<Deleted> {
  const { id } = await collectionNamed(parts.db, order.collection);
  return deleteAsked(parts, { kind: "delete-collection", collection: id }, { actor: order.actor });
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
    /** A watched folder: what is there again by then stays. */
    readonly missingFrom?: Id;
    readonly actor: string;
  },
): Promise<Deleted> {
  const { id } = await collectionNamed(parts.db, order.collection);
  const ids = await photoIds(parts, id, order.photos);
  const asked = {
    kind: "delete-photos",
    collection: id,
    photos: ids,
    folder: order.missingFrom ?? null,
  } as const;
  return deleteAsked(parts, asked, { actor: order.actor });
}

/** The ids of photos of a collection by their path or id, each once. Errors: `not-found`, also where one of them is; `bad-input` for none. */
export async function photoIds(
  parts: Pick<Parts, "db">,
  collection: Id,
  names: readonly string[],
): Promise<readonly Id[]> {
  const ids: Id[] = [];
  for (const name of new Set(names)) {
    const photo = await photoNamed(parts.db, collection, name);
    if (!photo) throw new AssentError("not-found", `there is no photo "${name}" in this collection`);
    ids.push(photo.id);
  }
  if (ids.length === 0) throw new AssentError("bad-input", "no photo is named");
  return ids;
}

/**
 * Does what was asked for, and finishes it; `first` goes into the transaction that deletes, so that both are done or neither. Photos that are
 * gone already are passed over. Errors: `instance-busy`, `not-found` where nothing is left to delete; those of `first`.
 */
export async function deleteAsked(
  parts: Parts,
  asked: Extract<Asked, { readonly kind: "delete-collection" | "delete-photos" }>,
  { actor, first }: { readonly actor: string; readonly first?: (trx: Trx) => Promise<void> },
): Promise<Deleted> {
  checkLooker({ actor, reason: "deletion" });
  const { collection } = asked;
  const gone = await whileNotImporting(parts, collection, () =>
    asked.kind === "delete-collection"
      ? commitCollectionDeletion(parts, collection, { actor, folders: "emptied", first })
      : commitPhotoDeletion(parts, asked.photos, actor, { first, missingFrom: asked.folder ?? undefined }),
  );
  return finish(parts, collection, gone);
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
