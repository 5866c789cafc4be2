import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { openInstance, readConfiguration, type Instance } from "../src/app/index.ts";
import { runCommand } from "./command-line.ts";
import { enrolledPeople, event, leavingSet, selfieOf, type LeavingSet } from "./datasets.ts";
import { fillInstance } from "./fill-instance.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";
import { makeThrowAwayFolder } from "./throw-away.ts";

const COLLECTION = "leaving";
const CHANNEL = "website";
/** Besides the one who leaves, in the real photos: they agree to nothing but being found. */
const OTHERS = 3;

interface Left {
  readonly stoppedMs: number;
  readonly erasedMs: number;
  readonly steps: readonly { readonly step: string; readonly ms: number }[];
}

type Run = <T>(words: readonly string[]) => Promise<{ readonly ms: number; readonly answer: T }>;

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: "string", default: "100,10000,100000" },
      with: { type: "string", default: "60" },
    },
  });
  const machine = describeMachine();
  const withPerson = Number(values.with);
  const events = [await event({ photos: 200, seed: 7 })];
  for (const seed of [101, 102, 103, 104, 105]) events.push(await event({ photos: 100, seed }));
  const set = await leavingSet(withPerson, withPerson, events);
  const results = [];
  for (const size of values.sizes.split(",").map(Number)) {
    results.push(await leaveFrom(set, size, withPerson));
    console.error(JSON.stringify(results.at(-1), null, 1));
  }
  const text = report(results);
  const path = await writeResult("withdraw", { method: METHOD, machine, withPerson, results }, text);
  console.log(`${text}\n\nwritten to ${path}.json and .md`);
  if (results.some((one) => !one.cleanAfterWithdrawal || !one.nothingLeftOfPerson)) process.exitCode = 1;
}

type Result = Awaited<ReturnType<typeof leaveFrom>>;

/** One instance with `photos` photos, `withPerson` of them real; somebody withdraws everything, then is erased. */
async function leaveFrom(set: LeavingSet, photos: number, withPerson: number) {
  const scratch = await makeThrowAwayFolder();
  const environment = { ASSENT_DATA: join(scratch, "data"), ASSENT_ACTOR: "bench" };
  // Open all the while, as a server's is, so that no command has to start or stop PostgreSQL.
  const instance = await openInstance(readConfiguration(environment));
  try {
    const run: Run = async <T>(words: readonly string[]) => {
      const ran = await runCommand(words, environment);
      console.error(`${photos}: ${words[0]}: ${Math.round(ran.ms)} ms`);
      return { ms: ran.ms, answer: ran.answer as T };
    };
    const id = await joinAndPublish(run, set, scratch);
    const found = await run<readonly unknown[]>(["find", id, "--reason", "benchmark"]);
    const { id: collection } = await instance.db
      .selectFrom("collection")
      .select("id")
      .executeTakeFirstOrThrow();
    const started = performance.now();
    const filled = await fillInstance(instance, {
      collection,
      channel: CHANNEL,
      photos: photos - withPerson,
    });
    console.error(`${photos}: filled in ${Math.round(performance.now() - started)} ms`);
    const withdrawn = await watched(instance, () => run<Left>(["withdraw", id]));
    const swept = await run<{ clean: boolean }>(["prove"]);
    const erased = await watched(instance, () => run<Left>(["erase", id]));
    const proven = await run<{ clean: boolean }>(["prove", "--person", id]);
    return {
      photos,
      ...filled,
      matched: found.answer.length,
      withdrawal: timesOf(withdrawn),
      erasure: timesOf(erased),
      proveMs: proven.ms,
      cleanAfterWithdrawal: swept.answer.clean,
      nothingLeftOfPerson: proven.answer.clean,
    };
  } finally {
    await instance.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Returns the person's id: found in all real photos, shown on the channel, their photos delivered. */
async function joinAndPublish(run: Run, set: LeavingSet, scratch: string): Promise<string> {
  await run(
    ["collection", "create", COLLECTION, "--purpose", "a benchmark", "--matching", "enrolled"].concat([
      "--channel",
      CHANNEL,
      "--retain-until",
      "2099-12-31",
      "--attest",
      "composed pictures",
    ]),
  );
  const enrol = (person: string, consents: readonly string[]) =>
    run<{ person: string }>(
      ["join", "--collection", COLLECTION, "--selfie", selfieOf(person), "--given", "desk"].concat(
        ["--staff", "bench"],
        consents.flatMap((consent) => ["--consent", consent]),
      ),
    );
  const leaver = await enrol(set.person, ["find-me", `publish:${CHANNEL}`, "publish:companions"]);
  const others = (await enrolledPeople()).filter((person) => person !== set.person).slice(0, OTHERS);
  for (const person of others) await enrol(person, ["find-me"]);
  await run(["import", set.folder, "--collection", COLLECTION]);
  const out = join(scratch, "out");
  await run(
    ["publish", "--collection", COLLECTION, "--channel", CHANNEL, "--out", out].concat([
      "--reveal",
      "matched",
      "--reviewed-by",
      "bench",
    ]),
  );
  const id = leaver.answer.person;
  await run(["deliver", id, "--out", join(scratch, "delivered"), "--reason", "benchmark"]);
  return id;
}

interface Watched {
  readonly ms: number;
  readonly answer: Left;
  /** By table: what a statement that has no index to go by reads from its first row to its last. */
  readonly rowsOfFullScans: Readonly<Record<string, number>>;
}

async function watched(
  instance: Pick<Instance, "db">,
  act: () => Promise<{ readonly ms: number; readonly answer: Left }>,
): Promise<Watched> {
  const before = await rowsOfFullScans(instance);
  const done = await act();
  const after = await rowsOfFullScans(instance);
  const read = Object.entries(after).map(([table, rows]) => [table, rows - (before[table] ?? 0)] as const);
  return { ...done, rowsOfFullScans: Object.fromEntries(read.filter(([, rows]) => rows > 0)) };
}

async function rowsOfFullScans({ db }: Pick<Instance, "db">): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql<{ table: string; read: string }>`
    select relname as table, seq_tup_read::text as read from pg_stat_user_tables where schemaname = 'public'`.execute(
    db,
  );
  return Object.fromEntries(rows.map((row) => [row.table, Number(row.read)]));
}

function timesOf({ ms, answer, rowsOfFullScans: scans }: Watched) {
  const { stoppedMs, erasedMs, steps } = answer;
  return { stoppedMs, erasedMs, commandMs: Math.round(ms), steps, rowsOfFullScans: scans };
}

function report(results: readonly Result[]): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const head = ["", ...results.map((one) => `${one.photos.toLocaleString("en")} photos`)];
  const row = (what: string, of: (one: Result) => string): readonly string[] => [what, ...results.map(of)];
  const whole = (n: number): string => n.toLocaleString("en");
  const steps = [...new Set(results.flatMap((one) => one.withdrawal.steps.map(({ step }) => step)))];
  const scans = (of: (one: Result) => Result["withdrawal"]) =>
    [...new Set(results.flatMap((one) => Object.keys(of(one).rowsOfFullScans)))]
      .filter((table) => results.some((one) => (of(one).rowsOfFullScans[table] ?? 0) >= MANY_ROWS))
      .sort()
      .map((table) => row(table, (one) => whole(of(one).rowsOfFullScans[table] ?? 0)));
  const scanned = scans((one) => one.withdrawal);
  return [
    markdownTable(head, [
      row("people, faces", (one) => `${whole(one.people)}, ${whole(one.faces)}`),
      row("matches, entries of the log", (one) => `${whole(one.matches)}, ${whole(one.entries)}`),
      row("withdrawal: use stopped after (aim: 1 s)", (one) => seconds(one.withdrawal.stoppedMs)),
      row("all erased and rendered again after", (one) => seconds(one.withdrawal.erasedMs)),
      row("the whole command, with its start and end", (one) => seconds(one.withdrawal.commandMs)),
      row("then erase: stopped after", (one) => seconds(one.erasure.stoppedMs)),
      row("all erased after", (one) => seconds(one.erasure.erasedMs)),
      row("assent prove: database, files, keys and log", (one) => seconds(one.proveMs)),
      row("residue", (one) => (one.cleanAfterWithdrawal && one.nothingLeftOfPerson ? "none" : "FOUND")),
    ]),
    markdownTable(
      ["step of the withdrawal, ms", ...head.slice(1)],
      steps.map((step) =>
        row(step, (one) => String(one.withdrawal.steps.find((each) => each.step === step)?.ms ?? "")),
      ),
    ),
    ...(scanned.length === 0
      ? []
      : [markdownTable(["rows that the withdrawal read by full scans", ...head.slice(1)], scanned)]),
  ].join("\n\n");
}

/** Tables of which fewer rows are read so are left out of the report. */
const MANY_ROWS = 2000;

const METHOD = [
  "The person who leaves is in 60 composed photos of 2048 x 1365 pixels, 64 px tall at least (once the composed ones run out, mirror images), with three others who agreed to being found only. Through the command line: collection create, join, import, publish (matched faces of those who agreed are shown), deliver.",
  "Then the same collection, channel and published folder are filled up with generated photos: rows through the real schema and its triggers, five faces each, two of them other people's who agreed, with renditions, entries of the log, and files of a few bytes. One person is enrolled for each 200 of them. The tables are vacuumed and analyzed, as the server does by itself within a minute.",
  "Then withdraw of everything, prove, erase, prove. The times are those that `withdraw` states, from its start to the commit (stopped) and to the end of erasing and rendering (erased). One run each; another process has the instance open, as a server would.",
];
