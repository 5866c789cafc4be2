import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  askSecond,
  reopenSecond,
  settleSecond,
  takesTwo,
  type Actor,
  type Asked,
  type TwoPersonRule,
} from "../rights/index.ts";
import { deleteCollection, deletePhotos, type Deleted } from "./delete-photos.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed, photoNamed } from "./named.ts";

/** Done, or waiting for a second person until then. */
export type PurgeOutcome =
  { readonly done: Deleted } | { readonly asked: { readonly id: Id; readonly expiresAt: Date } };

/**
 * Deletes a collection, or photos of it, for good; where that takes two persons it is asked for, and an owner who did not ask confirms it within
 * seven days. Errors: as `deleteCollection` and `deletePhotos`.
 */
export async function purge(
  parts: Parts,
  rule: TwoPersonRule,
  order: { readonly collection: string; readonly photos?: readonly string[]; readonly by: Actor },
): Promise<PurgeOutcome> {
  const { collection, photos, by } = order;
  if (!(await takesTwo(parts.db, rule, "purge"))) {
    const done = photos
      ? await deletePhotos(parts, { collection, photos, actor: by.name })
      : await deleteCollection(parts, { collection, actor: by.name });
    return { done };
  }
  const { id } = await collectionNamed(parts.db, collection);
  const asked: Asked = photos
    ? { kind: "delete-photos", collection: id, photos: await idsOf(parts, id, photos) }
    : { kind: "delete-collection", collection: id };
  return { asked: await inTransaction(parts.db, (trx) => askSecond(trx, asked, by, parts.clock)) };
}

/**
 * A second person confirms what waits, and it is done: here where it deletes, by `giveRole` where it gives a role. Confirmed first, done
 * then: a crash in between leaves something confirmed and not done, which is asked for again; where it fails, it waits as before.
 * Errors: `not-found`, `refused` for whoever asked; what the deed refuses.
 */
export async function confirmSecond(
  parts: Parts,
  order: {
    readonly id: string;
    readonly by: Actor;
    readonly giveRole: (asked: Extract<Asked, { readonly kind: "give-role" }>) => Promise<void>;
  },
): Promise<Deleted | null> {
  const { id, by, giveRole } = order;
  const asked = await inTransaction(parts.db, (trx) =>
    settleSecond(trx, { id, outcome: "confirmed", by }, parts.clock),
  );
  try {
    switch (asked.kind) {
      case "delete-collection":
        return await deleteCollection(parts, { collection: asked.collection, actor: by.name });
      case "delete-photos":
        return await deletePhotos(parts, { ...asked, actor: by.name });
      case "give-role":
        await giveRole(asked);
        return null;
    }
  } catch (error) {
    await inTransaction(parts.db, (trx) => reopenSecond(trx, id, parts.clock));
    throw error;
  }
}

/** Takes back what waits. Errors: `not-found`. */
export async function withdrawSecond(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly id: string; readonly by: Actor },
): Promise<void> {
  await inTransaction(parts.db, (trx) => settleSecond(trx, { ...order, outcome: "withdrawn" }, parts.clock));
}

/** Asks for a second person to give a role. */
export async function askToGiveRole(
  parts: Pick<Parts, "db" | "clock">,
  asked: Extract<Asked, { readonly kind: "give-role" }>,
  by: Actor,
): Promise<{ readonly id: Id; readonly expiresAt: Date }> {
  return inTransaction(parts.db, (trx) => askSecond(trx, asked, by, parts.clock));
}

async function idsOf(
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
