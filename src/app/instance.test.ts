import { hostname } from "node:os";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testDatabase } from "../../test/support/database.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { scene } from "../../test/support/scene.ts";
import { isId, processMark, systemClock } from "../core/index.ts";
import { openInstance, whileServing } from "./index.ts";

let test_: TestInstance;
beforeEach(async () => {
  test_ = await testInstance();
});
afterEach(() => test_.close());

const dataFolder = (): string => test_.configuration.dataFolder;

describe("an instance", () => {
  test("is made at its first start, and is the same at the next and beside itself", async () => {
    expect(isId(test_.instance.id)).toBe(true);
    const beside = await openInstance(test_.configuration);
    expect(beside.id).toBe(test_.instance.id);
    await beside.close();
    await test_.instance.db.selectFrom("instance").selectAll().execute();
  });

  test("is refused where the database belongs to another data folder", async () => {
    const configuration = { ...test_.configuration, dataFolder: join(test_.folder, "another") };
    const other = openInstance({
      ...configuration,
      kek: { kind: "file", path: join(configuration.dataFolder, "keys/kek") },
    });
    await expect(other).rejects.toMatchObject({
      code: "instance-mismatch",
      remedy: expect.stringContaining("ASSENT_DATA") as string,
    });
  });

  test("is refused where the data folder belongs to another database, also to an empty one", async () => {
    const here = scene(test_.instance.db, test_.instance.keys, systemClock);
    const collection = await here.collection();
    const empty = await testDatabase();
    const stranger = await testInstance();
    // What a killed process leaves: its mark. The next start would remove what no row names.
    await test_.instance.close();
    const host = processMark().split(".")[0];
    await writeFile(join(dataFolder(), "running", `${host}.999999999.gone`), "");
    try {
      for (const database of [empty, stranger.database]) {
        const other = openInstance({ ...test_.configuration, database: { kind: "url", url: database.url } });
        await expect(other).rejects.toMatchObject({
          code: "instance-mismatch",
          remedy: expect.stringContaining("DATABASE_URL") as string,
        });
      }
    } finally {
      await empty.close();
      await stranger.close();
    }
    const again = await openInstance(test_.configuration);
    expect(await again.keys.has({ kind: "chips", id: collection.id })).toBe(true);
    await again.close();
  });

  test("is refused where its keys are gone", async () => {
    await test_.instance.close();
    await rm(join(dataFolder(), "keys"), { recursive: true });
    await expect(openInstance(test_.configuration)).rejects.toMatchObject({ code: "instance-mismatch" });
  });

  test("whose data folder cannot be made is a storage failure that names the folder", async () => {
    const file = join(test_.folder, "a-file");
    await writeFile(file, "");
    const impossible = openInstance({ ...test_.configuration, dataFolder: join(file, "data") });
    await expect(impossible).rejects.toMatchObject({
      code: "storage-failed",
      message: expect.stringContaining(join(file, "data")) as string,
    });
  });

  test("announces its process while it is open", async () => {
    const running = (): Promise<readonly string[]> => readdir(join(dataFolder(), "running"));
    expect(await running()).toEqual([processMark()]);
    await test_.instance.close();
    expect(await running()).toEqual([]);
  });
});

describe("what a killed process left between a file and its row", () => {
  const orphan = async (): Promise<string> =>
    test_.instance.blobs.put("originals", new TextEncoder().encode("of an import that was killed"));
  const marked = async (mark: string): Promise<void> => {
    await mkdir(join(dataFolder(), "running"), { recursive: true });
    await writeFile(join(dataFolder(), "running", mark), "");
  };
  const there = async (ref: string): Promise<boolean> => {
    for await (const blob of test_.instance.blobs.list("originals")) if (blob.ref === ref) return true;
    return false;
  };
  const gone = (): string => `${processMark().split(".")[0]}.999999999.gone`;

  test("is removed by the next start, once nobody else is there", async () => {
    const ref = await orphan();
    await test_.instance.close();
    await marked(gone());
    const next = await openInstance(test_.configuration);
    expect(await there(ref)).toBe(false);
    expect(await readdir(join(dataFolder(), "running"))).toEqual([processMark()]);
    await next.close();
  });

  test("is left alone while another process has the instance open, and where nobody was killed", async () => {
    const ref = await orphan();
    await test_.instance.close();
    // The parent of this process is another living one.
    const [host] = processMark().split(".");
    await marked(gone());
    await marked(`${host}.${process.ppid}.`);
    const beside = await openInstance(test_.configuration);
    expect(await there(ref)).toBe(true);
    await beside.close();
    await rm(join(dataFolder(), "running"), { recursive: true });
    const alone = await openInstance(test_.configuration);
    expect(await there(ref)).toBe(true);
    await alone.close();
  });
});

describe("serving an instance", () => {
  test("is for one process at a time, and the one refused is told which", async () => {
    let second: unknown;
    await whileServing(test_.configuration, async () => {
      second = await whileServing(test_.configuration, () => Promise.resolve()).catch(
        (error: unknown) => error,
      );
      // Others may have it open meanwhile.
      await (await openInstance(test_.configuration)).close();
    });
    expect(second).toMatchObject({
      code: "instance-busy",
      message: `process ${process.pid} on ${hostname().slice(0, 30)} already serves this instance`,
    });
    let served = false;
    await whileServing(test_.configuration, () => {
      served = true;
      return Promise.resolve();
    });
    expect(served).toBe(true);
  });

  test("ends with its work, whatever ends that", async () => {
    const failing = whileServing(test_.configuration, () => Promise.reject(new Error("a defect")));
    await expect(failing).rejects.toThrow("a defect");
    await whileServing(test_.configuration, () => Promise.resolve());
  });
});

test("the folder says of which instance it is", async () => {
  expect(await readFile(join(dataFolder(), "instance"), "utf8")).toBe(`${test_.instance.id}\n`);
});
