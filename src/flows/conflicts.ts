import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { acceptBoth, conflicts } from "../people/index.ts";
import { collectionById } from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { raiseIndexVersion } from "../templates/index.ts";
import type { Parts } from "./instance.ts";
import { checkedId } from "./named.ts";
import { rescan } from "./look-for.ts";

export interface OpenConflict {
  readonly enrolment: Id;
  /** Who claims now, and is frozen. */
  readonly person: Id;
  readonly earlierPerson: Id;
  readonly collection: Id | null;
  readonly at: string;
}

/** For the officer: enrolments frozen because their face is near an earlier person's. */
export async function listConflicts(parts: Pick<Parts, "db">): Promise<readonly OpenConflict[]> {
  return (await conflicts(parts.db)).map(({ enrolment, person, earlierPerson, collection, at }) => ({
    enrolment,
    person,
    earlierPerson,
    collection,
    at: at.toISOString(),
  }));
}

/** The officer has seen both: two people who look alike. Their faces are asked for ever, never given. */
export async function acceptConflict(
  parts: Parts,
  order: { readonly enrolment: Id; readonly actor: string },
): Promise<{ readonly enrolment: Id; readonly state: "both-real" }> {
  const enrolment = checkedId(order.enrolment, "enrolment", "assent conflict list shows them.");
  const row = (await conflicts(parts.db)).find((one) => one.enrolment === enrolment);
  if (!row) throw new AssentError("not-found", `enrolment ${enrolment} is in no open conflict`);
  const collection = row.collection === null ? undefined : await collectionById(parts.db, row.collection);
  await inTransaction(parts.db, async (trx) => {
    await acceptBoth(trx, enrolment, order.actor, parts.clock);
    await raiseIndexVersion(trx);
    const due = collection ? [{ kind: "rescan" as const, subject: collection.id, erasure: null }] : [];
    await addPending(trx, due, parts.clock);
  });
  if (collection) await rescan(parts, collection, () => undefined);
  return { enrolment, state: "both-real" };
}
