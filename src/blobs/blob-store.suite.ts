import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AssentError, openDurableBatch } from "../core/index.ts";
import type { BlobEntry, BlobKind, BlobStore } from "./blob-store.ts";

/** What every backend of BlobStore must do. `open` gives an empty store, `done` ends it. */
export function describeBlobStore(
  backend: string,
  open: () => Promise<{ readonly store: BlobStore; readonly done: () => Promise<void> }>,
): void {
  describe(`blobs in ${backend}`, () => {
    let store: BlobStore;
    let done: () => Promise<void>;
    let outside: string;

    beforeEach(async () => {
      ({ store, done } = await open());
      outside = await mkdtemp(join(tmpdir(), "assent-outside-"));
    });
    afterEach(async () => {
      await done();
      await rm(outside, { recursive: true, force: true });
    });

    async function all(kind: BlobKind): Promise<BlobEntry[]> {
      const entries: BlobEntry[] = [];
      for await (const entry of store.list(kind)) entries.push(entry);
      return entries;
    }

    test("what was put is read back as it was, whatever the bytes and however it came", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), fc.boolean(), async (bytes, byFile) => {
          const file = join(outside, "source");
          if (byFile) await writeFile(file, bytes);
          const ref = await store.put("renditions", byFile ? { file } : bytes);
          expect(await store.read(ref)).toEqual(bytes);
          expect(await store.withFile(ref, (path) => readFile(path))).toEqual(Buffer.from(bytes));
        }),
        { numRuns: 25 },
      );
    });

    test("an original is named by the SHA-256 of its content and is stored once", async () => {
      const bytes = randomBytes(100_000);
      const file = join(outside, "Jane Doe.jpg");
      await writeFile(file, bytes);
      const ref = await store.put("originals", bytes);
      expect(await store.put("originals", { file })).toBe(ref);
      const hash = createHash("sha256").update(bytes).digest("hex");
      expect(ref).toBe(`originals/${hash.slice(0, 2)}/${hash}`);
      expect(await all("originals")).toMatchObject([{ ref, bytes: 100_000 }]);
      await expect(store.put("originals", bytes, "my-name")).rejects.toMatchObject({ code: "bad-input" });
    });

    test("files that are placed together are whole, closed to others, and in the place of what was there", async () => {
      const old = await store.put("renditions", new Uint8Array([1]), "a-name");
      const files = new Map<string, Buffer>();
      const batch = openDurableBatch();
      for (let i = 0; i < 150; i++) {
        const bytes = randomBytes(2000);
        const name = i === 0 ? "a-name" : createHash("sha256").update(bytes).digest("hex");
        const ref = i === 0 ? old : `originals/${name.slice(0, 2)}/${name}`;
        const made = await store.temporary();
        await writeFile(made, bytes);
        await store.place(ref, made, batch);
        files.set(ref, bytes);
      }
      await batch.durable();
      for (const [ref, bytes] of files) {
        expect(Buffer.from(await store.read(ref))).toEqual(bytes);
        expect(await store.withFile(ref, async (path) => (await stat(path)).mode & 0o777)).toBe(0o600);
      }
      expect(await all("originals")).toHaveLength(149);
      const elsewhere = join(outside, "elsewhere");
      await writeFile(elsewhere, "x");
      await expect(store.place(old, elsewhere, batch)).rejects.toMatchObject({ code: "internal" });
      await expect(store.place("originals/../x", elsewhere, batch)).rejects.toMatchObject({
        code: "bad-input",
      });
    });

    test("the same bytes put thirty times at once are one whole original", async () => {
      const bytes = randomBytes(500_000);
      const file = join(outside, "same.jpg");
      await writeFile(file, bytes);
      const refs = await Promise.all(
        Array.from({ length: 30 }, (_, index) => store.put("originals", index % 2 ? bytes : { file })),
      );
      expect(new Set(refs).size).toBe(1);
      expect(await all("originals")).toHaveLength(1);
      expect(await store.read(refs[0] as string)).toEqual(new Uint8Array(bytes));
    });

    test("other blobs get random names, so that the same bytes are two blobs", async () => {
      const bytes = randomBytes(10);
      const [first, second] = [await store.put("chips", bytes), await store.put("chips", bytes)];
      expect(first).not.toBe(second);
      await store.remove(first);
      expect(await store.read(second)).toEqual(new Uint8Array(bytes));
    });

    test("a given name is kept, and refused when it is taken", async () => {
      const ref = await store.put("chips", randomBytes(10), "a-name.bin");
      expect(ref).toBe("chips/a-/a-name.bin");
      const before = await store.read(ref);
      await expect(store.put("chips", randomBytes(10), "a-name.bin")).rejects.toMatchObject({
        code: "exists",
      });
      expect(await store.read(ref)).toEqual(before);
    });

    test("a file from elsewhere stays, a temporary one is taken over", async () => {
      const file = join(outside, "mine.jpg");
      await writeFile(file, "mine");
      await store.put("uploads", { file });
      expect((await stat(file)).size).toBe(4);
      const temporary = await store.temporary();
      await writeFile(temporary, "made here");
      const ref = await store.put("renditions", { file: temporary });
      expect(await store.read(ref)).toEqual(new Uint8Array(Buffer.from("made here")));
      await expect(stat(temporary)).rejects.toMatchObject({ code: "ENOENT" });
    });

    test("a removed blob is gone, and removing it again is no error", async () => {
      const ref = await store.put("renditions", randomBytes(10));
      expect(await store.has(ref)).toBe(true);
      await store.remove(ref);
      await store.remove(ref);
      expect(await store.has(ref)).toBe(false);
      expect(await all("renditions")).toEqual([]);
      await expect(store.read(ref)).rejects.toMatchObject({ code: "not-found" });
      await expect(store.withFile(ref, () => Promise.resolve())).rejects.toMatchObject({ code: "not-found" });
      await store.remove("renditions/ne/never-there");
    });

    test("a listing tells all blobs of its kind and of no other, with their size and time", async () => {
      const before = Date.now() - 5_000;
      const refs = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.put("chips", new Uint8Array(index))),
      );
      await store.put("renditions", new Uint8Array(1));
      const listed = await all("chips");
      expect(listed.map((entry) => entry.ref).sort()).toEqual([...refs].sort());
      expect(listed.map((entry) => entry.bytes).sort((a, b) => a - b)).toEqual(refs.map((_, index) => index));
      for (const entry of listed) expect(entry.modifiedAt.getTime()).toBeGreaterThan(before);
    });

    test("no reference or name leads out of the store", async () => {
      const hostile = [
        "../../etc/passwd",
        "originals/../../../etc/passwd",
        "originals/..",
        "originals/../x",
        "/etc/passwd",
        "originals/et/etc/passwd",
        "originals/ab/cdefgh",
        "originals/a\0/a\0bc",
        "tmp/ab/abcdef",
        "originals\\ab\\abcdef",
        "constructor/ab/abcdef",
        "",
      ];
      for (const ref of hostile) {
        const withFile = (text: string) => store.withFile(text, readFile);
        for (const act of [store.read, store.has, store.remove, withFile]) {
          await expect(act(ref), ref).rejects.toMatchObject({ code: "bad-input" });
        }
      }
      for (const name of [
        "..",
        "../x",
        "a/b",
        ".hidden",
        "a",
        "a..b",
        "UPPER",
        "",
        "a\0b",
        "x".repeat(129),
      ]) {
        await expect(store.put("chips", randomBytes(1), name), name).rejects.toMatchObject({
          code: "bad-input",
        });
      }
      await fc.assert(
        fc.asyncProperty(fc.string(), async (ref) => {
          await expect(store.read(ref)).rejects.toBeInstanceOf(AssentError);
        }),
      );
    });

    test("a source that is not there or is no file is refused, and its name is not in the message", async () => {
      for (const file of [join(outside, "Jane Doe.jpg"), outside]) {
        const refused = await store.put("originals", { file }).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(AssentError);
        expect((refused as AssentError).code).toMatch(/^(not-found|bad-input)$/);
        expect((refused as AssentError).message).not.toContain(outside);
      }
      expect(await all("originals")).toEqual([]);
    });
  });
}
