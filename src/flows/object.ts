import { checkLooker } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, withAdvisoryLock, type Language, type Trx } from "../db/index.ts";
import { matchesIn } from "../matching/index.ts";
import { facesOf, type ChipsToDrop } from "../photos/index.ts";
import { suspendedPublic } from "../publishing/index.ts";
import {
  addPending,
  heldPhotos,
  liftObjection,
  objectionSubject,
  photosOfSubject,
  writeObjection,
  type ObjectionSubject,
} from "../rights/index.ts";
import { answerDemand } from "./demands.ts";
import { finishDoNotMatch, stopMatching } from "./do-not-match.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { checkedId } from "./named.ts";
import { renewStale, takeOffPublic } from "./renew-renditions.ts";

export interface Objected {
  readonly about: ObjectionSubject["kind"];
  /** Photos that are off public channels by this objection, as far as they are known now. */
  readonly photos: number;
  /** Renditions that were taken off just now. */
  readonly suspended: number;
}

/**
 * The objection (GDPR art. 21): no photo of them is published, not even with the face hidden. Of a person, all photos in which
 * they are found or tagged, now and whenever another one is; of a face, its photo, and the face is never matched again; of a
 * photo, that photo, and its faces that are nobody's are never matched again. A person's own photos stay theirs.
 *
 * One transaction, under the photos' locks: public renditions off, objection with its entry, the demand closed, the journal
 * before the commit. Then the pictures leave the folders that can be reached. A crash after the commit leaves that as pending
 * work. Errors: `bad-input` for what is no id; `not-found` where it is nobody's and nothing's.
 */
export async function object(
  parts: Parts,
  order: { readonly subject: Id; readonly actor: string },
): Promise<Objected> {
  const subject = await subjectNamed(parts, order.subject);
  checkLooker({ actor: order.actor, reason: "an objection" });
  const write = (): Promise<{ photos: number; suspended: number; drop: readonly ChipsToDrop[] }> =>
    inTransaction(parts.db, (trx) => writeAll(parts, trx, subject, order.actor));
  const done = await oneAtATime(parts, subject, write);
  await workOff(parts, null, "destroy-key");
  if (done.drop.length > 0) await finishDoNotMatch(parts, done.drop);
  await renewStale(parts);
  return { about: subject.kind, photos: done.photos, suspended: done.suspended };
}

async function writeAll(
  parts: Parts,
  trx: Trx,
  subject: ObjectionSubject,
  actor: string,
): Promise<{ photos: number; suspended: number; drop: readonly ChipsToDrop[] }> {
  // Whoever gives the person another face waits, and then finds the objection.
  if (subject.kind === "person") await holdPerson(trx, subject.id);
  const photos = await photosOfSubject(trx, subject);
  const suspended = await takeOffPublic(parts, trx, photos);
  await writeObjection(trx, subject, actor, parts.clock);
  const drop = await neverMatchAgain(parts, trx, subject);
  await answerDemand(parts, trx, {
    kind: "object",
    person: subject.kind === "person" ? subject.id : null,
    photo: subject.kind === "person" ? null : (photos[0] ?? null),
    face: subject.kind === "face" ? subject.id : null,
    language: await languageOf(trx, subject),
    staff: actor,
  });
  // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
  await parts.journal.append([{ event: "objected", subject: subject.id }], parts.clock.now());
  return { photos: photos.length, suspended, drop };
}

/** So that the journal has an objection and its end in the order in which they were committed. */
function oneAtATime<T>(
  parts: Pick<Parts, "db">,
  subject: ObjectionSubject,
  work: () => Promise<T>,
): Promise<T> {
  return withAdvisoryLock(parts.db, `objection:${subject.id}`, work);
}

/**
 * Takes an objection back, because whoever made it says so: what was published comes back where nothing else holds it. "Do not
 * match" stays. The journal is told after the commit: a crash in between leaves a restriction too many for a restore, which is taken
 * back again. Errors: as `object`; `not-found` where there is none.
 */
export async function takeObjectionBack(
  parts: Parts,
  order: { readonly subject: Id; readonly actor: string },
): Promise<{ readonly about: ObjectionSubject["kind"]; readonly rendered: number }> {
  const subject = await subjectNamed(parts, order.subject);
  const rendered = await oneAtATime(parts, subject, async () => {
    const lifted = await inTransaction(parts.db, (trx) => liftAndRender(parts, trx, subject, order.actor));
    if (lifted !== undefined) {
      await parts.journal.append([{ event: "lifted", subject: subject.id }], parts.clock.now());
    }
    return lifted;
  });
  if (rendered === undefined) {
    throw new AssentError("not-found", `nobody has objected about this ${subject.kind}`);
  }
  await renewStale(parts);
  return { about: subject.kind, rendered };
}

/**
 * Takes the objection away, and writes down as work the renditions that nothing else holds. Returns how many; undefined where
 * there was no objection.
 */
export async function liftAndRender(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  subject: ObjectionSubject,
  by: string,
): Promise<number | undefined> {
  const photos = await photosOfSubject(trx, subject);
  if (!(await liftObjection(trx, subject, by, parts.clock))) return undefined;
  const held = await heldPhotos(trx, photos);
  const again: Id[] = [];
  for (const photo of photos) if (!held.has(photo)) again.push(...(await suspendedPublic(trx, photo)));
  const due = again.map((rendition) => ({ kind: "render" as const, subject: rendition, erasure: null }));
  await addPending(trx, due, parts.clock);
  return again.length;
}

async function subjectNamed(parts: Pick<Parts, "db">, id: Id): Promise<ObjectionSubject> {
  checkedId(id, "person, face or photo", "assent find and assent faces list them.");
  const subject = await objectionSubject(parts.db, id);
  if (subject) return subject;
  throw new AssentError("not-found", `there is no person, face or photo ${id}`);
}

async function holdPerson(trx: Trx, person: Id): Promise<void> {
  await trx.selectFrom("person").select("id").where("id", "=", person).forUpdate().execute();
}

async function languageOf(trx: Trx, subject: ObjectionSubject): Promise<Language> {
  if (subject.kind !== "person") return "en";
  const row = await trx
    .selectFrom("person")
    .select("language")
    .where("id", "=", subject.id)
    .executeTakeFirstOrThrow();
  return row.language;
}

/** Of a photo, the faces that are nobody's: one person's objection does not take a photo from the others in it. */
export async function neverMatchAgain(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  subject: ObjectionSubject,
): Promise<readonly ChipsToDrop[]> {
  switch (subject.kind) {
    case "person":
      return [];
    case "face": {
      const [photo = ""] = await photosOfSubject(trx, subject);
      return stopMatching(parts, trx, { face: subject.id, photo });
    }
    case "photo": {
      const faces = await facesOf(trx, subject.id);
      const matches = await matchesIn(trx, [subject.id]);
      const drop: ChipsToDrop[] = [];
      for (const face of faces) {
        const given = matches
          .get(face.id)
          ?.some((one) => one.state === "matched" || one.state === "confirmed");
        if (!given) drop.push(...(await stopMatching(parts, trx, { face: face.id, photo: subject.id })));
      }
      return drop;
    }
  }
}
