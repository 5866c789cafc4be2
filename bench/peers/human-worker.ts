import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { serveTasks } from "../../src/core/index.ts";
import type { PeerTasks } from "./protocol.ts";
import { readTiles, type FaceFinder } from "./read-tiles.ts";
import { startTensorFlow, WASM_FOLDER, type Tensor } from "./tensorflow.ts";

const require = createRequire(import.meta.url);

interface Human {
  load(): Promise<void>;
  detect(
    input: Tensor,
  ): Promise<{ error: string | null; face: { box: number[]; score: number; embedding?: number[] }[] }>;
}

const OFF = { enabled: false };

/** Detection and descriptors, and nothing else; no result is taken over from the photo before. */
const CONFIGURATION = {
  backend: "wasm",
  debug: false,
  cacheSensitivity: 0,
  skipAllowed: false,
  filter: OFF,
  gesture: OFF,
  body: OFF,
  hand: OFF,
  object: OFF,
  segmentation: OFF,
  face: {
    enabled: true,
    // `blazeface.json` is BlazeFace-back; its input is 256 pixels, whatever the picture. Rotation makes the descriptors
    // better and measured no slower.
    detector: { modelPath: "blazeface.json", rotation: true, maxDetected: 100, skipFrames: 0, skipTime: 0 },
    description: { enabled: true, skipFrames: 0, skipTime: 0 },
    mesh: OFF,
    iris: OFF,
    emotion: OFF,
    antispoof: OFF,
    liveness: OFF,
  },
};

async function start(): Promise<FaceFinder> {
  const tf = await startTensorFlow();
  const dist = dirname(require.resolve("@vladmandic/human"));
  const { Human } = require(join(dist, "human.node-wasm.js")) as {
    Human: new (configuration: unknown) => Human;
  };
  const human = new Human({
    ...CONFIGURATION,
    wasmPath: WASM_FOLDER,
    modelBasePath: `file://${join(dist, "..", "models")}/`,
  });
  await human.load();
  return async ({ data, width, height }) => {
    const input = tf.tensor(data, [height, width, 3], "int32");
    try {
      const { error, face } = await human.detect(input);
      if (error) throw new Error(`human: ${error}`);
      return face.map(({ box: [x = 0, y = 0, w = 0, h = 0], score, embedding }) => {
        if (!embedding?.length) throw new Error("human gave a face without a descriptor");
        return { box: { x, y, w, h }, score };
      });
    } finally {
      input.dispose();
    }
  };
}

const ready = start();

serveTasks<PeerTasks>({
  photo: async ({ file, reading }) => readTiles(file, reading, await ready),
});
