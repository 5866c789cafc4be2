export { CHIP_SIDE } from "./align.ts";
export { cosine } from "./embed.ts";
export type { FindOptions, FoundFace, FoundFaces, Timings } from "./find-faces.ts";
export { loadModelPack, type Manifest, type ModelPack } from "./model-pack.ts";
export { createVisionPool, DEFAULT_PACK, type VisionPool, type VisionPoolOptions } from "./pool.ts";
export type { Quality } from "./quality.ts";
export type { SelfieProblem, SelfieTemplates } from "./selfie.ts";
