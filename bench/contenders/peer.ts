import { fileURLToPath } from "node:url";
import { createProcessPool, type Box } from "../../src/core/index.ts";
import type { PeerTasks, Reading } from "../peers/protocol.ts";
import type { Contender } from "./contender.ts";

const WORKERS = {
  human: new URL("../peers/human-worker.ts", import.meta.url),
  "face-api": new URL("../peers/face-api-worker.ts", import.meta.url),
};

const TIME_LIMIT_MS = 10 * 60_000;

/** A peer in a pool of processes like Assent's own: each decodes and looks through whole photos by itself. */
export async function startPeer(
  name: keyof typeof WORKERS,
  reading: Reading,
  processes: number,
): Promise<Contender> {
  const pool = createProcessPool<PeerTasks>({
    module: fileURLToPath(WORKERS[name]),
    size: processes,
    timeLimitMs: TIME_LIMIT_MS,
  });
  const found = new Map<string, readonly Box[]>();
  return {
    otherProcesses: [],
    async work(files) {
      const steps = { decode: 0, models: 0 };
      await Promise.all(
        files.map(async (file) => {
          const answer = await pool.run("photo", { file, reading });
          steps.decode += answer.decodeMs;
          steps.models += answer.modelMs;
          found.set(
            file,
            answer.faces.map((face) => face.box),
          );
        }),
      );
      return steps;
    },
    found: async (file) => found.get(file) ?? [],
    close: () => pool.close(),
  };
}
