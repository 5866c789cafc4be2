import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

export interface Tensor {
  dispose(): void;
}

interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
  env(): { getAsync(flag: string): Promise<unknown> };
  tensor(data: Uint8Array, shape: readonly number[], type: "int32"): Tensor;
  io: { registerLoadRouter(router: (url: unknown) => { load(): Promise<unknown> } | null): void };
}

/** Where the backend's WebAssembly files are; it wants the folder with a slash at its end. */
export const WASM_FOLDER = `${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`;

/** Models as files: TensorFlow.js has this built in for its native backend only. */
async function loadGraphModel(path: string): Promise<unknown> {
  const model = JSON.parse(await readFile(path, "utf8")) as {
    modelTopology: unknown;
    format?: string;
    signature?: unknown;
    weightsManifest: { paths: string[]; weights: unknown[] }[];
  };
  const { weightsManifest, ...rest } = model;
  const files = await Promise.all(
    weightsManifest.flatMap((group) => group.paths).map((name) => readFile(join(dirname(path), name))),
  );
  const weights = new Uint8Array(Buffer.concat(files));
  return {
    ...rest,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer,
  };
}

/** TensorFlow.js on its WebAssembly backend with SIMD; it supports threads in browsers only. */
export async function startTensorFlow(): Promise<TensorFlow> {
  const tf = require("@tensorflow/tfjs") as TensorFlow;
  const wasm = require("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(folder: string): void };
  wasm.setWasmPaths(WASM_FOLDER);
  tf.io.registerLoadRouter((url) =>
    typeof url === "string" && url.startsWith("file://")
      ? { load: () => loadGraphModel(url.slice(7)) }
      : null,
  );
  await tf.setBackend("wasm");
  await tf.ready();
  if (tf.getBackend() !== "wasm" || (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) !== true) {
    throw new Error(
      "TensorFlow.js did not start its WebAssembly backend with SIMD, so the figures would be unfair",
    );
  }
  return tf;
}
