import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AssentProblem, assentClient } from "assent/client";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey, renditionOf } from "../src/http/api/ask.testing.ts";
import { staffServer, type StaffServer } from "../src/http/staff/staff-server.testing.ts";
import { addWebhook, deliverWebhooks, hideMe, testWebhook } from "../src/flows/index.ts";
import { createPost } from "../src/webhooks/index.ts";
import { colouredPicture } from "./support/coloured.ts";
import { boxAt, scene } from "./support/scene.ts";

const EXAMPLE = join(import.meta.dirname, "../docs/example/gallery.ts");

/** One that nobody listens on: it is let go before it is used. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

let here: StaffServer;
let folder: string;
beforeAll(async () => {
  here = await staffServer();
  folder = await mkdtemp(join(tmpdir(), "assent-example-"));
});
afterAll(async () => {
  await here.close();
  await rm(folder, { recursive: true, force: true });
});

/** As its first lines say: node, the file, and what it is given. */
async function run(key: string, collection: string): Promise<string> {
  const environment = { ...process.env, ASSENT: here.address, ASSENT_KEY: key };
  const args = [EXAMPLE, collection, "website", join(folder, "gallery")];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
  return stdout;
}

test("the example of docs/example runs as it is written: the folder holds what may be shown now, and invitations are made once", async () => {
  const { db, keys, clock } = here.test.instance;
  const collection = await here.collection("The fête");
  const bytes = await readFile(new URL("../src/pictures/fixtures/corners.heic", import.meta.url));
  const shown = [];
  for (let i = 0; i < 3; i++) {
    const photo = (await scene(db, keys, clock).photo(collection, [boxAt(300)])).id;
    const made = await renditionOf(here, { collection, photo, bytes });
    await made.publish();
    shown.push(made.id);
  }
  // The scopes are those that the example's own first lines name.
  const text = await readFile(EXAMPLE, "utf8");
  const [, named = ""] = /needs the scopes ([a-z, -]+)\./.exec(text) ?? [];
  const scopes = named.split(/, | and /);
  expect(scopes).toHaveLength(3);
  const { key } = await makeKey(here, scopes, { collection });

  const first = await run(key, "The fête");
  expect(first).toMatch(/^3 pictures came, 0 went\.\n(https:\/\/photos\.example\.org\/join#\S+\n){3}$/);
  const files = await readdir(join(folder, "gallery"));
  expect(files).toHaveLength(3);
  expect((await readFile(join(folder, "gallery", files[0] ?? ""))).equals(bytes)).toBe(true);

  await db
    .updateTable("rendition")
    .set({ state: "suspended" })
    .where("id", "=", shown[0] ?? "")
    .execute();
  const second = await run(key, "The fête");
  expect(second).toBe(first.replace("3 pictures came, 0 went", "0 pictures came, 1 went"));
  expect(await readdir(join(folder, "gallery"))).toHaveLength(2);
});

/** The scopes that an example's own first lines name. */
async function keyFor(example: string): Promise<string> {
  const [, named = ""] =
    /needs the scopes ([a-z, -]+)\./.exec(await readFile(exampleFile(example), "utf8")) ?? [];
  return (await makeKey(here, named.split(/, | and /))).key;
}
const exampleFile = (name: string) => join(import.meta.dirname, "../docs/example", name);

test("the example that sends photos in runs as it is written, and again without taking any twice", async () => {
  const photos = join(folder, "photos");
  await mkdir(photos);
  for (const count of [1, 2]) await writeFile(join(photos, `${count}.jpg`), await colouredPicture(count));
  await writeFile(join(photos, "notes.txt"), "not a picture");
  const environment = { ...process.env, ASSENT: here.address, ASSENT_KEY: await keyFor("send-photos.ts") };
  const send = () =>
    promisify(execFile)(process.execPath, [exampleFile("send-photos.ts"), "Sent in", photos], {
      env: environment,
    });
  const first = await send();
  expect(first.stdout).toBe("2 photos came, 2 are there, 0 could not be read.\n");
  expect(first.stderr).toContain("notes.txt: this is not a picture of a kind that is read.");
  expect((await send()).stdout).toBe("0 photos came, 2 are there, 0 could not be read.\n");
});

test("the example that is told forgets a picture at once, and believes nobody who cannot sign", async () => {
  const { instance } = here.test;
  const cache = join(folder, "cache");
  await mkdir(cache);
  const collection = await here.collection("Told");
  const bytes = await colouredPicture(1);
  const photo = (await scene(instance.db, instance.keys, instance.clock).photo(collection, [boxAt(300)])).id;
  const shown = await renditionOf(here, { collection, photo, bytes });
  await shown.publish();
  for (const name of [shown.id, "another"]) await writeFile(join(cache, `${name}.jpg`), bytes);
  const port = await freePort();
  const hook = await addWebhook(instance, {
    collection,
    url: `http://127.0.0.1:${port}/`,
    kinds: ["rendition.suspended"],
    allowPrivate: true,
    by: { account: null, apiKey: null, name: "a tester" },
  });
  const program = spawn(process.execPath, [exampleFile("receive.ts"), String(port), cache], {
    env: { ...process.env, WEBHOOK_SECRET: hook.secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(program.stdout, "data");
    const post = createPost();
    expect(await testWebhook(instance, { webhook: hook.id }, post)).toMatchObject({ status: 204 });
    const forged = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: { "webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" },
      body: JSON.stringify({ type: "rendition.suspended", data: { renditions: ["another"] } }),
    });
    expect(forged.status).toBe(400);
    await hideMe(instance, { kind: "report", photo, language: "en" });
    await deliverWebhooks(instance, { post, heardBy: () => Promise.resolve(() => true) });
    expect(await readdir(cache)).toEqual(["another.jpg"]);
  } finally {
    program.kill();
  }
});

test("the message that the documents show is signed as they say, and by their own commands", async () => {
  const text = await readFile(join(import.meta.dirname, "../docs/api.md"), "utf8");
  const of = (pattern: RegExp) => pattern.exec(text)?.[1] ?? "";
  const id = of(/webhook-id: (\S+)/);
  const at = of(/webhook-timestamp: (\d+)/);
  const body = of(/\n {4}(\{"type":"rendition.suspended","timestamp":"2026-11-22T16:22.*\})\n/);
  const signature = of(/webhook-signature: (\S+)/);
  expect(new Webhook(of(/`(whsec_[^`]+)`/)).sign(id, new Date(Number(at) * 1000), body)).toBe(signature);
  await writeFile(join(folder, "body"), body);
  const commands = `${of(/\n {4}(key=.*)\n/)}\n${of(/\n {4}(\{ printf .*)\n/)}`;
  const { stdout } = await promisify(execFile)("sh", ["-c", commands], { cwd: folder });
  expect(`v1,${stdout.trim()}`).toBe(signature);
});

test("the client says why something was not done", async () => {
  const { key } = await makeKey(here, ["see-collections"]);
  const assent = assentClient({ address: here.address, key });
  expect(await assent.getSettings()).toMatchObject({ organisation: "The club" });
  const refused = await assent.listRequests({ state: "open" }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(AssentProblem);
  expect(refused).toMatchObject({ status: 404, code: "not-found", message: "there is nothing here" });
  const wrong = assentClient({ address: here.address, key: "no key" });
  await expect(wrong.getKey()).rejects.toMatchObject({ status: 401, code: "signed-out" });
});
