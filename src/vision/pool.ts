import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { createProcessPool, type Landmarks, type ProcessPool } from "../core/index.ts";
import type { FindOptions, FoundFaces } from "./find-faces.ts";
import type { LivenessAnswer, LivenessResult } from "./liveness/check.ts";
import type { FrameJudgement } from "./liveness/look.ts";
import type { Prompt } from "./liveness/prompts.ts";
import { loadModelPack, type ModelPack } from "./model-pack.ts";
import type { SelfieTemplates } from "./selfie.ts";
import type { VisionTasks } from "./worker.ts";

/** The pack that ships with the project. */
export const DEFAULT_PACK = fileURLToPath(new URL("../../models/default", import.meta.url));

/**
 * Milliseconds for one picture. One of 50 megapixels took 4.4 s of a processor (and 650 MB); the largest allowed has four
 * times as many, and the machine may be busy.
 */
const TIME_LIMIT_MS = 120_000;

/** Chips embedded by one task, so that a rescan is spread over the processes and none runs into the time limit. */
const CHIPS_PER_TASK = 32;

export interface VisionPoolOptions {
  /** Folder of a model pack; the one that ships with the project unless given. */
  readonly packFolder?: string;
  /** Processes; one per core unless given. */
  readonly processes?: number;
  readonly timeLimitMs?: number;
}

/**
 * Processes beside those of `processes`, for the frames of cameras alone: a frame is worth nothing a second later, while
 * a picture of an import takes a process for a second or more. It starts with the first frame.
 */
const CAMERA_PROCESSES = 1;

/**
 * Finds and embeds faces in separate processes. Calls may be made concurrently; as many run at once as there are
 * processes. What a newcomer waits for goes before imports: frames of a camera have a process of their own, and
 * selfies and chips go before pictures. Nothing is retried.
 *
 * Errors: `unreadable-picture`, `unsupported-picture` (pictures), `worker-failed` (the picture ended its process or
 * took too long: that picture alone is lost), `interrupted` (the pool was closed), `model-pack`.
 */
export interface VisionPool {
  readonly pack: ModelPack;
  readonly size: number;
  /** The faces of a picture file. The caller overwrites the embeddings after use. */
  findFaces(path: string, options: FindOptions): Promise<FoundFaces>;
  /** When a picture file says it was taken, as `findFaces` tells it; nothing is decoded, and no network loaded. */
  takenAt(path: string): Promise<string | null>;
  /** The chips of faces that `findFaces` found in a picture file, in their order. `ahead`: somebody waits for them. */
  cutChips(
    path: string,
    faces: readonly Landmarks[],
    options: { readonly ahead: boolean },
  ): Promise<readonly Uint8Array[]>;
  /** Embeds chips made by `findFaces`, in their order. */
  embedChips(chips: readonly Uint8Array[]): Promise<readonly Float32Array[]>;
  /** Judges a selfie and makes its templates; a poor selfie is a `problem`, not an error. */
  templatesOf(path: string): Promise<SelfieTemplates>;
  /** Judges one small frame of a camera, not mirrored, for guidance while a prompt is shown. */
  judgeFrame(picture: string | Uint8Array, prompt: Prompt): Promise<FrameJudgement>;
  /**
   * Judges the answer to a challenge and, if it passed, makes the templates of its best straight frame. Further error:
   * `bad-input`. The processes overwrite their copies; the caller overwrites its frames, and the embeddings after use.
   */
  checkLiveness(answer: LivenessAnswer): Promise<LivenessResult>;
  /** Loads the networks into every process, so that nobody waits for them. Error: `model-pack`. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/** Checks the pack (error `model-pack`) and prepares the pool; processes start with the first tasks. */
export async function createVisionPool(options: VisionPoolOptions = {}): Promise<VisionPool> {
  const folder = options.packFolder ?? DEFAULT_PACK;
  const { pack } = await loadModelPack(folder);
  const processes = (size: number): ProcessPool<VisionTasks> =>
    createProcessPool<VisionTasks>({
      module: fileURLToPath(new URL("worker.ts", import.meta.url)),
      size,
      timeLimitMs: options.timeLimitMs ?? TIME_LIMIT_MS,
      args: [folder],
    });
  const pool = processes(options.processes ?? availableParallelism());
  const camera = processes(CAMERA_PROCESSES);
  return {
    pack,
    size: pool.size,
    findFaces: (path, options) => pool.run("findFaces", { path, ...options }),
    takenAt: (path) => pool.run("takenAt", { path }),
    cutChips: (path, faces, options) => pool.run("cutChips", { path, faces }, options),
    async embedChips(chips) {
      const starts = Array.from(
        { length: Math.ceil(chips.length / CHIPS_PER_TASK) },
        (_, n) => n * CHIPS_PER_TASK,
      );
      const parts = await Promise.all(
        starts.map((start) =>
          pool.run("embedChips", { chips: chips.slice(start, start + CHIPS_PER_TASK) }, { ahead: true }),
        ),
      );
      return parts.flat();
    },
    templatesOf: (path) => pool.run("templatesOf", { path }, { ahead: true }),
    judgeFrame: (picture, prompt) => camera.run("judgeFrame", { picture, prompt }),
    checkLiveness: (answer) => camera.run("checkLiveness", answer),
    async warmUp() {
      const all = [pool, camera].flatMap((one) => Array.from({ length: one.size }, () => one));
      await Promise.all(all.map((one) => one.run("loadNetworks", null)));
    },
    async close() {
      await Promise.all([pool.close(), camera.close()]);
    },
  };
}
