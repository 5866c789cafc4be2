import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const PROJECT = join(import.meta.dirname, "../..");

/** Portraits of people who consented to research use; they live outside the project (ASSENT_FACES names the folder). */
const ROOT = process.env["ASSENT_FACES"] ?? join(PROJECT, "../shared/faces");
const COMPOSER = join(ROOT, "../tools/compose-event.mjs");

export const FACES = join(ROOT, "london");
export const hasFaces = existsSync(join(FACES, "people.json")) && existsSync(COMPOSER);
if (!hasFaces) console.log(`skipped: tests that need labelled portraits, because ${FACES} is not there`);

export interface TruePhoto {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly {
    readonly person: string;
    readonly box: readonly [number, number, number, number];
  }[];
}

/** The people of the portraits, in the order of their list; none where there are no portraits. */
export function people(): readonly string[] {
  if (!hasFaces) return [];
  const list = JSON.parse(readFileSync(join(FACES, "people.json"), "utf8")) as { person: string }[];
  return list.map((one) => one.person);
}

export function selfieOf(person: string): string {
  return join(FACES, "neutral", `${person}.jpg`);
}

/** Composes event photos with known answers into `out`; the same options make the same photos. */
export async function composeEvent(
  out: string,
  options: Readonly<Record<string, string | number>>,
): Promise<readonly TruePhoto[]> {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await promisify(execFile)(process.execPath, [COMPOSER, "--faces", FACES, "--out", out, ...args], {
    cwd: PROJECT,
  });
  return JSON.parse(readFileSync(join(out, "truth.json"), "utf8")) as TruePhoto[];
}
