import { basename } from "node:path";
import { sql } from "kysely";
import { AssentError, type Id } from "../core/index.ts";
import { hashFile } from "../crypto/index.ts";
import type { Db } from "../db/index.ts";
import { takesTwo, type TwoPersonRule } from "../rights/index.ts";
import { createCollection } from "./collection.ts";
import { deleteCollection } from "./delete-photos.ts";
import { erase } from "./erase.ts";
import type { Parts } from "./instance.ts";
import { ingest } from "./take-photo.ts";

/** Long enough to show it to somebody, short enough that nobody takes it for their own. */
const TRIAL_DAYS = 3;
const DAY_MS = 86_400_000;

const TEXTS = {
  fr: {
    name: "Essai",
    purpose: "Essayer Assent avec des photos d’exemple.",
    channel: "site-web",
    attestation:
      "Photos d’exemple du paquet npm @vladmandic/face-api, pour un essai : aucune image n’est destinée à être transmise.",
  },
  en: {
    name: "Trial",
    purpose: "Trying Assent with sample photos.",
    channel: "website",
    attestation:
      "Sample photos of the npm package @vladmandic/face-api, for a trial: none of the pictures is to be passed on.",
  },
} as const;

/** The collection of a trial that is under way. */
export async function trialOf(parts: Pick<Parts, "db">): Promise<Id | undefined> {
  const row = await parts.db
    .selectFrom("collection")
    .select("id")
    .where("trial", "=", true)
    .orderBy("created_at")
    .executeTakeFirst();
  return row?.id;
}

/**
 * Makes a collection of the sample photos, to be looked through by `scanPending`; one that is there already is given the
 * photos that it lacks, so that what a crash cut off is made whole by asking again.
 * Errors: `not-found` where no sample photos are installed, `exists` where another collection has the name.
 */
export async function startTrial(
  parts: Parts,
  order: { readonly pictures: readonly string[]; readonly language: "fr" | "en"; readonly actor: string },
): Promise<{ readonly id: Id }> {
  if (order.pictures.length === 0) {
    throw new AssentError("not-found", "the sample photos are not installed here", {
      remedy: "They come with the development dependencies: npm ci.",
    });
  }
  const id = (await trialOf(parts)) ?? (await makeTrial(parts, order));
  for (const path of order.pictures) await ingest(parts, { collection: id, path, name: basename(path) });
  return { id };
}

async function makeTrial(
  parts: Parts,
  { language, actor }: { readonly language: "fr" | "en"; readonly actor: string },
): Promise<Id> {
  const { name, purpose, channel, attestation } = TEXTS[language];
  const until = new Date(parts.clock.now().getTime() + TRIAL_DAYS * DAY_MS).toISOString().slice(0, 10);
  const made = await createCollection(parts, {
    name,
    purpose,
    matching: "enrolled",
    matchOnly: undefined,
    channels: [channel],
    retainUntil: until,
    joinUntil: until,
    attestation,
    attestedBy: actor,
    async along(trx, { id }) {
      await trx.updateTable("collection").set({ trial: true }).where("id", "=", id).execute();
    },
  });
  return made.id;
}

/**
 * Deletes the trial: first whoever joined it and nothing else is erased, each with a receipt, then the collection goes with
 * everything made from it. Cut off in between, it is a trial with fewer people, to be deleted again. Exported folders stay
 * as they are. Errors: `not-found` where there is none, `instance-busy` while its photos are looked through, `refused` where others than
 * the sample photos are in it and deleting those takes two persons.
 */
export async function endTrial(
  parts: Parts,
  rule: TwoPersonRule,
  order: { readonly pictures: readonly string[]; readonly actor: string },
): Promise<{ readonly people: number; readonly photos: number }> {
  const id = await trialOf(parts);
  if (id === undefined) throw new AssentError("not-found", "there is no trial");
  if ((await takesTwo(parts.db, rule, "purge")) && (await hasOthers(parts.db, id, order.pictures))) {
    throw new AssentError(
      "refused",
      "photos of your own are in the trial, and deleting those takes two owners",
      {
        remedy: "Delete the collection on its page; a second owner confirms it.",
      },
    );
  }
  const people = await joinedNothingElse(parts, id);
  for (const person of people) await erase(parts, { person, actor: order.actor });
  const gone = await deleteCollection(parts, { collection: id, actor: order.actor });
  return { people: people.length, photos: gone.photos };
}

/** Whether a collection has other photos than these. */
async function hasOthers(db: Db, collection: Id, pictures: readonly string[]): Promise<boolean> {
  const samples = new Set(await Promise.all(pictures.map((path) => hashFile(path))));
  const photos = await db
    .selectFrom("photo")
    .select("digest")
    .where("collection_id", "=", collection)
    .execute();
  return photos.some(({ digest }) => !samples.has(digest));
}

/**
 * Who joined answered about being written to and about keeping the template, for every collection at once: of these only a yes to keep it
 * is more than the trial.
 */
async function joinedNothingElse(
  { db, clock }: Pick<Parts, "db" | "clock">,
  collection: Id,
): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`select id from person where
    exists (select 1 from consent_event e where e.person_id = person.id and e.collection_id = ${collection})
    and not exists (select 1 from consent_event e where e.person_id = person.id and e.collection_id <> ${collection})
    and not exists (select 1 from enrolment n where n.person_id = person.id
      and n.collection_id is distinct from ${collection})
    and not consent_live(id, 'keep-template', null, null, ${clock.now()})`.execute(db);
  return rows.map((row) => row.id);
}
