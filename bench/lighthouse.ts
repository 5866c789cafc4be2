import { execFile } from "node:child_process";
import { cp, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createCollection, invite, type Parts } from "../src/flows/index.ts";
import { chromiumPath, reaching, type Reach } from "../test/support/browser.ts";
import { openSite } from "../test/support/phone.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";
import { openThrowAway } from "./throw-away.ts";

/** Of a hundred, in each category: what the join page must reach. */
export const LEAST = 95;
/**
 * By Lighthouse's own index of the machine as it is: below it, its factor of four makes a phone slower than the one that it
 * means, and it warns (SLOW_CPU_BENCHMARK_INDEX_THRESHOLD of version 13.5). Then performance tells of the machine.
 */
export const FAST_ENOUGH = 1000;
const CATEGORIES = ["performance", "accessibility", "best-practices"] as const;
/** The pages ask search engines to stay away, so the category for them is left out. */
const TIMES = {
  "first-contentful-paint": "first text",
  "largest-contentful-paint": "largest text",
  "speed-index": "speed index",
  "total-blocking-time": "blocked",
} as const;
const SHIFT = "cumulative-layout-shift";

const METHOD = [
  "The first page of joining, opened by an invitation, on the real server over https with a certificate of its own; nothing was in the browser's cache.",
  "Lighthouse with its own defaults for phones: a screen of 412 x 823, a line of 1.6 Mbit/s with 150 ms and a processor four times slower, both computed from what the page did (simulated throttling), so that the machine's speed counts a little.",
  "The index of the machine is Lighthouse's, measured at each run: below 1,000 the performance is the machine's, or of what else it was doing.",
  "Each figure is the median of the runs. Categories: performance, accessibility, best practices.",
];

/** Installed on its own, at the first run: as a dependency it would be a third of the project's packages. */
const INSTALLED = join(import.meta.dirname, "../.bench/lighthouse");
const MANIFEST = join(import.meta.dirname, "lighthouse");
const COMMAND = join(INSTALLED, "node_modules/lighthouse/cli/index.js");
const LONGEST_MS = 180_000;

const run = promisify(execFile);

interface Audit {
  readonly id: string;
  readonly title: string;
  readonly score: number | null;
  readonly numericValue?: number;
  readonly displayValue?: string;
}
interface Report {
  readonly lighthouseVersion: string;
  readonly environment: { readonly benchmarkIndex: number };
  readonly runtimeError?: { readonly message: string };
  readonly categories: Readonly<
    Record<
      string,
      {
        readonly score: number | null;
        readonly auditRefs: readonly { readonly id: string; readonly weight: number }[];
      }
    >
  >;
  readonly audits: Readonly<Record<string, Audit>>;
}

export interface Measured {
  readonly version: string;
  /** Lighthouse's index of the machine while it measured, the median; see FAST_ENOUGH. */
  readonly machineIndex: number;
  /** Of a hundred, the median of the runs. */
  readonly scores: Readonly<Record<string, number>>;
  /** Milliseconds, the medians; `cumulative-layout-shift` without a unit. */
  readonly figures: Readonly<Record<string, number>>;
  /** What costs points, in any run: the audit's name and what it says. */
  readonly faults: readonly string[];
}

/** Whether a run needs no packages any more. */
export async function isInstalled(): Promise<boolean> {
  return (await stat(COMMAND).catch(() => undefined)) !== undefined;
}

async function install(): Promise<void> {
  await mkdir(INSTALLED, { recursive: true });
  for (const name of ["package.json", "package-lock.json"])
    await cp(join(MANIFEST, name), join(INSTALLED, name));
  console.error("installing lighthouse into .bench, once");
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: INSTALLED });
}

/** Measures the first page of joining, with the pages as they are built, `runs` times. */
export async function measureJoinPage(parts: Parts, runs: number): Promise<Measured> {
  await createCollection(parts, {
    name: "fair",
    purpose: "Photos of the fair, for those who were there.",
    matching: "enrolled",
    matchOnly: undefined,
    channels: ["website"],
    retainUntil: "2099-12-31",
    joinUntil: undefined,
    attestation: "none: a collection without photos",
    attestedBy: "bench",
  });
  const { invitations } = await invite(parts, { collection: "fair", kind: "single", actor: "bench" });
  const site = await openSite(parts);
  try {
    const reports: Report[] = [];
    for (let n = 0; n < runs; n++) {
      reports.push(await lighthouse(`${site.address}/join#${invitations[0]?.secret ?? ""}`, site.reach));
    }
    return summary(reports);
  } finally {
    await site.close();
  }
}

async function lighthouse(url: string, reach: Reach): Promise<Report> {
  if (chromiumPath === undefined) throw new Error("no Chromium on this machine");
  // One string, taken apart again by the command: a value with a space in it needs its quotes.
  const flags = ["--headless=new", ...reaching(reach)]
    .map((flag) => flag.replace(/=(.*)$/, '="$1"'))
    .join(" ");
  const { stdout } = await run(
    process.execPath,
    [
      ...[COMMAND, url, "--quiet", "--output=json", `--only-categories=${CATEGORIES.join(",")}`],
      ...["--no-enable-error-reporting", `--chrome-flags=${flags}`],
    ],
    {
      env: { ...process.env, CHROME_PATH: chromiumPath },
      maxBuffer: 64_000_000,
      timeout: LONGEST_MS,
    },
  );
  const report = JSON.parse(stdout) as Report;
  if (report.runtimeError) throw new Error(report.runtimeError.message);
  return report;
}

function summary(reports: readonly Report[]): Measured {
  const median = (value: (report: Report) => number): number => {
    const sorted = reports.map(value).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  const scores = CATEGORIES.map((name) => [
    name,
    Math.round(100 * median((report) => report.categories[name]?.score ?? 0)),
  ]);
  const figures = [...Object.keys(TIMES), SHIFT].map((id) => [
    id,
    median((report) => report.audits[id]?.numericValue ?? NaN),
  ]);
  const faults = reports.flatMap((report) =>
    CATEGORIES.flatMap((name) =>
      (report.categories[name]?.auditRefs ?? []).flatMap(({ id, weight }) => {
        const audit = report.audits[id];
        if (!audit || weight === 0 || audit.score === null || audit.score >= 0.9) return [];
        return [`${name}: ${audit.title}${audit.displayValue ? ` (${audit.displayValue})` : ""}`];
      }),
    ),
  );
  return {
    version: reports[0]?.lighthouseVersion ?? "",
    machineIndex: Math.round(median((report) => report.environment.benchmarkIndex)),
    scores: Object.fromEntries(scores) as Record<string, number>,
    figures: Object.fromEntries(figures) as Record<string, number>,
    faults: [...new Set(faults)].sort(),
  };
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: "string", default: "5" }, dry: { type: "boolean", default: false } },
  });
  const machine = describeMachine();
  const runs = Number(values.runs);
  if (!(await isInstalled())) await install();
  const here = await openThrowAway(1);
  try {
    const measured = await measureJoinPage(here.instance, runs);
    const text = [
      `Lighthouse ${measured.version}, ${runs} runs, index of the machine ${measured.machineIndex}`,
      markdownTable(
        ["category", "of 100"],
        Object.entries(measured.scores).map(([name, score]) => [name, String(score)]),
      ),
      markdownTable(
        ["figure", "median"],
        [
          ...Object.entries(TIMES).map(([id, name]) => [
            name,
            `${Math.round(measured.figures[id] ?? NaN)} ms`,
          ]),
          ["layout shift", (measured.figures[SHIFT] ?? NaN).toFixed(3)],
        ],
      ),
      ...(measured.faults.length > 0
        ? [`What costs points:\n\n${measured.faults.map((one) => `- ${one}`).join("\n")}`]
        : []),
    ].join("\n\n");
    console.log(text);
    if (!values.dry) {
      const path = await writeResult("lighthouse", { method: METHOD, machine, runs, ...measured }, text);
      console.log(`\nwritten to ${path}.json and .md`);
    }
    if (Object.values(measured.scores).some((score) => score < LEAST)) process.exitCode = 1;
  } finally {
    await here.close();
  }
}
