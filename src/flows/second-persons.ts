import type { Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import {
  askSecond,
  reopenSecond,
  secondAsked,
  settleSecond,
  takesTwo,
  type Actor,
  type Asked,
  type TwoPersonRule,
} from "../rights/index.ts";
import { deleteAsked, photoIds, type Deleted } from "./delete-photos.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed } from "./named.ts";

/** Done, or waiting for a second person until then. */
export type PurgeOutcome =
  { readonly done: Deleted } | { readonly asked: { readonly id: Id; readonly expiresAt: Date } };

/**
 * Deletes a collection, or photos of it, for good; where that takes two persons it is asked for, and an owner who did not ask confirms it within
 * seven days. Of photos that are missing from a watched folder, those that are there again by then stay. Errors: as `deleteCollection` and
 * `deletePhotos`.
 */
export async function purge(
  parts: Parts,
  rule: TwoPersonRule,
  order: {
    readonly collection: string;
    readonly photos?: readonly string[];
    readonly missingFrom?: Id;
    readonly by: Actor;
  },
): Promise<PurgeOutcome> {
  const { by } = order;
  const { id: collection } = await collectionNamed(parts.db, order.collection);
  const asked = order.photos
    ? ({
        kind: "delete-photos",
        collection,
        photos: await photoIds(parts, collection, order.photos),
        folder: order.missingFrom ?? null,
      } as const)
    : ({ kind: "delete-collection", collection } as const);
  if (!(await takesTwo(parts.db, rule, "purge"))) {
    return { done: await deleteAsked(parts, asked, { actor: by.name }) };
  }
  return { asked: await inTransaction(parts.db, (trx) => askSecond(trx, asked, by, parts.clock)) };
}

/**
 * A second person confirms what waits, and it is done. Where it deletes, in one transaction: it is confirmed once it is deleted, whatever becomes of
 * the finish, which the next settling does. A role is given by `giveRole`, after it is confirmed: a crash in between leaves something confirmed and
 * not done, which is asked for again; where it fails, it waits as before. Errors: `not-found`, `refused` for whoever asked; what the deed refuses.
 */
export async function confirmSecond(
  parts: Parts,
  order: {
    readonly id: string;
    readonly by: Actor;
    readonly giveRole: (asked: Extract<Asked, { readonly kind: "give-role" }>) => Promise<void>;
  },
): Promise<Deleted | null> {
  const { id, by } = order;
  const settled = async (trx: Trx): Promise<void> => {
    await settleSecond(trx, { id, outcome: "confirmed", by }, parts.clock);
  };
  const asked = await secondAsked(parts.db, id, parts.clock);
  if (asked.kind !== "give-role") return deleteAsked(parts, asked, { actor: by.name, first: settled });
  await inTransaction(parts.db, settled);
  try {
    await order.giveRole(asked);
  } catch (error) {
    await inTransaction(parts.db, (trx) => reopenSecond(trx, id, parts.clock));
    throw error;
  }
  return null;
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
