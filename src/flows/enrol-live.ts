import { record } from "../audit/index.ts";
import { AssentError, wipe, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { freeze, lockEnrolments, makeLive, notify, twins, type Enrolment } from "../people/index.ts";
import { addPending } from "../rights/index.ts";
import { deleteTemplates, storeTemplates } from "../templates/index.ts";
import { compareClaimant, type Compared } from "./compare-claimant.ts";
import type { Parts } from "./instance.ts";
import { withKeys } from "./with-keys.ts";

export interface LiveOrder {
  readonly person: Id;
  readonly collection: Id;
  /** Of the frames of a challenge that was passed; each of length 1. Overwritten here, whatever happens. */
  readonly embeddings: readonly Float32Array[];
}

export interface LiveEnrolment {
  /**
   * `live`: enrolled; the caller runs `lookFor`. `frozen`: near somebody enrolled, the officer decides. `refused`: a retake
   * that does not look like the person, or looks like somebody else; everything stays as it was.
   */
  readonly state: "live" | "frozen" | "refused";
  readonly reason: "near-somebody" | "not-the-same-face" | null;
  readonly templates: number;
}

/**
 * The challenge was passed: is somebody near enrolled already? Then the claim is frozen, neither learns who the other is,
 * and the earlier person is told that there was one. Else one transaction stores the templates, makes the enrolment live
 * and writes down the look through earlier photos that is due. A retake replaces the templates of that enrolment, where
 * the new face is near the old one and near nobody else's.
 * Errors: `no-consent` where find-me is not live (any more), `not-found` where the person never joined the collection.
 */
export async function enrolLive(
  parts: Pick<Parts, "db" | "keys" | "indexes" | "clock" | "vision">,
  order: LiveOrder,
): Promise<LiveEnrolment> {
  try {
    const { pack } = await parts.vision();
    const face = { pack, embeddings: order.embeddings, person: order.person };
    return await compareClaimant(parts, face, (compared) =>
      withKeys(parts, (keys) =>
        inTransaction(parts.db, async (trx): Promise<LiveEnrolment> => {
          const enrolment = await enrolmentToJoin(trx, order);
          await requireFindMe(parts, trx, order);
          if (enrolment.state === "frozen") return { state: "frozen", reason: "near-somebody", templates: 0 };
          const near = await nearStrangers(trx, compared, order.person);
          if (compared.own !== null) {
            const problem = !compared.own ? "not-the-same-face" : near.length > 0 ? "near-somebody" : null;
            if (problem !== null) return refuseRetake(parts, trx, order.person, enrolment, problem);
          }
          await deleteTemplates(trx, order.person, { enrolments: [enrolment.id] }, parts.clock);
          const stores = {
            person: order.person,
            enrolment: enrolment.id,
            packId: pack.id,
            embeddings: order.embeddings,
          };
          const templates = (await storeTemplates(trx, keys, stores, parts.clock)).length;
          if (near.length > 0) {
            await freeze(trx, enrolment.id, near, parts.clock);
            return { state: "frozen", reason: "near-somebody", templates };
          }
          await makeLive(trx, enrolment.id, parts.clock);
          const due = { kind: "rescan" as const, subject: order.collection, erasure: null };
          await addPending(trx, [due], parts.clock);
          return { state: "live", reason: null, templates };
        }),
      ),
    );
  } finally {
    wipe(...order.embeddings);
  }
}

async function enrolmentToJoin(trx: Trx, order: LiveOrder): Promise<Enrolment> {
  const enrolments = await lockEnrolments(trx, order.person, order.collection);
  // One frozen claim holds back whatever the person tries beside it.
  const found = enrolments.find((one) => one.state === "frozen") ?? enrolments[0];
  if (!found) throw new AssentError("not-found", "this person has not joined this collection");
  return found;
}

/** Under the person's lock, so that a withdrawal is either seen here or comes after, and then takes the templates. */
async function requireFindMe(parts: Pick<Parts, "clock">, trx: Trx, order: LiveOrder): Promise<void> {
  const row = await trx
    .selectFrom("person")
    .select((eb) =>
      eb
        .fn<boolean>("consent_live", [
          "person.id",
          eb.val("find-me"),
          eb.val(order.collection),
          eb.val(null),
          eb.val(parts.clock.now()),
        ])
        .as("live"),
    )
    .where("id", "=", order.person)
    .forUpdate()
    .executeTakeFirst();
  if (row?.live === true) return;
  throw new AssentError("no-consent", "find-me is not agreed to for this collection", {
    remedy: "Switch it on first.",
  });
}

/** Whoever is near and not known to be somebody else who merely looks alike. */
async function nearStrangers(trx: Trx, compared: Compared, person: Id): Promise<readonly Id[]> {
  if (compared.near.length === 0) return [];
  const alike = (await twins(trx)).get(person);
  return compared.near.filter((one) => !alike?.has(one));
}

async function refuseRetake(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  person: Id,
  enrolment: Enrolment,
  reason: "near-somebody" | "not-the-same-face",
): Promise<LiveEnrolment> {
  const payload = { enrolment: enrolment.id, reason };
  await record(trx, { kind: "retake-refused", payload, person }, parts.clock);
  await notify(trx, person, { kind: "retake-refused" }, parts.clock);
  return { state: "refused", reason, templates: 0 };
}
