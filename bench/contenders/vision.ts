import { wipe, type Box } from "../../src/core/index.ts";
import { createVisionPool } from "../../src/vision/index.ts";
import type { Contender } from "./contender.ts";

/** Assent's pool of vision processes alone: decode, detect, align, embed; nothing stored, nobody searched for. */
export async function startVision(processes: number): Promise<Contender> {
  const pool = await createVisionPool({ processes });
  const found = new Map<string, readonly Box[]>();
  return {
    otherProcesses: [],
    async work(files) {
      const steps = { decode: 0, detect: 0, align: 0, embed: 0 };
      await Promise.all(
        files.map(async (file) => {
          const { faces, timings } = await pool.findFaces(file, { embed: true, chips: false });
          for (const step of ["decode", "detect", "align", "embed"] as const) steps[step] += timings[step];
          found.set(
            file,
            faces.filter((face) => face.detection === "certain").map((face) => face.box),
          );
          for (const { embedding } of faces) if (embedding) wipe(embedding);
        }),
      );
      return steps;
    },
    found: async (file) => found.get(file) ?? [],
    close: () => pool.close(),
  };
}
