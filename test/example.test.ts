import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AssentProblem, assentClient } from "assent/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey, renditionOf } from "../src/http/api/ask.testing.ts";
import { staffServer, type StaffServer } from "../src/http/staff/staff-server.testing.ts";
import { boxAt, scene } from "./support/scene.ts";

const EXAMPLE = join(import.meta.dirname, "../docs/example/gallery.ts");

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
