import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createProcessPool, type Box, type ProcessPool } from "../src/core/index.ts";
import { KINDS, type BatchResult, type HostTasks, type Kind } from "./contenders/contender.ts";
import { event, largeEvent } from "./datasets.ts";
import { raceTables } from "./race-tables.ts";
import { describeMachine, writeResult } from "./results.ts";
import { readTruth, recallOf, type Recall, type TruePhoto } from "./truth.ts";

/** Two rounds of photos for each of two processes, and enough that starting a batch costs little. */
const BATCH = 10;
const TIME_LIMIT_MS = 60 * 60_000;

const METHOD = [
  "Composed photos with a known answer (truth.json): 2048 x 1365 pixels with 1 to 14 faces of 28 to 300 px; and 4096 x 3072 pixels with faces of 28 to 600 px and grain, so that a file is as large as a camera's.",
  `All contenders work on the same files in one run, in turn on batches of ${BATCH} photos, so that a machine that slows down hits all of them; one works at a time. Each warms up on photos of its own first.`,
  "import: what `assent import` does, in a throw-away instance with its own PostgreSQL: copy and flush the files, find faces, compare them with 40 enrolled people, write with sealed face crops. vision: Assent's vision processes alone.",
  "human (@vladmandic/human 3.3.6): BlazeFace-back, rotation, description (faceres), everything else off, up to 100 faces. face-api (@vladmandic/face-api 1.7.15): SSD MobileNet v1 with confidence 0.2 (finds more than its default 0.5, nothing false), 68 landmarks, recognition.",
  "Both peers run on TensorFlow.js 4.22 with its WebAssembly backend and SIMD. It has no threads under Node, so they are raced as one and as two processes; their native backend (tfjs-node) downloads its library in an install script and was not installed: it would be faster.",
  "Peers get pixels decoded by sharp in their own process, and that time counts. human, face-api: the photo at 1280 px, whole, as their documentation has it (their detectors see 256 and 512 px). human-tiled, face-api-tiled: at 2048 px, and in overlapping squares of 640 and 768 px besides, which is what it takes to find the small faces; raced on a part of the batches only.",
  "processes: those that look at photos. Assent's import has its own process and the database server besides; the processor time counts all of them.",
  "Recall: a true face counts as found by a box that overlaps it by 0.2 (intersection over union); of Assent's boxes only those that both stages confirmed count. False boxes touch no true face.",
] as const;

interface Entry {
  readonly kind: Kind;
  readonly processes: number;
  readonly pool: ProcessPool<HostTasks>;
  photos: number;
  wallMs: number;
  cpuMs: number | null;
  readonly steps: Record<string, number>;
  readonly found: Map<string, readonly Box[]>;
}

export interface Standing {
  readonly kind: Kind;
  readonly processes: number;
  readonly photos: number;
  readonly wallMs: number;
  readonly cpuMs: number | null;
  readonly photosPerSecond: number;
  readonly facesPerSecond: number;
  readonly cpuMsPerPhoto: number | null;
  readonly steps: Readonly<Record<string, number>>;
  readonly recall: Recall;
}

export interface Race {
  readonly set: string;
  readonly standings: readonly Standing[];
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      photos: { type: "string", default: "200" },
      large: { type: "string", default: "100" },
      "tiled-every": { type: "string", default: "5" },
      only: { type: "string" },
      take: { type: "string" },
    },
  });
  const take = values.take === undefined ? Number.POSITIVE_INFINITY : Number(values.take);
  const machine = describeMachine();
  const kinds = KINDS.filter((kind) => !values.only || values.only.split(",").includes(kind));
  const tiledEvery = Number(values["tiled-every"]);
  const warmUp = await photosOf(await event({ photos: 4, seed: 9 }));
  const races: Race[] = [];
  const sets = [
    {
      set: "2048 x 1365 pixels",
      photos: Number(values.photos),
      make: (n: number) => event({ photos: n, seed: 7 }),
    },
    { set: "4096 x 3072 pixels", photos: Number(values.large), make: (n: number) => largeEvent(n, 11) },
  ];
  for (const { set, photos, make } of sets.filter((one) => one.photos > 0)) {
    races.push(await race(set, await make(photos), take, warmUp, kinds, tiledEvery));
    // Written after each set, so that the first is not lost with the second.
    const text = raceTables(races);
    const path = await writeResult(
      "import",
      { method: [...METHOD, `Run with: npm run bench -- import ${args.join(" ")}`.trim()], machine, races },
      text,
    );
    console.log(`${text}\n\nwritten to ${path}.json and .md`);
  }
}

async function photosOf(folder: string): Promise<readonly string[]> {
  return (await readTruth(folder)).map((photo) => join(folder, photo.file));
}

function enter(kind: Kind, processes: number): Entry {
  const pool = createProcessPool<HostTasks>({
    module: fileURLToPath(new URL("./contenders/host.ts", import.meta.url)),
    size: 1,
    timeLimitMs: TIME_LIMIT_MS,
    args: [kind, String(processes)],
  });
  return { kind, processes, pool, photos: 0, wallMs: 0, cpuMs: 0, steps: {}, found: new Map() };
}

async function race(
  set: string,
  folder: string,
  take: number,
  warmUp: readonly string[],
  kinds: readonly Kind[],
  tiledEvery: number,
): Promise<Race> {
  const truth = (await readTruth(folder)).slice(0, take);
  const entries = kinds.flatMap((kind) => (isTiled(kind) ? [2] : [1, 2]).map((n) => enter(kind, n)));
  try {
    for (const entry of entries) {
      console.error(`${set}: warming up ${entry.kind} with ${entry.processes}`);
      await entry.pool.run("batch", { files: warmUp });
    }
    for (let start = 0; start < truth.length; start += BATCH) {
      const batch = truth.slice(start, start + BATCH);
      for (const entry of entries) {
        if (isTiled(entry.kind) && (start / BATCH) % tiledEvery !== 0) continue;
        record(
          entry,
          batch,
          await entry.pool.run("batch", { files: batch.map((p) => join(folder, p.file)) }),
        );
      }
      console.error(`${set}: ${Math.min(start + BATCH, truth.length)} of ${truth.length}`);
    }
    return { set, standings: entries.map((entry) => standing(entry, truth)) };
  } finally {
    for (const { pool } of entries) {
      await pool.run("close", null).catch(() => undefined);
      await pool.close();
    }
  }
}

function isTiled(kind: Kind): boolean {
  return kind.endsWith("-tiled");
}

function record(entry: Entry, batch: readonly TruePhoto[], result: BatchResult): void {
  entry.photos += batch.length;
  entry.wallMs += result.wallMs;
  entry.cpuMs = entry.cpuMs === null || result.cpuMs === null ? null : entry.cpuMs + result.cpuMs;
  for (const [step, ms] of Object.entries(result.steps)) entry.steps[step] = (entry.steps[step] ?? 0) + ms;
  result.found.forEach(([, boxes], i) => {
    const photo = batch[i];
    if (photo) entry.found.set(photo.file, boxes);
  });
}

function standing(entry: Entry, truth: readonly TruePhoto[]): Standing {
  const { kind, processes, photos, wallMs, cpuMs, steps, found } = entry;
  const recall = recallOf(
    truth.filter((photo) => found.has(photo.file)),
    found,
  );
  return {
    kind,
    processes,
    photos,
    wallMs,
    cpuMs,
    photosPerSecond: (1000 * photos) / wallMs,
    facesPerSecond: (1000 * recall.found) / wallMs,
    cpuMsPerPhoto: cpuMs === null ? null : cpuMs / photos,
    steps,
    recall,
  };
}
