import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AssentError } from "../core/index.ts";
import type { Manifest } from "./manifest.ts";

/** Name of the manifest in a pack's folder. */
const MANIFEST = "pack.json";

/** What others need to know of a pack: templates of packs with different ids are never compared. */
export interface ModelPack {
  readonly id: string;
  /** Numbers in an embedding. */
  readonly dimension: number;
  readonly manifest: Manifest;
}

/** The verified bytes of the three networks, so that what was checked is what is run. */
export interface NetworkFiles {
  readonly detector: Uint8Array;
  readonly confirmer: Uint8Array;
  readonly embedder: Uint8Array;
}

/**
 * Reads a pack's manifest and networks and checks each file's SHA-256 before anything of it is run.
 * Error `model-pack`: the file that is missing, malformed or altered, and what to do.
 */
export async function loadModelPack(
  folder: string,
): Promise<{ readonly pack: ModelPack; readonly networks: NetworkFiles }> {
  const manifest = await readManifest(folder);
  const load = async (model: { readonly file: string; readonly sha256: string }): Promise<Uint8Array> => {
    const bytes = await readFile(join(folder, model.file)).catch((error: unknown) => {
      throw wrong(`${model.file} cannot be read`, error);
    });
    const found = createHash("sha256").update(bytes).digest("hex");
    if (found !== model.sha256) {
      throw wrong(
        `${model.file} is not the file that ${MANIFEST} names: its SHA-256 is ${found}, not ${model.sha256}`,
      );
    }
    return bytes;
  };
  const [detector, confirmer, embedder] = await Promise.all([
    load(manifest.detector),
    load(manifest.confirmer),
    load(manifest.embedder),
  ]);
  return {
    pack: { id: manifest.id, dimension: manifest.embedder.dimension, manifest },
    networks: { detector, confirmer, embedder },
  };
}

async function readManifest(folder: string): Promise<Manifest> {
  const source = await readFile(join(folder, MANIFEST), "utf8").catch((error: unknown) => {
    throw wrong(`${MANIFEST} cannot be read`, error);
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(source);
  } catch (error) {
    throw wrong(`${MANIFEST} is no JSON`, error);
  }
  // Every command loads this file, and few look at a pack.
  const { checkManifest } = await import("./manifest.ts");
  const manifest = checkManifest(parsed);
  if ("wrong" in manifest) throw wrong(`${MANIFEST} is ${manifest.wrong}`);
  return manifest;
}

function wrong(what: string, cause?: unknown): AssentError {
  return new AssentError("model-pack", `the model pack cannot be used: ${what}`, {
    remedy:
      "Restore the pack's folder from the release it came from, or name another pack in the configuration.",
    cause,
  });
}
