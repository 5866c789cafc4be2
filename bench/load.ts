import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPages } from "../tools/build-pages.ts";
import { event } from "./datasets.ts";
import { load, type LoadResult } from "./load-run.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";
import { makeThrowAwayFolder } from "./throw-away.ts";

const SOURCES = 200;
const WIDTH = 2048;
const heightOf = (width: number): number => Math.round((width * 2) / 3);
const THINK = { people: 10, editors: 3 } as const;

const method = (width: number): readonly string[] => [
  `An instance with the embedded PostgreSQL, \`assent serve\`, and beside it \`assent import\` of files made from ${SOURCES} composed photos of ${width} x ${heightOf(width)} pixels, each with a comment of its own. Matching is on, nobody is enrolled by face.`,
  `People open their page: the page itself, who they are, their photos, the photos with every face hidden, six of those pictures; then they wait ${THINK.people} s on average. Editors open the collection: pages, lists, how far the scan is, twelve tiny pictures; then ${THINK.editors} s. Pictures are made when they are first asked for. Six requests at once, each visitor from an address of their own.`,
  "Times are those of the visitor, from the request to the last byte. Visitors, server, import, database and their processes share the machine. Errors: every answer that is not 200, and every connection that failed.",
  "Memory: VmRSS of the process and all below it, shared pages counted in each. Wanting to run: processes of the whole machine, mean of a minute; visitors, server, import and database are among them, what else it was doing too.",
];

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      photos: { type: "string", default: "10000" },
      minutes: { type: "string", default: "60" },
      people: { type: "string", default: "50" },
      editors: { type: "string", default: "5" },
      width: { type: "string", default: String(WIDTH) },
    },
  });
  const machine = describeMachine();
  await buildPages({ onlyIfNeeded: true });
  const width = Number(values.width);
  // The largest face as large a part of the photo as in the composer's own size.
  const size = { width, height: heightOf(width), maxFace: Math.round((600 * width) / WIDTH) };
  const set = await event({ photos: SOURCES, seed: 7, ...(width === WIDTH ? {} : { size }) });
  const names = (await readdir(set)).filter((name) => name.endsWith(".jpg")).sort();
  const folder = await makeThrowAwayFolder();
  try {
    const order = {
      photos: Number(values.photos),
      people: Number(values.people),
      editors: Number(values.editors),
      seconds: 60 * Number(values.minutes),
    };
    const result = await load({
      ...order,
      environment: { ASSENT_DATA: join(folder, "data"), ASSENT_PORT: "0", ASSENT_ACTOR: "bench" },
      folder,
      sources: names.map((name) => join(set, name)),
      think: THINK,
    });
    const routes = [...result.times]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([route, ms]) => ({ route, ...figures(ms) }));
    const text = inWords(order, result, routes);
    const { times: _, ...rest } = result;
    const path = await writeResult(
      "load",
      { method: method(width), machine, order: { ...order, width }, routes, ...rest },
      text,
    );
    console.log(`${text}\n\nwritten to ${path}.json and .md`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds. */
function figures(times: readonly number[]) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}

function inWords(
  order: { readonly photos: number; readonly people: number; readonly editors: number },
  { seconds, imported, errors, samples }: LoadResult,
  routes: readonly ({ readonly route: string } & ReturnType<typeof figures>)[],
): string {
  const { photos, finished } = imported;
  const told = finished ? "all of them" : "then it was stopped";
  const every = Math.max(1, Math.floor(samples.length / 12));
  return [
    `${order.people} people and ${order.editors} editors for ${Math.round(seconds)} s, while ${photos} of ${order.photos} photos came in (${told}, ${(photos / seconds).toFixed(1)} a second).`,
    `Errors: ${errors.length === 0 ? "none" : [...new Set(errors)].join("; ")}.`,
    markdownTable(
      ["route", "answers", "p50 ms", "p95 ms", "p99 ms", "most ms"],
      routes.map(({ route, n, p50, p95, p99, most }) => [route, ...[n, p50, p95, p99, most].map(String)]),
    ),
    markdownTable(
      ["after s", "serve MB", "import MB", "wanting to run"],
      samples
        .filter((_, n) => n % every === 0)
        .map(({ at, serve, importing, wanting }) => [at, serve, importing, Math.round(wanting)].map(String)),
    ),
  ].join("\n\n");
}
