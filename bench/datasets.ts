import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { readTruth, type TruePhoto } from "./truth.ts";

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** The labelled portraits and the composer lie beside the project, not in it: they show identifiable people. */
const FACES = resolve(PROJECT, process.env["ASSENT_FACES"] ?? "../shared/faces/london");
const COMPOSER = resolve(PROJECT, process.env["ASSENT_COMPOSER"] ?? "../shared/tools/compose-event.mjs");
const HARD_COMPOSER = fileURLToPath(new URL("compose-hard.mjs", import.meta.url));

/** Composed once, then kept; ignored by git. */
const CACHE = join(PROJECT, ".bench");

export const PEOPLE_FILE = join(FACES, "people.json");

/** The first 40 of the 71 people are enrolled; the others are strangers. */
const ENROLLED = 40;

/** Everybody of whom there is a portrait. */
export async function everybody(): Promise<readonly string[]> {
  const people = JSON.parse(await readFile(PEOPLE_FILE, "utf8")) as { person: string }[];
  return people.map(({ person }) => person);
}

export async function enrolledPeople(): Promise<readonly string[]> {
  return (await everybody()).slice(0, ENROLLED);
}

export function selfieOf(person: string): string {
  return join(FACES, "neutral", `${person}.jpg`);
}

/** A folder with PERSON.jpg for each of the enrolled people. */
export async function selfieFolder(): Promise<string> {
  const people = await enrolledPeople();
  return cached(`selfies-${people.length}`, async (folder) => {
    for (const person of people) {
      await writeFile(join(folder, `${person}.jpg`), await readFile(selfieOf(person)));
    }
    await writeFile(join(folder, "truth.json"), "[]\n");
  });
}

export interface EventOptions {
  readonly photos: number;
  readonly seed: number;
  readonly size?: { readonly width: number; readonly height: number; readonly maxFace: number };
}

/** A composed event; its folder holds the photos and truth.json. */
export async function event({ photos, seed, size }: EventOptions): Promise<string> {
  const name = size ? `event-${photos}-${size.width}-s${seed}` : `event-${photos}-s${seed}`;
  const more = size
    ? ["--width", size.width, "--height", size.height, "--max-face", size.maxFace].map(String)
    : [];
  return cached(name, (folder) =>
    compose(COMPOSER, folder, ["--photos", String(photos), "--seed", String(seed), ...more]),
  );
}

/** The hard cases; `photos` per condition. */
export async function hardEvent(photos: number, seed: number): Promise<string> {
  return cached(`hard-${photos}-s${seed}`, (folder) =>
    compose(HARD_COMPOSER, folder, ["--photos", String(photos), "--seed", String(seed)]),
  );
}

/** Twelve megapixels, 4096 x 3072, as telephones and cameras take them. */
const TWELVE_MEGAPIXELS = { width: 4096, height: 3072, maxFace: 600 };
/** Of the grain: a composed JPEG of 12 megapixels takes 0.2 MB without and 5 to 6 MB with it, as a good camera's do. */
const GRAIN = { sigma: 7, side: 1024, quality: 92 };

/** Composed photos of twelve megapixels with grain, since decoding smooth ones is cheaper than decoding real ones. */
export async function largeEvent(photos: number, seed: number): Promise<string> {
  const smooth = await event({ photos, seed, size: TWELVE_MEGAPIXELS });
  return cached(`grainy-${photos}-s${seed}`, async (folder) => {
    const random = seeded(seed);
    const noise = Buffer.alloc(GRAIN.side * GRAIN.side * 3);
    for (let i = 0; i < noise.length; i += 3) {
      const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      noise.fill(Math.max(0, Math.min(255, Math.round(128 + 2 * GRAIN.sigma * gauss))), i, i + 3);
    }
    const grain = await sharp(noise, { raw: { width: GRAIN.side, height: GRAIN.side, channels: 3 } })
      .png()
      .toBuffer();
    for (const name of (await readdir(smooth)).filter((file) => file.endsWith(".jpg"))) {
      await sharp(join(smooth, name))
        .composite([{ input: grain, tile: true, blend: "hard-light" }])
        .jpeg({ quality: GRAIN.quality })
        .toFile(join(folder, name));
    }
    await writeFile(join(folder, "truth.json"), await readFile(join(smooth, "truth.json")));
  });
}

export interface LeavingSet {
  readonly folder: string;
  readonly person: string;
}

/** From this height on nearly every face of an enrolled person is matched, so that the person really is in the photos. */
const SURELY_MATCHED = 64;

/**
 * `photos` photos of which exactly `withPerson` show one person, taken from composed events; once these run out, they
 * are used again as mirror images.
 */
export async function leavingSet(
  photos: number,
  withPerson: number,
  events: readonly string[],
): Promise<LeavingSet> {
  const person = (await enrolledPeople())[0] ?? "";
  const all: { folder: string; photo: TruePhoto }[] = [];
  for (const folder of events) for (const photo of await readTruth(folder)) all.push({ folder, photo });
  const heightIn = (photo: TruePhoto): number =>
    photo.faces.find((face) => face.person === person)?.box.h ?? 0;
  const twice = (some: typeof all, wanted: number): ((typeof all)[number] & { mirrored: boolean })[] => {
    const pool = [false, true].flatMap((mirrored) => some.map((one) => ({ ...one, mirrored })));
    if (pool.length < wanted)
      throw new Error(`${all.length} composed photos are too few to take ${wanted} from`);
    return pool.slice(0, wanted);
  };
  const chosen = [
    ...twice(
      all.filter(({ photo }) => heightIn(photo) >= SURELY_MATCHED),
      withPerson,
    ),
    ...twice(
      all.filter(({ photo }) => heightIn(photo) === 0),
      photos - withPerson,
    ),
  ];
  const folder = await cached(`leaving-${photos}-${withPerson}`, async (target) => {
    for (const [i, { folder: from, photo, mirrored }] of chosen.entries()) {
      const file = join(target, `photo-${i + 1}.jpg`);
      if (mirrored) await sharp(join(from, photo.file)).flop().jpeg({ quality: 88 }).toFile(file);
      else await link(join(from, photo.file), file);
    }
    await writeFile(join(target, "truth.json"), "[]\n");
  });
  return { folder, person };
}

/** mulberry32, as in the composers. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function compose(script: string, folder: string, options: readonly string[]): Promise<void> {
  if (!existsSync(PEOPLE_FILE)) {
    throw new Error(`there are no labelled portraits in ${FACES}; name their folder by ASSENT_FACES`);
  }
  await run(process.execPath, [script, "--faces", FACES, "--out", folder, ...options], { cwd: PROJECT });
}

/** truth.json is written last, so a folder that has it is whole. */
async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  if (existsSync(join(folder, "truth.json"))) return folder;
  console.error(`composing ${name} ...`);
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  await fill(part);
  await rename(part, folder);
  return folder;
}
