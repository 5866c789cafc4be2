import { mkdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { STILL_MS } from "../../flows/take-from-folder.ts";
import { DAY_MS, testClock } from "../../../test/support/scene.ts";
import type { Deleted } from "../contract/staff-deletion.ts";
import type { WatchedFolder, WatchedFolders } from "../contract/watch-folders.ts";
import { colleague, staffServer, type StaffServer } from "./staff-server.testing.ts";

/** As the page asks it, with a process that works beside the server: its jobs, its queue and its models are real. */
const clock = testClock();
let server: StaffServer;
let root: string;
let collection: string;
let folders: string;
beforeAll(async () => {
  server = await staffServer({ clock });
  root = join(server.test.folder, "libraries");
  await mkdir(join(root, "club"), { recursive: true });
  collection = await server.collection("the tournament", { matching: "off" });
  folders = `/api/staff/collections/${collection}/folders`;
});
afterAll(() => server.close());

async function photo(name: string, blue: number, takenAt: string): Promise<void> {
  const path = join(root, "club", name);
  const image = sharp({
    create: { width: 320, height: 240, channels: 3, background: { r: 9, g: 9, b: blue } },
  });
  await writeFile(
    path,
    await image
      .withExif({ IFD2: { DateTimeOriginal: takenAt } })
      .jpeg()
      .toBuffer(),
  );
  const at = (Date.now() - DAY_MS) / 1000 + blue;
  await utimes(path, at, at);
}

async function listed(): Promise<WatchedFolder> {
  const [one] = (await server.ask("GET", folders)).json<WatchedFolders>().folders;
  if (!one) throw new Error("no folder is watched");
  return one;
}

/** Has the folder looked at, each time some seconds later, until it stands so. */
async function looked(standing: object): Promise<void> {
  const { id } = await listed();
  await vi.waitFor(
    async () => {
      await server.ask("POST", `${folders}/${id}/look`);
      clock.advance(STILL_MS);
      expect(await listed()).toMatchObject(standing);
    },
    { timeout: 30_000, interval: 200 },
  );
}

describe("watched folders, as the page has them", () => {
  test("are named, looked at, decided about, paused and watched no more", async () => {
    const empty = (await server.ask("GET", folders)).json<WatchedFolders>();
    expect(empty).toEqual({ libraries: [root], folders: [] });
    const body = { path: join(root, "club"), from: "2026-05-01", until: "2026-05-02", whenGone: "tell" };
    await photo("first.jpg", 1, "2026:05:01 10:00:00");
    await photo("second.jpg", 2, "2026:05:02 23:59:59");
    await photo("older.jpg", 3, "2020:05:01 10:00:00");
    await writeFile(join(root, "club", "half.jpg"), Buffer.from([0xff, 0xd8, 0xff]));
    const made = await server.ask("POST", folders, { body });
    expect(made.statusCode).toBe(200);
    const one = `${folders}/${made.json<{ id: string }>().id}`;
    expect((await server.ask("POST", folders, { body: { ...body, path: "/etc" } })).statusCode).toBe(403);
    expect((await server.ask("POST", folders, { body })).statusCode).toBe(409);

    await looked({
      path: join(root, "club"),
      problem: null,
      taken: 2,
      madeBy: "Ada Owner",
      waiting: { count: 1, files: [{ path: "older.jpg", reason: "outside" }] },
      leftOut: { count: 1, files: [{ path: "half.jpg" }] },
    });
    expect((await server.ask("POST", `${one}/waiting`)).json()).toEqual({ files: 1 });
    await looked({ taken: 3, waiting: { count: 0 } });
    // They are looked through like any photo.
    await server.scanned(collection);
    const page = (await server.ask("GET", `/api/staff/collections/${collection}`)).json<{ photos: number }>();
    expect(page.photos).toBe(3);

    await rename(join(root, "club", "first.jpg"), join(root, "club", "the first.jpg"));
    await rm(join(root, "club", "older.jpg"));
    await looked({ taken: 2, missing: { count: 1, files: [{ path: "older.jpg" }] } });
    const gone = await server.ask("POST", `${one}/missing/deletion`, { body: { really: true } });
    expect(gone.json<Deleted>()).toMatchObject({ photos: 1, residue: 0 });
    expect(gone.json<Deleted>().receipt.split(".")).toHaveLength(3);
    expect(await listed()).toMatchObject({ taken: 2, missing: { count: 0 } });

    await server.ask("PUT", `${one}/state`, { body: { on: false } });
    expect((await listed()).state).toBe("paused");
    expect((await server.ask("POST", `${one}/look`)).statusCode).toBe(409);
    const other = await server.collection("another", { matching: "off" });
    const elsewhere = one.replace(collection, other);
    expect((await server.ask("DELETE", elsewhere)).statusCode).toBe(404);
    expect((await server.ask("DELETE", one)).statusCode).toBe(204);
    expect((await server.ask("GET", folders)).json<WatchedFolders>().folders).toEqual([]);
    // What it is about is in the log, and no path.
    const rows = await server.test.instance.db.selectFrom("entry_payload").selectAll().execute();
    const about = rows.filter((row) => row.kind.startsWith("watch-"));
    expect(about.map((row) => row.kind).toSorted()).toEqual([
      "watch-files-allowed",
      "watch-folder-added",
      "watch-folder-paused",
      "watch-folder-removed",
    ]);
    expect(JSON.stringify(rows)).not.toContain("club/");
    expect(JSON.stringify(about)).not.toContain(root);
  });

  test("are no photographer's to see", async () => {
    const { cookie } = await colleague(server, "photographer");
    expect((await server.ask("GET", folders, { cookie })).statusCode).toBe(404);
  });
});
