import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { companionPermits, lookupPermits, matchPermits, publishPermits } from "../../src/consent/index.ts";
import { newId, type Id } from "../../src/core/index.ts";
import { lookUp } from "../../src/flows/index.ts";
import { sweepDatabase } from "../../src/rights/index.ts";
import { search } from "../../src/templates/index.ts";
import { drawPhoto, faceOf, shownIn } from "./drawn-photos.ts";
import { faceName, outOf, type Stage } from "./model-stage.ts";
import {
  INTERNAL_CHANNEL,
  isHeld,
  isLive,
  isSearched,
  mayShow,
  PUBLIC_CHANNEL,
  runOut,
  searchable,
  type ModelRendition,
  type World,
} from "./model-world.ts";

/** Whoever has a face: those who may join, and the stranger. */
const FACES = [0, 1, 2, 3];

/** Compares all that the instance holds and answers with the reckoning. `cutOff`: a finish is still to be done. */
export async function agrees(stage: Stage, world: World, { cutOff = false } = {}): Promise<void> {
  await Promise.all([
    permitsAgree(stage, world),
    templatesAgree(stage, world, cutOff),
    matchesAgree(stage, world),
    renditionsAgree(stage, world),
    answersAgree(stage, world),
  ]);
  if (cutOff) return;
  await foldersAgree(stage, world);
  const waits = [...world.people.keys()].some((who) => runOut(world, who).length > 0);
  const closes = world.collections.some((one) => !one.closed && !one.gone && world.now() >= one.joinUntil);
  if (!waits && !closes) expect((await sweepDatabase(stage.parts.db)).residue).toEqual([]);
}

const open = (world: World): readonly number[] =>
  [...world.collections.keys()].filter((n) => world.collections[n]?.gone === false);

function whoIs(world: World, id: Id): number | string {
  for (const [who, someone] of world.people) if (someone.id === id) return who;
  return `somebody who is gone (${id})`;
}

async function permitsAgree({ parts, clock }: Stage, world: World): Promise<void> {
  const { db } = parts;
  for (const n of open(world)) {
    const id = world.collections[n]?.id ?? "";
    const holders = async (made: Promise<readonly { readonly person: Id }[]>) =>
      (await made).map((permit) => whoIs(world, permit.person)).sort();
    const live = (purpose: "find-me" | "staff-lookup" | "publish", channel: string | null = null) =>
      [...world.people.keys()].filter((who) => isLive(world, who, purpose, n, channel)).sort();
    const found = live("find-me");
    const made = await Promise.all([
      holders(matchPermits(db, id, clock)),
      holders(lookupPermits(db, id, clock)),
      holders(publishPermits(db, id, PUBLIC_CHANNEL, clock)),
      holders(publishPermits(db, id, INTERNAL_CHANNEL, clock)),
      holders(companionPermits(db, id, clock)),
    ]);
    expect(made).toEqual([
      found,
      live("staff-lookup").filter((who) => found.includes(who)),
      live("publish", PUBLIC_CHANNEL),
      live("publish", INTERNAL_CHANNEL),
      live("publish", "companions"),
    ]);
  }
}

async function templatesAgree(
  { parts, clock, ...stage }: Stage,
  world: World,
  cutOff: boolean,
): Promise<void> {
  const rows = await parts.db
    .selectFrom("template")
    .innerJoin("enrolment", "enrolment.id", "template.enrolment_id")
    .select(["template.person_id", "enrolment.collection_id", "enrolment.state"])
    .execute();
  const place = (id: Id | null): number | "gone" => {
    const n = world.collections.findIndex((one) => one.id === id && !one.gone);
    return n < 0 ? "gone" : n;
  };
  const there = rows.map(
    (row) => `${whoIs(world, row.person_id)} in ${place(row.collection_id)}, ${row.state}`,
  );
  const expected = [...world.people].flatMap(([who, { templates, enrolments }]) =>
    [...templates].map(
      (n) => `${who} in ${world.collections[n]?.gone === true ? "gone" : n}, ${enrolments.get(n)}`,
    ),
  );
  expect([...new Set(there)].sort()).toEqual(expected.sort());
  if (!cutOff) {
    for (const [who, { id, templates }] of world.people) {
      const hasKey = await parts.keys.has({ kind: "person", id, group: "face" });
      expect([who, hasKey]).toEqual([who, templates.size > 0]);
    }
  }
  // Openable: the index that production searches holds just those, and finds them.
  const { pack } = await parts.vision();
  const { index, giveBack } = await parts.indexes.borrow(pack);
  try {
    for (const n of open(world)) {
      const permits = await matchPermits(parts.db, world.collections[n]?.id ?? "", clock);
      for (const who of FACES) {
        const { best } = search(index, faceOf(`${stage.run} ${who}`), permits);
        const found = best !== null && best.score > 0.9 ? whoIs(world, best.person) : undefined;
        expect([n, who, found]).toEqual([n, who, isSearched(world, who, n) ? who : undefined]);
      }
    }
    for (const [who] of world.people)
      if (searchable(world, who).length > 0) expect(there.length).toBeGreaterThan(0);
  } finally {
    giveBack();
  }
}

async function matchesAgree({ parts }: Stage, world: World): Promise<void> {
  const rows = await parts.db.selectFrom("match").selectAll().execute();
  const there = rows.map(
    (row) => `${row.face_id} ${whoIs(world, row.person_id)} ${row.state} by ${row.origin}`,
  );
  const expected = world.photos.flatMap(({ faces }) =>
    faces.flatMap((face) =>
      [...face.matches].map(([who, { state, origin }]) => `${face.id} ${who} ${state} by ${origin}`),
    ),
  );
  expect(there.sort()).toEqual(expected.sort());
}

async function renditionsAgree({ parts }: Stage, world: World): Promise<void> {
  const rows = await parts.db.selectFrom("rendition").selectAll().execute();
  const shownRows = await parts.db.selectFrom("rendition_face").selectAll().execute();
  const audienceOf = (row: (typeof rows)[number]): string =>
    row.channel ?? (row.reader_id === null ? "nobody" : `reader ${whoIs(world, row.reader_id)}`);
  const nameOf = ({ photo, audience }: ModelRendition): string =>
    `${photo.id} for ${"channel" in audience ? audience.channel : `reader ${audience.reader}`}`;
  expect(rows.map((row) => `${row.photo_id} for ${audienceOf(row)}`).sort()).toEqual(
    world.renditions.map(nameOf).sort(),
  );
  for (const rendition of world.renditions) {
    const name = nameOf(rendition);
    const row = rows.find((one) => `${one.photo_id} for ${audienceOf(one)}` === name);
    if (!row) continue;
    const isOff = rendition.state === "off";
    if (isOff && !isHeld(world, rendition.photo)) {
      // Nobody objects any more, and nobody has said that it may come back: where it did, it shows no more than it may.
      if (row.state === "current") {
        rendition.state = "current";
        rendition.shown = mayShow(world, rendition);
      } else continue;
    }
    expect([name, row.state]).toEqual([name, rendition.state === "current" ? "current" : "suspended"]);
    if (row.state === "suspended") continue;
    const faces = rendition.photo.faces;
    const stated = shownRows
      .filter((one) => one.rendition_id === row.id)
      .map((one) => `${faces.findIndex((face) => face.id === one.face_id)}: ${whoIs(world, one.person_id)}`);
    const expected = [...rendition.shown].map(([face, who]) => `${faces.indexOf(face)}: ${who}`);
    expect([name, ...stated.sort()]).toEqual([name, ...expected.sort()]);
    const painted = shownIn(await parts.blobs.read(row.blob ?? ""), faces.length);
    expect([name, ...painted]).toEqual([
      name,
      ...[...rendition.shown.keys()].map((face) => faces.indexOf(face)).sort(),
    ]);
  }
}

async function answersAgree(stage: Stage, world: World): Promise<void> {
  const picture = join(stage.folder, "asked about.jpg");
  await drawPhoto(
    picture,
    FACES.map((who) => ({ who: faceName(stage, who), clear: true })),
  );
  for (const n of open(world)) {
    // One account may ask so often an hour, which is not what is tested here.
    const actor = `asker ${newId()}`;
    const order = { picture, reason: "a test", actor, collection: world.collections[n]?.id };
    const { faces } = await lookUp(stage.parts, order);
    const said = faces.map(({ person }) =>
      person === null ? "nobody" : `${whoIs(world, person.id)} in ${person.photos}`,
    );
    const expected = FACES.map((who) => {
      if (!isSearched(world, who, n) || !isLive(world, who, "staff-lookup", n)) return "nobody";
      const photos = world.photos.filter(
        (photo) =>
          photo.collection === n &&
          photo.faces.some((face) => (face.matches.get(who)?.state ?? "rejected") !== "rejected"),
      );
      return `${who} in ${photos.length}`;
    });
    expect([n, ...said]).toEqual([n, ...expected]);
  }
}

/** What was published and can still be reached is what stands. */
async function foldersAgree(stage: Stage, world: World): Promise<void> {
  const { db, blobs } = stage.parts;
  const rows = await db.selectFrom("rendition").select(["name", "state", "blob", "channel"]).execute();
  const current = new Map(rows.map((row) => [`${row.name}.jpg`, row]));
  for (const n of open(world)) {
    for (const channel of [PUBLIC_CHANNEL, INTERNAL_CHANNEL]) {
      const photos = join(outOf(stage, n, channel), "photos");
      if (!existsSync(photos)) continue;
      for (const file of await readdir(photos)) {
        const row = current.get(file);
        expect([file, row?.channel, row?.state]).toEqual([file, channel, "current"]);
        expect(await readFile(join(photos, file), "utf8")).toBe(
          Buffer.from(await blobs.read(row?.blob ?? "")).toString(),
        );
      }
    }
  }
}
