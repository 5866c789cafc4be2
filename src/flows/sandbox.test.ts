import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { makeCollection } from "../../test/support/order.ts";
import { openReceiver, type Receiver } from "../../test/support/receiver.ts";
import { scene } from "../../test/support/scene.ts";
import { testServer } from "../http/test-server.testing.ts";
import { createPost } from "../webhooks/index.ts";
import { deliverWebhooks } from "./deliver-webhooks.ts";
import { addWebhook, isSandbox, makeSandbox, withdrawMadeUp } from "./index.ts";

let test_: TestInstance;
let receiver: Receiver;
let exports: string;
let made: Awaited<ReturnType<typeof makeSandbox>>;
beforeAll(async () => {
  test_ = await testInstance();
  exports = join(test_.folder, "exports");
  made = await makeSandbox(test_.instance, { exports });
  receiver = await openReceiver();
});
afterAll(async () => {
  await receiver.close();
  await test_.close();
});

describe("a sandbox", () => {
  test("has made-up people in published drawings, and tells an integrator when one of them changes their mind", async () => {
    const { instance } = test_;
    expect(made).toMatchObject({ pictures: 5, before: false });
    expect(made.people).toHaveLength(5);
    expect(await isSandbox(instance.db)).toBe(true);
    const folder = join(exports, made.collection, "sandbox/photos");
    expect(await readdir(folder)).toHaveLength(5);
    // Started again, nothing is made twice.
    expect(await makeSandbox(instance, { exports })).toEqual({ ...made, before: true });

    await addWebhook(instance, {
      collection: null,
      url: receiver.url,
      kinds: ["rendition.suspended"],
      allowPrivate: true,
      by: { account: null, apiKey: null, name: "an integrator" },
    });
    const hiddenOf = async () => {
      let skins = 0;
      for (const file of await readdir(folder)) skins += await facesShown(await readFile(join(folder, file)));
      return skins;
    };
    const shown = await hiddenOf();
    expect(shown).toBe(14);
    const gone = await withdrawMadeUp(instance);
    await deliverWebhooks(instance, { post: createPost(), heardBy: () => Promise.resolve(() => true) });
    const [said] = receiver.received.map((one) => JSON.parse(one.body) as { data: { count: number } });
    expect(said).toMatchObject({ type: "rendition.suspended", data: { count: gone.pictures } });
    expect(await hiddenOf()).toBe(shown - gone.pictures);
    for (let i = 0; i < 4; i++) await withdrawMadeUp(instance);
    await expect(withdrawMadeUp(instance)).rejects.toMatchObject({ code: "refused" });
    expect(await hiddenOf()).toBe(0);
    // A start does not bring them back.
    await makeSandbox(instance, { exports });
    expect(await hiddenOf()).toBe(0);
  });

  test("says what it is on each page and each answer, and stays it", async () => {
    const { instance } = test_;
    const webFolder = join(test_.folder, "web");
    for (const name of ["person", "staff"]) {
      await mkdir(join(webFolder, name), { recursive: true });
      const html = `<!doctype html><html><head><title>${name}</title></head><body><div id="page"></div></body></html>`;
      await writeFile(join(webFolder, name, "index.html"), html);
    }
    const server = await testServer(instance, { webFolder });
    try {
      for (const path of ["/", "/staff", "/verify"]) {
        const page = await server.ask("GET", path);
        expect(page.headers["x-assent-sandbox"]).toBe("true");
        expect(page.body).toMatch(
          /<body><aside class="assent-sandbox".*made-up people.*<\/aside><div id="page">/,
        );
        expect(page.body).toContain('<link rel="stylesheet" href="/sandbox.css"></head>');
      }
      expect((await server.ask("GET", "/sandbox.css")).body).toContain(".assent-sandbox");
      expect((await server.ask("GET", "/api/v1/settings")).headers["x-assent-sandbox"]).toBe("true");
    } finally {
      await server.close();
    }
    const back = instance.db.updateTable("instance").set({ sandbox: false }).execute();
    await expect(back).rejects.toMatchObject({ code: "23514" });
  });

  test("looks for nobody: no collection may, and the database takes no template", async () => {
    const { instance } = test_;
    await expect(makeCollection(instance, "faces")).rejects.toMatchObject({ code: "refused" });
    await expect(sql`insert into template default values`.execute(instance.db)).rejects.toMatchObject({
      code: "23514",
    });
  });
});

test("no instance with anybody in it becomes a sandbox, and in none does anybody withdraw for somebody else", async () => {
  const real = await testInstance();
  try {
    const { instance } = real;
    await makeCollection(instance, "real", { matching: "off" });
    await expect(makeSandbox(instance, { exports })).rejects.toMatchObject({ code: "refused" });
    await scene(instance.db, instance.keys, instance.clock).person();
    const forced = instance.db.updateTable("instance").set({ sandbox: true }).execute();
    await expect(forced).rejects.toMatchObject({ code: "23514" });
    expect(await isSandbox(instance.db)).toBe(false);
    await expect(withdrawMadeUp(instance)).rejects.toMatchObject({ code: "refused" });
    const server = await testServer(instance);
    const page = await server.ask("GET", "/");
    expect(page.headers["x-assent-sandbox"]).toBeUndefined();
    await server.close();
  } finally {
    await real.close();
  }
});

/** How many mouths of the drawing are to be seen: they have a colour that nothing else has. */
async function facesShown(jpeg: Buffer): Promise<number> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const row = 250 + 70 + 34;
  let mouths = 0;
  let run = 0;
  for (let x = 0; x < info.width; x++) {
    const at = (row * info.width + x) * info.channels;
    const [r = 0, g = 0, b = 0] = data.subarray(at, at + 3);
    const red = Math.abs(r - 150) < 25 && Math.abs(g - 60) < 25 && Math.abs(b - 60) < 25;
    run = red ? run + 1 : 0;
    // Longer than an edge between two other colours.
    if (run === 20) mouths++;
  }
  return mouths;
}
