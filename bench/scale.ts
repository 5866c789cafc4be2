import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Instance } from "../src/app/index.ts";
import type { Id } from "../src/core/index.ts";
import { cancelJob, createCollection, ingest, listJobs, orderScan } from "../src/flows/index.ts";
import { event } from "./datasets.ts";
import { childrenOf, processorTime } from "./processor-time.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";
import { openThrowAway, type ThrowAway } from "./throw-away.ts";
import { readTruth } from "./truth.ts";

const LAUNCHER = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const WARM_UP = 12;
const AIM = 1.8;

const METHOD = [
  "Composed photos of 2048 x 1365 pixels with 1 to 14 faces, each with other bytes behind its end, so that all are new. All are in the instance before the clock starts; it stops when the job has ended.",
  "work x 1: one `assent serve --roles work` with ASSENT_PROCESSES=1; work x 2: two of them, each with its own process for pictures. The processes of both stay up and warm, in turn on collections of the same photos; those that have no turn are stopped (SIGSTOP) meanwhile, and the database gives a stopped one nothing.",
  "Matching is on, joining is open, nobody is enrolled: faces are found, judged and their crops sealed and stored, as on the day of an event.",
  "One embedded PostgreSQL on the same cores. Processor time from /proc, by part, per photo: pictures (decoding and networks), process (claims, sealing, rows, the log), database (all its processes).",
  "Speed-up is the median of the rounds, each of two against the one beside it.",
] as const;

interface Round {
  readonly workers: number;
  readonly seconds: number;
  readonly photosPerSecond: number;
  /** Milliseconds of processor time for each photo. */
  readonly pictures: number;
  readonly process: number;
  readonly database: number;
  /** Of all the cores' time while it ran, how much these parts used. */
  readonly busy: number;
}

/** One process that works, with one that looks at pictures, against two with one each. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      photos: { type: "string", default: "120" },
      rounds: { type: "string", default: "5" },
      /** What else was going on, and what was done about it. */
      note: { type: "string" },
    },
  });
  const machine = describeMachine();
  const folder = await event({ photos: 60, seed: 7 });
  const sources = await Promise.all(
    (await readTruth(folder)).map((photo) => readFile(join(folder, photo.file))),
  );
  const away = await openThrowAway(1);
  const workers = [await worker(away), await worker(away)];
  try {
    await away.instance.queue.start(() => undefined);
    const rounds: Round[] = [];
    await run(away, { workers, name: "warm-up", sources, photos: WARM_UP });
    for (let n = 0; n < Number(values.rounds); n++) {
      // Each first every other time.
      for (const count of n % 2 === 0 ? [1, 2] : [2, 1]) {
        const name = `round ${n}, ${count}`;
        const photos = Number(values.photos);
        const round = await run(away, {
          workers: workers.slice(0, count),
          idle: workers.slice(count),
          name,
          sources,
          photos,
        });
        rounds.push(round);
        console.error(`${name}: ${round.photosPerSecond.toFixed(2)} photos/s`);
      }
    }
    const text = tables(rounds, machine.cores);
    const command = `Run with: npm run bench -- scale --photos ${values.photos} --rounds ${values.rounds}`;
    const path = await writeResult(
      "scale",
      { method: [...METHOD, ...(values.note === undefined ? [] : [values.note]), command], machine, rounds },
      text,
    );
    console.log(`${text}\n\nwritten to ${path}.json and .md`);
  } finally {
    for (const one of workers) {
      one.kill("SIGCONT");
      one.kill("SIGTERM");
      await once(one, "exit");
    }
    await away.close();
  }
}

async function worker({ folder }: ThrowAway): Promise<ChildProcess> {
  const environment = {
    ...process.env,
    ASSENT_DATA: join(folder, "data"),
    ASSENT_PROCESSES: "1",
    ASSENT_ACTOR: "bench",
  };
  const child = spawn(process.execPath, [LAUNCHER, "serve", "--roles", "work"], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

interface Order {
  readonly workers: readonly ChildProcess[];
  readonly idle?: readonly ChildProcess[];
  readonly name: string;
  readonly sources: readonly Buffer[];
  readonly photos: number;
}

async function run(away: ThrowAway, order: Order): Promise<Round> {
  const { instance, serverProcesses } = away;
  for (const one of order.idle ?? []) one.kill("SIGSTOP");
  try {
    const collection = await filled(instance, away.folder, order);
    const pids = order.workers.map((one) => one.pid ?? 0);
    const before = await times(pids, serverProcesses);
    const started = performance.now();
    await orderScan(instance, { collection, actor: "bench" });
    await ended(instance, collection);
    const ms = performance.now() - started;
    const after = await times(pids, serverProcesses);
    const each = (part: keyof typeof before): number => (after[part] - before[part]) / order.photos;
    const used = each("pictures") + each("process") + each("database");
    const cores = describeMachine().cores;
    return {
      workers: order.workers.length,
      seconds: ms / 1000,
      photosPerSecond: (1000 * order.photos) / ms,
      pictures: each("pictures"),
      process: each("process"),
      database: each("database"),
      busy: (used * order.photos) / (ms * cores),
    };
  } finally {
    for (const one of order.idle ?? []) one.kill("SIGCONT");
  }
}

/** A collection of photos that nobody looks through until it is asked for. */
async function filled(instance: Instance, folder: string, { name, sources, photos }: Order): Promise<Id> {
  const { id } = await createCollection(instance, {
    name,
    purpose: "a benchmark",
    matching: "enrolled",
    matchOnly: undefined,
    channels: [],
    retainUntil: new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10),
    joinUntil: undefined,
    attestation: "composed",
    attestedBy: "bench",
  });
  const path = join(folder, "sent.jpg");
  await instance.queue.stop();
  for (let n = 0; n < photos; n++) {
    const source = sources[n % sources.length] ?? Buffer.alloc(0);
    await writeFile(path, Buffer.concat([source, Buffer.from(`${name} ${n}`)]));
    await ingest(instance, { collection: id, path, name: `${n}.jpg` });
    // Nobody was woken; who looks for what is left finds it stopped.
    if (n === 0) {
      const [job] = (await listJobs(instance, { collections: new Set([id]), open: true })).jobs;
      if (job) await cancelJob(instance, job.id);
    }
  }
  for (const job of (await listJobs(instance, { collections: new Set([id]), open: true })).jobs) {
    await cancelJob(instance, job.id);
  }
  await instance.queue.start(() => undefined);
  return id;
}

async function ended(instance: Instance, collection: Id): Promise<void> {
  for (;;) {
    const row = await instance.db
      .selectFrom("photo")
      .select("id")
      .where("collection_id", "=", collection)
      .where("state", "=", "pending")
      .limit(1)
      .executeTakeFirst();
    if (!row) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function times(pids: readonly number[], server: readonly number[]) {
  const pictures = (
    await Promise.all(pids.map(async (pid) => (await processorTime(await childrenOf(pid))) ?? 0))
  ).reduce((sum, ms) => sum + ms, 0);
  return {
    pictures,
    process: ((await processorTime(pids)) ?? 0) - pictures,
    database: (await processorTime(server)) ?? 0,
  };
}

function tables(rounds: readonly Round[], cores: number): string {
  const rows = [1, 2].map((workers) => {
    const of = rounds.filter((round) => round.workers === workers);
    const middle = (part: keyof Round): number => median(of.map((round) => round[part]));
    return [
      `work x ${workers}`,
      middle("photosPerSecond").toFixed(2),
      middle("pictures").toFixed(0),
      middle("process").toFixed(0),
      middle("database").toFixed(1),
      `${(100 * middle("busy")).toFixed(0)} %`,
    ];
  });
  const pairs = Array.from({ length: rounds.length / 2 }, (_, n) => rounds.slice(2 * n, 2 * n + 2));
  const speedUps = pairs.map((pair) => {
    const speed = (workers: number): number =>
      pair.find((round) => round.workers === workers)?.photosPerSecond ?? Number.NaN;
    return speed(2) / speed(1);
  });
  const middle = median(speedUps);
  const [one, two] = [1, 2].map((workers) => rounds.filter((round) => round.workers === workers));
  const cpu = (of: readonly Round[] = []): number =>
    median(of.map((round) => round.pictures + round.process + round.database));
  const most = (cores * 1000) / cpu(two);
  return [
    markdownTable(
      ["", "photos/s", "pictures, ms", "process, ms", "database, ms", `busy, of ${cores} cores`],
      rows,
    ),
    "",
    `Two against one: ${middle.toFixed(2)} times (rounds: ${speedUps.map((one) => one.toFixed(2)).join(", ")}); the aim is ${AIM}.`,
    "",
    `A photo costs ${cpu(one).toFixed(0)} ms of processor time with one and ${cpu(two).toFixed(0)} ms with two, so that ${cores} cores can do ${most.toFixed(2)} photos/s at most: ` +
      `${(most / median((one ?? []).map((round) => round.photosPerSecond))).toFixed(2)} times what one does.`,
  ].join("\n");
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
