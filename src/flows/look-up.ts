import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  checkLooker,
  countLookup,
  LOOKUPS_A_DAY,
  LOOKUPS_AN_HOUR,
  lookupsOf,
  lookVolumes,
  looksOf,
  recordLook,
  refuseTooManyLookups,
  refuseWhileSuspended,
  type LookVolume,
} from "../audit/index.ts";
import { lookupPermits, recheck, type Permit } from "../consent/index.ts";
import { AssentError, wipe, type Id } from "../core/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import { decide, matchesOf, policyFor } from "../matching/index.ts";
import { openContact, personById, shortLabel, twins } from "../people/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import { search } from "../templates/index.ts";
import type { Parts } from "./instance.ts";
import { consentChanged } from "./match-faces.ts";
import { collectionNamed, personNamed } from "./named.ts";
import { notePolicy } from "./note-in-force.ts";

export interface FoundPhoto {
  readonly file: string;
  readonly box: BoxArray;
  readonly state: "matched" | "asked" | "confirmed";
  readonly face: Id;
  readonly photo: Id;
  readonly collection: Id;
}

/** From a person to their photos: a look, recorded before the answer. */
export async function findPerson(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly person: Id; readonly reason: string; readonly actor: string },
): Promise<readonly FoundPhoto[]> {
  checkLooker(order);
  await refuseWhileSuspended(parts.db);
  const person = await personNamed(parts.db, order.person);
  const found = await inTransaction(parts.db, async (trx) => {
    await countLookup(trx, order.actor, parts.clock);
    const look = { kind: "find" as const, actor: order.actor, reason: order.reason, collection: null };
    await recordLook(trx, { ...look, persons: [person.id] }, parts.clock);
    // Whoever withdraws now waits: what is answered is what they were found in when the look was written.
    return matchesOf(trx, person.id);
  });
  return found.map((one) => ({
    file: one.fileName,
    box: boxArray(one.box),
    state: one.state,
    face: one.face,
    photo: one.photo,
    collection: one.collection,
  }));
}

export interface LookedUp {
  readonly faces: readonly {
    readonly box: BoxArray;
    /** null: nobody who agreed to be found. Never a score. */
    readonly person: {
      readonly id: Id;
      readonly name: string | null;
      /** Tells those apart who gave no name. */
      readonly label: string;
      readonly photos: number;
    } | null;
  }[];
}

/** Somebody who leaves between the comparison and the answer makes the picture be looked at again; this often at most. */
const TRIES = 5;

interface LookUpOrder {
  readonly picture: string;
  readonly reason: string;
  readonly actor: string;
  readonly collection: string | undefined;
}

/**
 * From a picture to people: only those whose `staff-lookup` is live, and only by the automatic threshold. Neither the
 * picture nor its hash is kept; the look is recorded whether or not somebody was found. Whoever is named agreed to it still
 * when the look was written.
 */
export async function lookUp(parts: Parts, order: LookUpOrder): Promise<LookedUp> {
  checkLooker(order);
  await refuseWhileSuspended(parts.db);
  await refuseTooManyLookups(parts.db, order.actor, parts.clock);
  const path = resolve(order.picture);
  if (!(await stat(path).catch(() => undefined))?.isFile()) {
    throw new AssentError("not-found", "there is no such picture", { remedy: "Name a picture file." });
  }
  const collection =
    order.collection === undefined ? undefined : (await collectionNamed(parts.db, order.collection)).id;
  for (let attempt = 1; ; attempt++) {
    const permits = await permitsFor(parts, collection);
    const seen = await whoIsIn(parts, path, permits);
    try {
      return await inTransaction(parts.db, (trx) =>
        answer(parts, trx, { ...order, collection }, seen, permits),
      );
    } catch (error) {
      if (!consentChanged(error) || attempt === TRIES) throw error;
    }
  }
}

interface SeenInPicture {
  readonly box: BoxArray;
  readonly person: Id | null;
}

/** Finds the faces and compares them with those who may be asked about; every embedding is overwritten here. */
async function whoIsIn(
  parts: Parts,
  path: string,
  permits: readonly Permit<"lookup">[],
): Promise<readonly SeenInPicture[]> {
  const vision = await parts.vision();
  const { faces } = await vision.findFaces(path, { embed: permits.length > 0, chips: false });
  const { index, giveBack } = await parts.indexes.borrow(vision.pack);
  const policy = policyFor(vision.pack.manifest);
  await notePolicy(parts, policy);
  const alike = await twins(parts.db);
  try {
    return faces.map(({ box, embedding }) => {
      if (!embedding) return { box: boxArray(box), person: null };
      const found = search(index, embedding, permits);
      const quality = { height: box.h };
      const decision = decide({ ...found, twins: alike, rejected: new Set(), quality, policy });
      const person = decision.state === "matched" ? (decision.persons[0] ?? null) : null;
      return { box: boxArray(box), person };
    });
  } finally {
    for (const face of faces) if (face.embedding) wipe(face.embedding);
    giveBack();
  }
}

/** In the transaction that records the look: whoever is named agrees still, and who withdraws now waits until it is written. */
async function answer(
  parts: Pick<Parts, "keys" | "clock">,
  trx: Trx,
  order: Omit<LookUpOrder, "collection"> & { readonly collection: Id | undefined },
  seen: readonly SeenInPicture[],
  permits: readonly Permit<"lookup">[],
): Promise<LookedUp> {
  const { actor, reason, collection } = order;
  await countLookup(trx, actor, parts.clock);
  const persons = [...new Set(seen.map((face) => face.person).filter((id) => id !== null))];
  await recheck(
    trx,
    permits.filter((permit) => persons.includes(permit.person)),
    parts.clock,
  );
  const look = { kind: "lookup", actor, reason, collection: collection ?? null, persons } as const;
  await recordLook(trx, look, parts.clock);
  const named = new Map<Id, { id: Id; name: string | null; label: string; photos: number }>();
  for (const id of persons) {
    const { name } = await openContact(parts.keys, await personById(trx, id));
    const photos = new Set((await matchesOf(trx, id, { collection })).map((one) => one.photo));
    named.set(id, { id, name, label: shortLabel(id), photos: photos.size });
  }
  return {
    faces: seen.map(({ box, person }) => ({
      box,
      person: person === null ? null : (named.get(person) ?? null),
    })),
  };
}

async function permitsFor(
  parts: Pick<Parts, "db" | "clock">,
  collection: Id | undefined,
): Promise<readonly Permit<"lookup">[]> {
  if (collection !== undefined) return lookupPermits(parts.db, collection, parts.clock);
  const all = await parts.db
    .selectFrom("collection")
    .select("id")
    .where("matching", "=", "enrolled")
    .execute();
  const permits: Permit<"lookup">[] = [];
  for (const { id } of all) permits.push(...(await lookupPermits(parts.db, id, parts.clock)));
  return permits;
}

/** Who looked at a person: what the person's own page shows. */
export async function listLooks(
  parts: Pick<Parts, "db">,
  person: Id,
): Promise<
  readonly {
    readonly at: string;
    readonly kind: string;
    readonly actor: string;
    readonly reason: string;
    readonly collection: string | null;
  }[]
> {
  await personNamed(parts.db, person);
  const looks = await looksOf(parts.db, person);
  return looks.map((look) => ({
    at: look.at.toISOString(),
    kind: look.kind,
    actor: look.actor,
    reason: look.reason,
    collection: look.collection?.name ?? null,
  }));
}

/** How much an account has looked up within the hour and the day, and how much it may. */
export async function lookupsLeft(
  parts: Pick<Parts, "db" | "clock">,
  actor: string,
): Promise<{
  readonly hour: number;
  readonly day: number;
  readonly mostAnHour: number;
  readonly mostADay: number;
}> {
  const used = await lookupsOf(parts.db, actor, parts.clock);
  return { ...used, mostAnHour: LOOKUPS_AN_HOUR, mostADay: LOOKUPS_A_DAY };
}

/** Who looked how much, for the data-protection officer. */
export async function listLookVolumes(parts: Pick<Parts, "db" | "clock">): Promise<readonly LookVolume[]> {
  return lookVolumes(parts.db, parts.clock);
}
