import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What starts processes, browsers and servers of its own takes longest, and begins first: nothing long is left for the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = (file: TestSpecification): boolean =>
      /\/test\/|pages\.test|\/http\/|bench\/load|hidden-faces|crash/.test(file.moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ["src", "web", "test", "bench", "tools"].map((folder) => `${folder}/**/*.test.ts`),
    globalSetup: ["test/support/database-server.ts"],
    pool: "forks",
    // Half a second of each file went into a process of its own; no test leaves anything behind in the one that it shares.
    isolate: false,
    // One more than the cores of the machine that this is reckoned for: a third of the time goes into waiting.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
  },
});
