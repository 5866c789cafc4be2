import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cardPhoto } from "../test/support/cards.ts";
import { environmentOf, testInstance } from "../test/support/instance.ts";
import { buildPages } from "../tools/build-pages.ts";
import { load } from "./load-run.ts";

/** The benchmark `load`, small: what it shows is that nothing fails, not how fast it is. */
test("people and editors open their pages while photos come in, and every answer is good", async () => {
  const own = await testInstance();
  // The processes below are the instance's only ones.
  await own.instance.close();
  try {
    const set = join(own.folder, "set");
    await mkdir(set);
    const sources = await Promise.all(
      (["ann", "ben"] as const).map(async (head) => {
        const path = join(set, `${head}.jpg`);
        await writeFile(path, await cardPhoto({ people: [{ head, at: [400, 250] }] }));
        return path;
      }),
    );
    await buildPages({ onlyIfNeeded: true });
    const { errors, imported, times } = await load({
      environment: environmentOf(own) as Record<string, string>,
      folder: own.folder,
      sources,
      photos: 30,
      people: 10,
      editors: 2,
      think: { people: 1, editors: 0.5 },
      seconds: 600,
    });
    expect(errors).toEqual([]);
    expect(imported).toEqual({ photos: 30, finished: true });
    expect([...times.keys()].filter((route) => route.endsWith("/picture")).length).toBe(2);
    expect(Math.min(...[...times.values()].map((all) => all.length))).toBeGreaterThan(0);
    expect(times.size).toBe(12);
  } finally {
    await own.database.close();
    await rm(own.folder, { recursive: true, force: true });
  }
}, 180_000);
