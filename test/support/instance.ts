import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openInstance, readConfiguration, type Configuration, type Instance } from "../../src/app/index.ts";
import type { Clock } from "../../src/core/index.ts";
import { testDatabase, type TestDatabase } from "./database.ts";

export interface TestInstance {
  readonly instance: Instance;
  readonly configuration: Configuration;
  readonly database: TestDatabase;
  /** A folder of the test's own, removed at the end; the data folder is in it. */
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * A real instance in a temporary folder, on a database of its own on the run's server. `clock` may be made for the address
 * of that database, before the instance opens it.
 */
export async function testInstance(
  options: { clock?: Clock | ((url: string) => Promise<Clock>) } = {},
): Promise<TestInstance> {
  const database = await testDatabase();
  const clock = typeof options.clock === "function" ? await options.clock(database.url) : options.clock;
  const folder = await mkdtemp(join(tmpdir(), "assent-instance-"));
  await chmod(folder, 0o711);
  const configuration: Configuration = {
    ...readConfiguration({
      ASSENT_DATA: join(folder, "data"),
      DATABASE_URL: database.url,
      ASSENT_LIBRARIES: join(folder, "libraries"),
    }),
    actor: "a tester",
  };
  const instance = await openInstance(configuration, clock ? { clock } : {});
  return {
    instance,
    configuration,
    database,
    folder,
    async close() {
      await instance.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An environment in which the command line works on a test's instance. */
export function environmentOf(test: Pick<TestInstance, "database" | "folder">): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ASSENT_DATA: join(test.folder, "data"),
    DATABASE_URL: test.database.url,
    ASSENT_ACTOR: "a tester",
    ASSENT_LIBRARIES: join(test.folder, "libraries"),
    // Several tests may serve at once.
    ASSENT_PORT: "0",
  };
}
