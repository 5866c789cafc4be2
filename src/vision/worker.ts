import { serveTasks, wipe, type Landmarks } from "../core/index.ts";
import { prepareDecoderProcess, readTakenAt } from "../pictures/index.ts";
import { decodeChip } from "./chip.ts";
import { embedChip } from "./embed.ts";
import { cutChipsInFile, findFacesInFile, type FindOptions, type FoundFaces } from "./find-faces.ts";
import { checkAnswer, type LivenessAnswer, type LivenessResult } from "./liveness/check.ts";
import { judgeFrameOf, type FrameJudgement } from "./liveness/look.ts";
import type { Prompt } from "./liveness/prompts.ts";
import type { Manifest } from "./manifest.ts";
import { loadModelPack } from "./model-pack.ts";
import { openNetworks, type Networks } from "./networks.ts";
import { templatesOfFile, type SelfieTemplates } from "./selfie.ts";

/** What a process of the pool does. It is given paths and decodes itself: sending 3.7 MB of pixels took 11 ms. */
export type VisionTasks = {
  loadNetworks: { input: null; output: null };
  takenAt: { input: { path: string }; output: string | null };
  findFaces: { input: { path: string } & FindOptions; output: FoundFaces };
  cutChips: { input: { path: string; faces: readonly Landmarks[] }; output: readonly Uint8Array[] };
  embedChips: { input: { chips: readonly Uint8Array[] }; output: readonly Float32Array[] };
  templatesOf: { input: { path: string }; output: SelfieTemplates };
  judgeFrame: { input: { picture: string | Uint8Array; prompt: Prompt }; output: FrameJudgement };
  checkLiveness: { input: LivenessAnswer; output: LivenessResult };
};

const [packFolder = ""] = process.argv.slice(2);

let opened: Promise<{ manifest: Manifest; networks: Networks }> | undefined;

/** Opened by the first task, so that a broken pack is that task's error and not a process that dies at its start. */
function models(): Promise<{ manifest: Manifest; networks: Networks }> {
  opened ??= loadModelPack(packFolder).then(async ({ pack: { manifest }, networks }) => ({
    manifest,
    networks: await openNetworks(manifest, networks),
  }));
  return opened;
}

prepareDecoderProcess();

/**
 * Answers travel to the parent by copy; this process's own embeddings and chips are overwritten afterwards. The copy
 * is made when `send` is called, which is after the handler's promise is settled and before the next turn of the loop.
 */
function overwriteAfterSending(buffers: readonly (Uint8Array | Float32Array | null)[]): void {
  setImmediate(() => wipe(...buffers.filter((buffer) => buffer !== null)));
}

serveTasks<VisionTasks>({
  async loadNetworks() {
    await models();
    return null;
  },
  takenAt: ({ path }) => readTakenAt(path),
  async findFaces({ path, ...options }) {
    const { manifest, networks } = await models();
    const found = await findFacesInFile(networks, manifest, path, options);
    overwriteAfterSending(found.faces.flatMap(({ embedding, chip }) => [embedding, chip]));
    return found;
  },
  async cutChips({ path, faces }) {
    const chips = await cutChipsInFile(path, faces);
    overwriteAfterSending(chips);
    return chips;
  },
  async embedChips({ chips }) {
    const { networks } = await models();
    const embeddings: Float32Array[] = [];
    for (const jpeg of chips) {
      const chip = await decodeChip(jpeg);
      embeddings.push((await embedChip(networks.embedder, chip)).vector);
      wipe(chip, jpeg);
    }
    overwriteAfterSending(embeddings);
    return embeddings;
  },
  async templatesOf({ path }) {
    const { manifest, networks } = await models();
    const templates = await templatesOfFile(networks, manifest, path);
    overwriteAfterSending(templates.embeddings);
    return templates;
  },
  async judgeFrame({ picture, prompt }) {
    const { manifest, networks } = await models();
    try {
      return await judgeFrameOf(networks, manifest, picture, prompt);
    } finally {
      if (typeof picture !== "string") wipe(picture);
    }
  },
  async checkLiveness(answer) {
    const { manifest, networks } = await models();
    const result = await checkAnswer(networks, manifest, answer);
    if (result.passed) overwriteAfterSending(result.embeddings);
    return result;
  },
});
