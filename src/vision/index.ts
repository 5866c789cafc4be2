export { cosine } from "./embed.ts";
export type { FoundFace, FoundFaces } from "./find-faces.ts";
export { loadModelPack } from "./model-pack.ts";
export { createVisionPool, DEFAULT_PACK, type VisionPool } from "./pool.ts";
export type { SelfieProblem } from "./selfie.ts";
