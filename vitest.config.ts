import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src", "web", "test", "bench", "tools"].map((folder) => `${folder}/**/*.test.ts`),
    globalSetup: ["test/support/database-server.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
