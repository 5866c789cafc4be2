import { createHash } from "node:crypto";
import { join } from "node:path";
import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, newId, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { addPhoto, recordScan } from "../photos/index.ts";
import { createCollection } from "./collection.ts";
import { DRAWING, drawnBoxes, drawPeople, type Looks } from "./draw-people.ts";
import { isSandbox } from "./is-sandbox.ts";
import type { Parts } from "./instance.ts";
import { everybodyOf } from "./named-people.ts";
import { join as joinCollection } from "./join.ts";
import { publish } from "./publish.ts";
import { tagFace } from "./tag.ts";
import { withdraw } from "./withdraw.ts";

/** Under which name everything of a sandbox is done. */
const SANDBOX = "the sandbox";
const CHANNEL = "website";
const DAYS = 365;
const DAY_MS = 86_400_000;

/** Nobody: names of days and trees, and faces as a child draws them. */
const MADE_UP: readonly (Looks & { readonly name: string })[] = [
  { name: "Monday Birch", skin: [233, 190, 160], hair: [70, 45, 30], coat: [40, 90, 140] },
  { name: "Tuesday Alder", skin: [120, 80, 60], hair: [20, 20, 20], coat: [200, 120, 40] },
  { name: "Wednesday Oak", skin: [245, 215, 190], hair: [200, 160, 80], coat: [60, 130, 80] },
  { name: "Thursday Elm", skin: [180, 130, 100], hair: [90, 30, 30], coat: [140, 60, 120] },
  { name: "Friday Rowan", skin: [90, 60, 45], hair: [110, 110, 110], coat: [190, 60, 60] },
];

/** Who is in each drawing, by their place in the list above, and the colour of the sky. */
const DRAWINGS: readonly {
  readonly people: readonly number[];
  readonly sky: readonly [number, number, number];
}[] = [
  { people: [0, 1, 2, 3], sky: [190, 215, 235] },
  { people: [0, 4], sky: [235, 220, 190] },
  { people: [1, 2, 4], sky: [200, 230, 205] },
  { people: [3], sky: [225, 205, 230] },
  { people: [2, 3, 4, 0], sky: [215, 215, 215] },
];

export interface MadeSandbox {
  readonly collection: Id;
  readonly people: readonly { readonly person: Id; readonly name: string }[];
  readonly pictures: number;
  /** Whether it was there already. */
  readonly before: boolean;
}

/**
 * Makes a sandbox of a new instance, for ever: a collection of drawings, with people who do not exist in them, who agreed that they are shown
 * on a website, and published there. Nothing is looked for in it: the faces are known, because they were drawn. Begun again after it was cut
 * off it goes on; where there is one already nothing is done. Errors: `refused` where there is anything of anybody else's in the
 * instance; the database refuses as well.
 */
export async function makeSandbox(
  parts: Parts,
  { exports }: { readonly exports: string },
): Promise<MadeSandbox> {
  const before = await isSandbox(parts.db);
  if (!before) await mark(parts);
  const collection = await collectionOf(parts);
  const published = await lastPublished(parts, collection);
  if (published !== undefined) {
    return { collection, people: await peopleOf(parts, collection), pictures: published, before };
  }
  const photos = await drawAll(parts, collection);
  const people = await peopleOf(parts, collection);
  for (const [i, { people: seen }] of DRAWINGS.entries()) {
    for (const [place, who] of seen.entries()) {
      const [face, person] = [photos[i]?.faces[place], people[who]?.person];
      if (face && person) await tagUnlessTagged(parts, face, person);
    }
  }
  const out = join(exports, collection, "sandbox");
  const made = await publish(parts, {
    collection,
    channel: CHANNEL,
    out,
    reveal: "confirmed",
    reviewedBy: SANDBOX,
    actor: SANDBOX,
    progress: () => undefined,
  });
  return { collection, people, pictures: made.renditions, before };
}

/** How many pictures were published; undefined where that was not finished. */
async function lastPublished({ db }: Pick<Parts, "db">, collection: Id): Promise<number | undefined> {
  const row = await db
    .selectFrom("disclosure")
    .select("pictures")
    .where("collection_id", "=", collection)
    .where("recipient", "=", "channel")
    .where("state", "=", "complete")
    .orderBy("at", "desc")
    .executeTakeFirst();
  return row?.pictures;
}

async function mark({ db, clock }: Pick<Parts, "db" | "clock">): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { rows } = await sql<{ used: boolean }>`
      select exists (select 1 from person) or exists (select 1 from collection) or exists (select 1 from invitation) as used`.execute(
      trx,
    );
    if (rows[0]?.used) {
      throw new AssentError("refused", "there is something in this instance: it cannot become a sandbox", {
        remedy: "Set ASSENT_DATA to an empty folder, and DATABASE_URL to an empty database or to nothing.",
      });
    }
    await trx.updateTable("instance").set({ sandbox: true }).execute();
    await record(trx, { kind: "sandbox-made", payload: {} }, clock);
  });
}

async function collectionOf(parts: Parts): Promise<Id> {
  const name = "Sandbox";
  const known = await parts.db
    .selectFrom("collection")
    .select("id")
    .where("name", "=", name)
    .executeTakeFirst();
  if (known) return known.id;
  const made = await createCollection(parts, {
    name,
    purpose: "Trying keys, webhooks and withdrawals with people who do not exist.",
    matching: "off",
    matchOnly: undefined,
    channels: [CHANNEL],
    retainUntil: new Date(parts.clock.now().getTime() + DAYS * DAY_MS).toISOString().slice(0, 10),
    joinUntil: undefined,
    attestation: "Drawings that Assent makes itself.",
    attestedBy: SANDBOX,
  });
  return made.id;
}

interface Drawn {
  readonly faces: readonly Id[];
}

/** Taken like any photo; where the faces are is written down rather than looked for. */
async function drawAll(parts: Parts, collection: Id): Promise<readonly Drawn[]> {
  const all: Drawn[] = [];
  for (const [i, { people, sky }] of DRAWINGS.entries()) {
    const looks = people.flatMap((who) => MADE_UP[who] ?? []);
    const bytes = await drawPeople(looks, sky);
    const digest = createHash("sha256").update(bytes).digest("hex");
    const blob = await parts.blobs.put("originals", bytes);
    const photo = { collection, digest, blob, fileName: `drawing-${i + 1}.jpg`, mediaType: "image/jpeg" };
    const faces = drawnBoxes(looks.length).map((box) => ({
      id: newId(),
      box,
      landmarks: null,
      detection: "certain" as const,
      norm: null,
      frontality: null,
      matchable: false,
      chip: null,
    }));
    const { id } = await inTransaction(parts.db, async (trx) => {
      const added = await addPhoto(trx, photo, parts.clock);
      const scan = { photo: added.id, packId: "drawn", size: DRAWING, takenAt: null, chips: null };
      await recordScan(trx, { ...scan, faces }, parts.clock);
      return added;
    });
    const rows = await parts.db
      .selectFrom("face")
      .select("id")
      .where("photo_id", "=", id)
      .orderBy("x")
      .execute();
    all.push({ faces: rows.map((row) => row.id) });
  }
  return all;
}

/** In the order of the list; who has left is made up anew. */
async function peopleOf(parts: Parts, collection: Id): Promise<MadeSandbox["people"]> {
  const known = await everybodyOf(parts, { collection });
  const people: { person: Id; name: string }[] = [];
  for (const { name } of MADE_UP) {
    const there = known.find((one) => one.name === name);
    if (there) {
      people.push({ person: there.person, name });
      continue;
    }
    const { person } = await joinCollection(parts, {
      collection,
      selfies: [],
      consents: [`publish:${CHANNEL}`, "show-name"],
      name,
      email: undefined,
      until: undefined,
      language: "en",
      given: "desk",
      staff: SANDBOX,
      secondStaff: undefined,
      progress: () => undefined,
    });
    people.push({ person, name });
  }
  return people;
}

async function tagUnlessTagged(parts: Parts, face: Id, person: Id): Promise<void> {
  const known = await parts.db
    .selectFrom("match")
    .select("face_id")
    .where("face_id", "=", face)
    .where("state", "=", "confirmed")
    .executeTakeFirst();
  if (!known) await tagFace(parts, { face, person, actor: SANDBOX });
}

/**
 * Lets somebody who does not exist change their mind: their face is hidden in what is published, and webhooks say that pictures were
 * suspended and made again. Errors: `refused` outside a sandbox, and once everybody has.
 */
export async function withdrawMadeUp(
  parts: Parts,
): Promise<{ readonly person: Id; readonly pictures: number }> {
  if (!(await isSandbox(parts.db))) {
    throw new AssentError("refused", "this instance is no sandbox: nobody withdraws for somebody else here");
  }
  const row = await parts.db
    .selectFrom("rendition_face as f")
    .innerJoin("rendition as r", "r.id", "f.rendition_id")
    .select((eb) => ["f.person_id", eb.fn.count<string>("r.id").distinct().as("pictures")])
    .where("r.channel", "=", CHANNEL)
    .groupBy("f.person_id")
    .orderBy("f.person_id")
    .executeTakeFirst();
  if (!row) {
    throw new AssentError("refused", "everybody in the sandbox has withdrawn", {
      remedy: "Make a new sandbox in another folder.",
    });
  }
  await withdraw(parts, { person: row.person_id, purposes: [`publish:${CHANNEL}`], actor: null });
  return { person: row.person_id, pictures: Number(row.pictures) };
}
