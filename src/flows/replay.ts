import { sql } from "kysely";
import {
  endReplay,
  goesOnFrom,
  latestCheckpoint,
  parseCheckpoint,
  unfinishedRestoration,
  type LogCut,
  type RestrictingEvent,
  record,
} from "../audit/index.ts";
import { isYes, type EndingScope } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction, type ConsentEventKind, type Purpose, type Trx } from "../db/index.ts";
import { reject } from "../matching/index.ts";
import { contactKey, personById, revokeInvitation } from "../people/index.ts";
import { pauseWatchFolders } from "../photos/index.ts";
import { revokeGalleryLink } from "../publishing/index.ts";
import {
  objectionSubject,
  photosOfSubject,
  revokeStaff,
  writeObjection,
  writeRequest,
} from "../rights/index.ts";
import { removeWebhook } from "../webhooks/index.ts";
import { endCardAgain } from "./card-tags.ts";
import { writeLeftovers } from "./collection.ts";
import { oweChips } from "./cut-chips.ts";
import { commitCollectionDeletion, commitPhotoDeletion } from "./commit-deletion.ts";
import { stopMatching } from "./do-not-match.ts";
import { dropUnreadable } from "./drop-unreadable.ts";
import { commitErasure } from "./erase.ts";
import { endExpiredConsents } from "./expire.ts";
import type { Parts } from "./instance.ts";
import { liftAndRender, neverMatchAgain } from "./object.ts";
import { dropOwnPicture, stopStale, takeOffPublic } from "./renew-renditions.ts";
import { endConsents } from "./withdraw.ts";

type JournalEvent = RestrictingEvent & { readonly at: string };

/** Who acts, as entries and records have it. */
const JOURNAL = "the restriction journal";

/**
 * Carries a restore to its end, at the start that follows the commit of its rows: what was restricted since the backup is
 * restricted again, by the same functions as the first time, each in a transaction of its own. Until this has ended the gate makes
 * no permit, so that nothing is matched, published or looked up meanwhile; what it leaves to be finished is finished by the
 * settling that called it. Each step may be done twice: a crash anywhere is met by doing all of it again. Returns what it
 * replayed, by kind; undefined where no restore is unfinished.
 *
 * A word that was given after the one in the journal counts: a consent given again, a face confirmed since.
 */
export async function finishRestore(parts: Parts): Promise<Readonly<Record<string, number>> | undefined> {
  const row = await unfinishedRestoration(parts.db);
  if (!row) return undefined;
  await continueLog(parts, row.lost_head);
  // Guards of the database look at the clock: what has ended by time must have gone before anything else changes.
  await endExpiredConsents(parts, { finish: false });
  await endShortLivedLinks(parts);
  const { entries } = await parts.journal.scan();
  // With a gap the count may be of another journal: then all of it is replayed, which harms nothing.
  const from = row.gap === null ? row.journal_entries : 0;
  const due = entries.filter(
    // Where lines may be missing, the one that is may be another objection, made since.
    ({ position, event }) => position.entries > from && (row.gap === null || event.event !== "lifted"),
  );
  const counts: Record<string, number> = {};
  for (const { event } of due)
    if (await again(parts, event)) counts[event.event] = (counts[event.event] ?? 0) + 1;
  const keyless = row.gap === null ? 0 : await endWithoutKeys(parts);
  if (keyless > 0) counts["without their key"] = keyless;
  Object.assign(counts, await dropUnreadable(parts));
  const log = await cutOf(parts, row.lost_head);
  await inTransaction(parts.db, async (trx) => {
    await oweChips(trx, parts.clock);
    await pauseWatchFolders(trx, parts.clock);
    await endReplay(trx, row, { log, replayed: counts }, parts.clock);
  });
  return counts;
}

/**
 * Lets the log be signed on from where the backup has it. The head of what was lost is in the restoration's row and, with its size and
 * root, in the entry.
 */
async function continueLog(parts: Pick<Parts, "db" | "pin">, lostHead: string | null): Promise<void> {
  const pinned = await parts.pin.read();
  const head = pinned === undefined ? undefined : parseCheckpoint(pinned);
  if (lostHead === null || (head && (await goesOnFrom(parts.db, head)))) return;
  const row = await parts.db
    .selectFrom("log_checkpoint")
    .select("note")
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row) await parts.pin.write(row.note);
}

/** What the entry says of the log: the head that was lost, and how many entries came back. */
async function cutOf(parts: Pick<Parts, "db">, lostHead: string | null): Promise<LogCut | null> {
  const lost = lostHead === null ? undefined : parseCheckpoint(lostHead);
  if (!lost) return null;
  const latest = await latestCheckpoint(parts.db);
  const root = Buffer.from(lost.root).toString("base64");
  return { cameBack: latest?.size ?? 0, lost: { size: lost.size, root } };
}

/** Links that sign somebody in last a day: what became of them since the backup is not known. */
async function endShortLivedLinks(parts: Pick<Parts, "db" | "clock">): Promise<void> {
  const now = parts.clock.now();
  await inTransaction(parts.db, async (trx) => {
    await trx
      .updateTable("invitation")
      .set({ revoked_at: now })
      .where("kind", "=", "personal")
      .where("used_at", "is", null)
      .where("revoked_at", "is", null)
      .execute();
    await trx.updateTable("mail_link").set({ used_at: now }).where("used_at", "is", null).execute();
  });
}

/** Whether there was anything to restrict. */
async function again(parts: Parts, event: JournalEvent): Promise<boolean> {
  const at = new Date(event.at);
  switch (event.event) {
    case "withdrawn":
    case "refused":
    case "expired":
      return inTransaction(parts.db, (trx) => endConsent(parts, trx, event, at));
    case "erased":
      return eraseAgain(parts, event);
    case "rejected":
    case "untagged":
      return inTransaction(parts.db, (trx) => takeMatchBack(parts, trx, event, at));
    case "objected":
      return inTransaction(parts.db, (trx) => objectAgain(parts, trx, event));
    case "lifted":
      return inTransaction(parts.db, (trx) => liftAgain(parts, trx, event.subject));
    case "reported":
      return inTransaction(parts.db, (trx) => holdPhoto(parts, trx, event.photo, at));
    case "revoked":
      return inTransaction(parts.db, (trx) => revokeAgain(parts, trx, event.subject, at));
    case "staff-revoked":
      return inTransaction(parts.db, (trx) => revokeStaff(trx, event, at));
    case "deleted":
      return deleteAgain(parts, event.collection);
    case "photo-deleted":
      return deletePhotoAgain(parts, event.photo);
  }
}

async function endConsent(
  parts: Pick<Parts, "clock" | "receipts">,
  trx: Trx,
  event: Extract<JournalEvent, { readonly purpose: string }>,
  at: Date,
): Promise<boolean> {
  const held = await trx
    .selectFrom("person")
    .select("id")
    .where("id", "=", event.person)
    .forUpdate()
    .executeTakeFirst();
  if (!held) return false;
  const { rows } = await sql<{ event: ConsentEventKind; at: Date }>`
    select event, at from consent_event
    where person_id = ${event.person} and purpose = ${event.purpose} and channel is not distinct from ${event.channel}
      and (collection_id is not distinct from ${event.collection}::uuid or collection_id is null)
    order by sequence desc limit 1`.execute(trx);
  const last = rows[0];
  if (!last || !isYes(last.event) || last.at > at) return false;
  if (event.collection !== null && !(await isThere(trx, "collection", event.collection))) return false;
  // A guardian's no is one for all who speak for the child: they are asked again.
  const scope: EndingScope = {
    purpose: event.purpose as Purpose,
    channel: event.channel,
    collection: event.collection,
    guardian: null,
  };
  const erasure = await endConsents(parts, trx, await personById(trx, event.person), [scope], {
    event: event.event === "expired" ? "expired" : "withdrawn",
    by: JOURNAL,
    dropTags: event.tags === "dropped",
  });
  await alreadyInJournal(trx, erasure);
  return true;
}

/** The finish need not append to the journal what was read from it. */
async function alreadyInJournal(trx: Trx, erasure: Id): Promise<void> {
  await trx.updateTable("erasure").set({ events: "[]" }).where("id", "=", erasure).execute();
}

async function eraseAgain(
  parts: Parts,
  event: Extract<JournalEvent, { readonly event: "erased" }>,
): Promise<boolean> {
  if (!(await isThere(parts.db, "person", event.person))) return false;
  const erasure = await commitErasure(parts, {
    person: event.person,
    actor: JOURNAL,
    // Photos that only the machine gave them went as well, where they went then: nobody can ask them any more.
    ...(event.photos ? { photosOfMe: { ...event.photos, matchedToo: true } } : {}),
  });
  await inTransaction(parts.db, (trx) => alreadyInJournal(trx, erasure));
  return true;
}

async function takeMatchBack(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  event: Extract<JournalEvent, { readonly event: "rejected" | "untagged" }>,
  at: Date,
): Promise<boolean> {
  const { face, person } = event;
  if (!(await isThere(trx, "face", face)) || !(await isThere(trx, "person", person))) return false;
  const row = await trx
    .selectFrom("match")
    .select(["state", "decided_at", "decided_by"])
    .where("face_id", "=", face)
    .where("person_id", "=", person)
    .executeTakeFirst();
  // What somebody said since counts; what the machine said does not.
  if (row?.state === "rejected" || (row && row.decided_by !== null && row.decided_at > at)) return false;
  let photo: Id;
  if (event.event === "rejected") ({ photo } = await reject(trx, { face, person, by: JOURNAL }, parts.clock));
  else {
    if (row?.state !== "confirmed") return false;
    await trx.deleteFrom("match").where("face_id", "=", face).where("person_id", "=", person).execute();
    photo = await photoOf(trx, face);
  }
  await stopStale(parts, trx, [photo], "no");
  await dropOwnPicture(parts, trx, person, photo);
  return true;
}

async function photoOf(trx: Trx, face: Id): Promise<Id> {
  const row = await trx
    .selectFrom("face")
    .select("photo_id")
    .where("id", "=", face)
    .executeTakeFirstOrThrow();
  return row.photo_id;
}

async function objectAgain(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  event: Extract<JournalEvent, { readonly event: "objected" }>,
): Promise<boolean> {
  const subject = await objectionSubject(trx, event.subject);
  if (!subject) return false;
  if (event.only === "matching") {
    if (subject.kind !== "face") return false;
    await stopMatching(parts, trx, { face: subject.id, photo: await photoOf(trx, subject.id) });
    return true;
  }
  await takeOffPublic(parts, trx, await photosOfSubject(trx, subject));
  if (!(await writeObjection(trx, subject, JOURNAL, parts.clock))) return false;
  // Chips are in no backup: there is none to be dropped.
  await neverMatchAgain(parts, trx, subject);
  return true;
}

async function liftAgain(parts: Pick<Parts, "clock">, trx: Trx, id: Id): Promise<boolean> {
  const subject = await objectionSubject(trx, id);
  return subject !== undefined && (await liftAndRender(parts, trx, subject, JOURNAL)) !== undefined;
}

/** Off public channels until staff have looked: what was seen in the photo then is not known any more. */
async function holdPhoto(
  parts: Pick<Parts, "keys" | "clock">,
  trx: Trx,
  photo: Id,
  at: Date,
): Promise<boolean> {
  if (!(await isThere(trx, "photo", photo))) return false;
  const known = await trx
    .selectFrom("request")
    .select("id")
    .where("photo_id", "=", photo)
    .where((eb) => eb.or([eb("state", "=", "open"), eb("opened_at", ">=", at)]))
    .executeTakeFirst();
  if (known) return false;
  const request = { kind: "report", person: null, photo, face: null, place: null } as const;
  const said = { contact: null, note: null, language: "en", receivedAt: at } as const;
  await writeRequest(trx, parts.keys, { ...request, ...said }, parts.clock);
  await takeOffPublic(parts, trx, [photo]);
  return true;
}

/** A device, a passkey, an invitation, an API key, a gallery's link or a webhook by its id; of a person, the recovery codes they had until then. */
async function revokeAgain(parts: Pick<Parts, "clock">, trx: Trx, subject: Id, at: Date): Promise<boolean> {
  const ended = [
    await trx.deleteFrom("device").where("id", "=", subject).executeTakeFirst(),
    await trx.deleteFrom("passkey").where("id", "=", subject).executeTakeFirst(),
    await trx
      .deleteFrom("recovery_code")
      .where("person_id", "=", subject)
      .where("created_at", "<=", at)
      .executeTakeFirst(),
  ];
  const revoked = await revokeOpenInvitation(parts, trx, subject);
  const key = await trx
    .updateTable("api_key")
    .set({ revoked_at: parts.clock.now() })
    .where("id", "=", subject)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (key.numUpdatedRows > 0n) {
    await record(trx, { kind: "api-key-revoked", payload: { key: subject, account: null } }, parts.clock);
    return true;
  }
  if (await endCardAgain(parts, trx, subject)) return true;
  if (await revokeGalleryLink(trx, subject, JOURNAL, parts.clock)) return true;
  if (await removeWebhook(trx, subject, JOURNAL, parts.clock)) return true;
  return revoked || ended.some((one) => one.numDeletedRows > 0n);
}

/** With the letter that it waits in, and the child's name, as when staff revoke it. */
async function revokeOpenInvitation(parts: Pick<Parts, "clock">, trx: Trx, invitation: Id): Promise<boolean> {
  const open = await trx
    .selectFrom("invitation")
    .select("kind")
    .where("id", "=", invitation)
    .where("used_at", "is", null)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!open) return false;
  if (open.kind === "personal") {
    await trx
      .updateTable("invitation")
      .set({ revoked_at: parts.clock.now() })
      .where("id", "=", invitation)
      .execute();
    return true;
  }
  const { child, letter } = await revokeInvitation(trx, invitation, JOURNAL, parts.clock);
  const held = [child, letter].filter((one) => one !== null);
  await writeLeftovers(parts, trx, { blobs: [], keys: held.map(contactKey) });
  return true;
}

async function deleteAgain(parts: Parts, collection: Id): Promise<boolean> {
  if (!(await isThere(parts.db, "collection", collection))) return false;
  await commitCollectionDeletion(parts, collection, { actor: JOURNAL, folders: "left" });
  return true;
}

async function deletePhotoAgain(parts: Parts, photo: Id): Promise<boolean> {
  if (!(await isThere(parts.db, "photo", photo))) return false;
  await commitPhotoDeletion(parts, [photo], JOURNAL);
  return true;
}

/**
 * Where the journal does not say who has left, the keys do in part: who has no key any more was erased, and a template that no
 * key opens was withdrawn. Returns how many people.
 */
async function endWithoutKeys(parts: Parts): Promise<number> {
  let ended = 0;
  const people = await parts.db
    .selectFrom("person")
    .select(["id", sql<boolean>`name_sealed is not null or email_sealed is not null`.as("sealed")])
    .execute();
  for (const { id, sealed } of people) {
    if (!sealed || (await parts.keys.has({ kind: "person", id, group: "contact" }))) continue;
    await commitErasure(parts, { person: id, actor: JOURNAL });
    ended++;
  }
  const enrolled = await parts.db.selectFrom("template").select("person_id").distinct().execute();
  for (const { person_id: id } of enrolled) {
    if (await parts.keys.has({ kind: "person", id, group: "face" })) continue;
    await inTransaction(parts.db, async (trx) => {
      await trx.selectFrom("person").select("id").where("id", "=", id).forUpdate().execute();
      const { rows } = await sql<EndingScope>`
        select distinct purpose, channel, collection_id as collection, null as guardian from consent_event
        where person_id = ${id} and event in ('given', 'renewed') and purpose in ('find-me', 'keep-template')`.execute(
        trx,
      );
      const ending = { event: "withdrawn", by: JOURNAL, dropTags: false } as const;
      await alreadyInJournal(trx, await endConsents(parts, trx, await personById(trx, id), rows, ending));
    });
    ended++;
  }
  return ended;
}

async function isThere(
  db: Parts["db"] | Trx,
  table: "person" | "face" | "photo" | "collection",
  id: Id,
): Promise<boolean> {
  const row = await db.selectFrom(table).select("id").where("id", "=", id).executeTakeFirst();
  return row !== undefined;
}
