import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import {
  consistencyProof,
  formatInclusionProof,
  inclusionProofOf,
  isConsistent,
  isIncluded,
  latestCheckpoint,
  leafHash,
  record,
  rootOfSize,
} from "../src/audit/index.ts";
import type { Instance } from "../src/app/index.ts";
import { newId } from "../src/core/index.ts";
import { inTransaction, type Trx } from "../src/db/index.ts";
import { checkTheLog, keepLogSequenced, sequenceLog } from "../src/flows/index.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";
import { openThrowAway } from "./throw-away.ts";

/** Rounds of the race, taken in turn, so that what else the machine does meets all alike. */
const ROUNDS = 5;
const PROOFS = 200;
/** Entries that wait at a time, when a log is filled. */
const BATCH = 16_000;

type Variant = "without the log" | "entries alone" | "entries and sequencer";
const VARIANTS: readonly Variant[] = ["without the log", "entries alone", "entries and sequencer"];

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "4" },
      sizes: { type: "string", default: "10,10000,1000000" },
    },
  });
  const machine = describeMachine();
  const sizes = values.sizes.split(",").map(Number);
  const rates = await inThrowAway((instance) => race(instance, Number(values.seconds)));
  await inThrowAway(async (instance) => {
    const proofs = [];
    for (const size of sizes) proofs.push(await measureProofs(instance, size));
    const bare = median(rates["without the log"]);
    const rows = VARIANTS.map((variant) => {
      const rate = median(rates[variant]);
      return [variant, rate.toFixed(0), `${((100 * rate) / bare).toFixed(0)} %`];
    });
    const markdown = [
      markdownTable(["load", "transactions/s (median)", "of the load alone"], rows),
      "",
      markdownTable(
        [
          "entries",
          "appending",
          "inclusion proof",
          "read",
          "check",
          "consistency proof",
          "read",
          "check",
          "whole log",
        ],
        proofs.map((one) => [
          one.size.toLocaleString("en"),
          `${Math.round(one.appendPerSecond).toLocaleString("en")}/s`,
          `${one.inclusion.hashes} hashes, ${one.inclusion.bytes} bytes`,
          ms(one.inclusion.readMs),
          ms(one.inclusion.checkMs),
          `${one.consistency.hashes} hashes, ${one.consistency.bytes} bytes`,
          ms(one.consistency.readMs),
          ms(one.consistency.checkMs),
          ms(one.wholeMs),
        ]),
      ),
    ].join("\n");
    const method = [
      `Embedded PostgreSQL with fsync, one client, each transaction a row of a plain table; ${ROUNDS} rounds of ${values.seconds} s, the three loads in turn.`,
      "With entries: each transaction also writes one entry (leaf, payload, place in the queue). With sequencer: positions, tree and a signed checkpoint about each second, in the same process.",
      `Proofs: medians of ${PROOFS} random entries and earlier sizes. Bytes are those of the hashes. Reading is from the database, checking is hashing alone. "Appending" is giving positions to waiting entries, with tree and signatures; "whole log" is assent log check without payloads.`,
    ];
    const path = await writeResult("log", { method, machine, rates, proofs }, markdown);
    console.log(`${markdown}\n\n${path}.md`);
  });
}

async function inThrowAway<T>(use: (instance: Instance) => Promise<T>): Promise<T> {
  const { instance, close } = await openThrowAway(1);
  try {
    return await use(instance);
  } finally {
    await close();
  }
}

const ms = (time: number): string => (time < 1 ? `${(time * 1000).toFixed(0)} µs` : `${time.toFixed(1)} ms`);

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

async function race(
  instance: Instance,
  seconds: number,
): Promise<Readonly<Record<Variant, readonly number[]>>> {
  await sql`create table bench_row (id uuid primary key, note text not null)`.execute(instance.db);
  const rates: Record<Variant, number[]> = {
    "without the log": [],
    "entries alone": [],
    "entries and sequencer": [],
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of VARIANTS) {
      const sequencer =
        variant === "entries and sequencer"
          ? keepLogSequenced(instance, { onError: (line) => console.error(line) })
          : undefined;
      rates[variant].push(await rateOf(instance, variant !== "without the log", seconds));
      await sequencer?.stop();
      await sequenceLog(instance);
    }
    console.error(
      `round ${round + 1}: ${VARIANTS.map((one) => rates[one].at(-1)?.toFixed(0)).join(" / ")} per second`,
    );
  }
  return rates;
}

async function rateOf(instance: Instance, withEntry: boolean, seconds: number): Promise<number> {
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < seconds * 1000) {
    await inTransaction(instance.db, (trx) => change(trx, instance, withEntry));
    done++;
  }
  return done / ((performance.now() - start) / 1000);
}

async function change(trx: Trx, instance: Instance, withEntry: boolean): Promise<void> {
  const id = newId();
  await sql`insert into bench_row values (${id}, 'a change')`.execute(trx);
  if (withEntry) await record(trx, { kind: "bench", payload: { row: id }, person: id }, instance.clock);
}

async function measureProofs(instance: Instance, size: number) {
  const appendPerSecond = await fill(instance, size);
  const head = await latestCheckpoint(instance.db);
  if (!head) throw new Error("the log is empty");
  const inclusion = await timed(async () => {
    const position = Math.floor(Math.random() * head.size);
    const { entry_id } = await instance.db
      .selectFrom("log_position")
      .select("entry_id")
      .where("position", "=", position)
      .executeTakeFirstOrThrow();
    const start = performance.now();
    const found = await inclusionProofOf(instance.db, entry_id);
    const readMs = performance.now() - start;
    const { root } = found.checkpoint;
    const claim = { position, size: head.size, leaf: leafHash(found.leaf), root, proof: found.proof };
    if (formatInclusionProof(found).length === 0) throw new Error("no proof");
    return { hashes: found.proof.length, readMs, check: () => isIncluded(claim) };
  });
  const consistency = await timed(async () => {
    const from = 1 + Math.floor(Math.random() * head.size);
    const { proof: fromProof } = await consistencyProof(instance.db, from);
    const start = performance.now();
    const { proof, checkpoint } = await consistencyProof(instance.db, from);
    const readMs = performance.now() - start;
    const fromRoot = await rootOfSize(instance.db, from);
    const claim = { from, fromRoot, size: head.size, root: checkpoint.root, proof };
    return { hashes: fromProof.length, readMs, check: () => isConsistent(claim) };
  });
  const start = performance.now();
  const { damage } = await checkTheLog(instance);
  if (damage.length > 0) throw new Error(`the log is damaged: ${JSON.stringify(damage[0])}`);
  const wholeMs = performance.now() - start;
  console.error(
    `${head.size} entries: appended ${appendPerSecond.toFixed(0)}/s, checked in ${wholeMs.toFixed(0)} ms, ${JSON.stringify({ inclusion, consistency })}`,
  );
  return { size: head.size, appendPerSecond, inclusion, consistency, wholeMs };
}

/** Brings the log to a size with leaves that commit to nothing; entries a second that were given their places. */
async function fill(instance: Instance, size: number): Promise<number> {
  let done = (await sequenceLog(instance))?.size ?? 0;
  let [appended, spentMs] = [0, 0];
  while (done < size) {
    const leaves = Array.from({ length: Math.min(BATCH, size - done) }, () => randomBytes(32));
    await sql`insert into entry (id, leaf) select gen_random_uuid(), leaf from unnest(${leaves}::bytea[]) as given (leaf)`.execute(
      instance.db,
    );
    const start = performance.now();
    await sequenceLog(instance);
    spentMs += performance.now() - start;
    appended += leaves.length;
    done += leaves.length;
  }
  return appended / (spentMs / 1000);
}

interface Timed {
  readonly hashes: number;
  readonly bytes: number;
  readonly readMs: number;
  readonly checkMs: number;
}

async function timed(
  once: () => Promise<{ readonly hashes: number; readonly readMs: number; check(): boolean }>,
): Promise<Timed> {
  const all = [];
  for (let i = 0; i < PROOFS; i++) {
    const { hashes, readMs, check } = await once();
    const start = performance.now();
    if (!check()) throw new Error("a proof does not hold");
    all.push({ hashes, readMs, checkMs: performance.now() - start });
  }
  const hashes = median(all.map((one) => one.hashes));
  return {
    hashes,
    bytes: hashes * 32,
    readMs: median(all.map((one) => one.readMs)),
    checkMs: median(all.map((one) => one.checkMs)),
  };
}
