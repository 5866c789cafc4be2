import { record } from "../audit/index.ts";
import { AssentError, newId, type Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import { inTransaction, withoutServer, type PersonRow, type Trx } from "../db/index.ts";
import { retract } from "../matching/index.ts";
import { contactKey, endInvitationsFor } from "../people/index.ts";
import { dropReaderRenditions, foldersHolding, suspendShowing, whatLeft } from "../publishing/index.ts";
import {
  answerDemands,
  closeDemandsOf,
  forgetPerson,
  keepObjections,
  receiptFilesOf,
  requestKey,
} from "../rights/index.ts";
import { finishErasure, type ErasureCounts, type Left } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";
import { personNamed } from "./named.ts";
import {
  discardPhotosOut,
  isStillSo,
  NOTHING_TAKEN_OUT,
  preparePhotosOut,
  takePhotosOut,
  type PhotosOfMe,
  type PhotosOut,
} from "./photos-of-me.ts";
import { tellReaders } from "./tell-readers.ts";
import { writeErasure } from "./write-erasure.ts";

export interface EraseOrder {
  readonly person: Id;
  /** null: the person, on their own device. */
  readonly actor: string | null;
  /** Whether they demanded it of the organisation: then the record tells that it was answered. */
  readonly demanded?: boolean;
  /** Photos in which they are alone go as well, and from others their face. */
  readonly photosOfMe?: PhotosOfMe | undefined;
}

/** What is matched or imported while new originals are made is met by making them again; this often at most. */
const TRIES = 5;

/**
 * Everything about a person, and the person: one transaction after which no row names them but the erasure's own,
 * then the same finish as a withdrawal. What stays are leaf hashes of the log that say nothing any more, looks
 * without the person, an opaque erasure entry, and the photos with that face hidden.
 *
 * With `photosOfMe`, photos in which they are alone go too, and from others their face: new originals are made before the
 * transaction, which puts them in the place of the old ones; those are removed by the finish. A crash before the commit
 * leaves files that no row names.
 */
export async function erase(parts: Parts, order: EraseOrder): Promise<Left> {
  const started = performance.now();
  const erasure = await commitErasure(parts, order);
  return finishErasure(parts, erasure, started, performance.now() - started);
}

/** The erasure without its finish, which the next settling does. Returns its id. Errors: as `erase`. */
export async function commitErasure(parts: Parts, order: EraseOrder): Promise<Id> {
  const person = await personNamed(parts.db, order.person);
  const erasure = newId();
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (await tryToErase(parts, order, person, erasure)) return erasure;
  }
  throw new AssentError("conflict", "the person's photos are being changed all the time", {
    remedy: "Wait until the import is through, then erase again.",
  });
}

/** False, and nothing written, where the person's photos were changed since the new originals were made. */
async function tryToErase(
  parts: Parts,
  { actor, demanded = false, photosOfMe }: EraseOrder,
  person: PersonRow,
  erasure: Id,
): Promise<boolean> {
  const out = photosOfMe && (await preparePhotosOut(parts, person.id, photosOfMe));
  const groups = ["face", "contact"] as const;
  const keys = await Promise.all(
    groups.map((group) => parts.keys.has({ kind: "person", id: person.id, group })),
  );
  try {
    const done = await inTransaction(parts.db, async (trx) => {
      await trx.selectFrom("person").select("id").where("id", "=", person.id).forUpdate().execute();
      // Whoever was erased meanwhile has their receipt; a second one would state what is not so.
      await personNamed(trx, person.id);
      if (out && photosOfMe && !(await isStillSo(trx, person.id, photosOfMe, out))) return false;
      await write(parts, trx, {
        person,
        erasure,
        actor,
        demanded,
        keys: keys.filter(Boolean).length,
        photosOfMe,
        out,
      });
      return true;
    });
    if (!done && out) await discardPhotosOut(parts, out);
    return done;
  } catch (error) {
    // Where the server was lost, nobody knows whether the commit came through; what no row names goes at the next start.
    if (out && withoutServer(error) === error) await discardPhotosOut(parts, out);
    throw error;
  }
}

interface Erasing {
  readonly person: PersonRow;
  readonly erasure: Id;
  readonly actor: string | null;
  readonly demanded: boolean;
  /** How many of the person's keys there are. */
  readonly keys: number;
  readonly photosOfMe: PhotosOfMe | undefined;
  readonly out: PhotosOut | undefined;
}

/** Everything that must be true from the commit on. */
async function write(
  parts: Pick<Parts, "id" | "keys" | "receipts" | "clock">,
  trx: Trx,
  { person, erasure, actor, demanded, keys, photosOfMe, out }: Erasing,
): Promise<void> {
  const { clock } = parts;
  await tellReaders(trx, person.id, { collections: "all", stillAgreed: true }, clock);
  const left = await whatLeft(trx, person.id);
  const files = await receiptFilesOf(trx, person.id);
  const templates = await trx
    .selectFrom("template")
    .select("id")
    .where("person_id", "=", person.id)
    .execute();
  // The renditions made for the person go first, so that none of them is made again.
  const blobs = await dropReaderRenditions(trx, person.id, "all");
  const render = await suspendShowing(
    trx,
    person.id,
    { channels: "all", collection: null, photos: [] },
    clock,
  );
  const held = await keepObjections(trx, person.id, clock);
  const requests = await closeDemands(parts, trx, person, { actor, demanded });
  const retracted = await retract(
    trx,
    person.id,
    { collections: "all", machineOnly: false, keepRejections: false },
    clock,
  );
  const letters = await endInvitationsFor(trx, person.id, clock);
  const forgotten = await forgetPerson(trx, person.id);
  const taken = out ? await takePhotosOut(parts, trx, out) : NOTHING_TAKEN_OUT;
  const counts: ErasureCounts = {
    erased: tidy({
      templates: templates.length,
      keys,
      "matches and tags": retracted.counts.matched + retracted.counts.asked + retracted.counts.confirmed,
      rejections: retracted.counts.rejected,
      consents: forgotten["consent_event"] ?? 0,
      enrolments: forgotten["enrolment"] ?? 0,
      claims: forgotten["claim"] ?? 0,
      cards: forgotten["card"] ?? 0,
      devices: forgotten["device"] ?? 0,
      passkeys: forgotten["passkey"] ?? 0,
      "recovery codes": forgotten["recovery_code"] ?? 0,
      "personal links": forgotten["invitation"] ?? 0,
      notices: forgotten["notice"] ?? 0,
      "renditions made again": render.length,
      "delivered renditions": blobs.length,
      "receipts kept here": files.length,
      "log entries made empty": forgotten["entry_payload"] ?? 0,
      "looks without the person": forgotten["look_person"] ?? 0,
      "photos in which they were alone": taken.photos,
      "faces destroyed in originals": taken.faces,
      people: forgotten["person"] ?? 0,
    }),
    purposes: ["everything"],
    stays: [
      { what: "photos", why: staysBecause(out) },
      ...(held > 0
        ? [
            {
              what: `${held} photos off public channels`,
              why: "the person objected; it names nobody any more",
            },
          ]
        : []),
      {
        what: "leaf hashes of the log",
        why: "the log stays verifiable; without their payload they say nothing",
      },
      { what: "look records without the person", why: "the organisation answers for who looked" },
    ],
    leftEarlier: left.map((one) => ({ what: `pictures by ${one.channel}`, count: one.pictures })),
  };
  const doomed: KeyRef[] = [
    { kind: "person", id: person.id, group: "face" },
    { kind: "person", id: person.id, group: "contact" },
    ...requests.map(requestKey),
    ...letters.map(contactKey),
  ];
  await writeErasure(parts, trx, {
    id: erasure,
    person: person.id,
    kind: "erase",
    counts,
    events: [
      {
        event: "erased",
        person: person.id,
        ...(photosOfMe ? { photos: { inOriginals: photosOfMe.inOriginals } } : {}),
      },
    ],
    doomed,
    render,
    blobs: [...blobs, ...taken.blobs],
    files,
    // Also where a picture cannot be made again, its old one leaves the folders.
    folders: [
      ...new Set([...taken.folders, ...(await foldersHolding(trx, render)).map((one) => one.disclosure)]),
    ],
  });
  await record(trx, { kind: "erased", payload: { erasure, by: actor } }, clock);
}

/** With the erasure that they demanded; what else they had demanded is moot. Returns the requests that have a key. */
async function closeDemands(
  parts: Pick<Parts, "keys" | "clock">,
  trx: Trx,
  { id: person, language }: PersonRow,
  { actor, demanded }: { readonly actor: string | null; readonly demanded: boolean },
): Promise<readonly Id[]> {
  const staff = actor ?? "the person";
  // By their own hand they demand nothing of anybody: it is done.
  if (!demanded) return closeDemandsOf(trx, person, staff, parts.clock);
  const erase = { kind: "erase", person, photo: null, face: null, language } as const;
  const answered = await answerDemands(trx, parts.keys, { ...erase, outcome: "done", staff }, parts.clock);
  return [...answered.keyed, ...(await closeDemandsOf(trx, person, staff, parts.clock))];
}

function staysBecause(out: PhotosOut | undefined): string {
  if (out === undefined) return "they belong to the organisation; the face in them is hidden";
  const destroyed = out.blanked.size > 0 ? "destroyed where it was found, and hidden in any other" : "hidden";
  return `others are in them too; the person's face is ${destroyed}`;
}

function tidy(counts: Record<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0));
}
