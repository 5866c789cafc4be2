import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareFiles, type FileBytes, type KnownFile, type ListedFile } from "./compare-files.ts";

/** A folder: what is at each place, and when it was written. */
type Folder = ReadonlyMap<string, { readonly content: string; readonly at: number }>;

const PLACES = ["a", "b", "c", "d/e", "d/f"];
const CONTENTS = ["one", "two", "three"];
const place = fc.constantFrom(...PLACES);
const act = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), to: place, content: fc.constantFrom(...CONTENTS) }),
  fc.record({ kind: fc.constant("remove" as const), at: place }),
  fc.record({ kind: fc.constant("move" as const), from: place, to: place }),
  fc.record({ kind: fc.constant("swap" as const), one: place, other: place }),
  fc.record({ kind: fc.constant("touch" as const), at: place }),
  fc.record({ kind: fc.constant("look" as const) }),
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

function done(folder: Folder, one: Act, now: number): Folder {
  const next = new Map(folder);
  switch (one.kind) {
    case "write":
      return next.set(one.to, { content: one.content, at: now });
    case "remove":
      next.delete(one.at);
      return next;
    case "move": {
      const file = next.get(one.from);
      if (!file || one.from === one.to) return next;
      next.delete(one.from);
      return next.set(one.to, file);
    }
    case "swap": {
      const [a, b] = [next.get(one.one), next.get(one.other)];
      if (!a || !b) return next;
      return next.set(one.one, b).set(one.other, a);
    }
    case "touch": {
      const file = next.get(one.at);
      return file ? next.set(one.at, { ...file, at: now }) : next;
    }
    case "look":
      return next;
  }
}

const listing = (folder: Folder): ListedFile[] =>
  [...folder].map(([path, { content, at }]) => ({ path, size: content.length, modifiedAt: at }));
const reading =
  (folder: Folder) =>
  ({ path }: ListedFile): FileBytes => ({ digest: folder.get(path)?.content ?? "" });

let ids = 0;
/** What is known after a look, as the flow writes it down. */
function looked(folder: Folder, known: readonly KnownFile[], listed = listing(folder)): KnownFile[] {
  const { fresh, placed, gone } = compareFiles(listed, reading(folder), known);
  const at = new Map(placed.map((one) => [one.id, one.at]));
  return [
    ...known.map((file) => ({
      ...file,
      ...at.get(file.id),
      missing: at.has(file.id) ? false : file.missing || gone.includes(file.id),
    })),
    ...fresh.map((file) => ({ ...file, id: `file ${ids++}`, missing: false })),
  ];
}

const shown = (known: readonly KnownFile[]) =>
  known
    .filter((file) => !file.missing)
    .map(({ path, digest, size, modifiedAt }) => ({ path, digest, size, modifiedAt }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

describe("what is listed and what is known", () => {
  test("come together at every look, whatever was written, moved, swapped, removed and brought back between", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        let folder: Folder = new Map();
        let known: readonly KnownFile[] = [];
        const seen = new Map<string, number>();
        for (const [now, one] of [...acts, { kind: "look" } as const].entries()) {
          folder = done(folder, one, now);
          if (one.kind !== "look") continue;
          const before = known;
          known = looked(folder, before);
          // What is known to be there is what is there, file by file.
          expect(shown(known)).toEqual(
            listing(folder)
              .map((file) => ({ ...file, digest: folder.get(file.path)?.content }))
              .sort((a, b) => (a.path < b.path ? -1 : 1)),
          );
          // Nothing is forgotten, and no file changes what it is.
          for (const file of before)
            expect(known.find((each) => each.id === file.id)?.digest).toBe(file.digest);
          // A photo is as many files as there ever were at once with its bytes: a move or a return makes no second one.
          for (const content of CONTENTS) {
            const now = [...folder.values()].filter((file) => file.content === content).length;
            seen.set(content, Math.max(seen.get(content) ?? 0, now));
            expect(known.filter((file) => file.digest === content)).toHaveLength(seen.get(content) ?? 0);
          }
          // Looked at once more, nothing has happened.
          const again = compareFiles(listing(folder), reading(folder), known);
          expect(again).toEqual({ fresh: [], placed: [], gone: [] });
        }
      }),
    );
  });

  test("come together the same in whatever order they are listed", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (acts, random) => {
        let folder: Folder = new Map();
        let known: readonly KnownFile[] = [];
        for (const [now, one] of acts.entries()) {
          folder = done(folder, one, now);
          if (one.kind === "look") known = looked(folder, known);
        }
        const shuffled = <T>(all: readonly T[]): T[] =>
          all
            .map((each) => ({ each, at: random.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ each }) => each);
        const [first, second] = [known, shuffled(known)].map((each, i) =>
          compareFiles(i === 0 ? listing(folder) : shuffled(listing(folder)), reading(folder), each),
        );
        expect({ ...second, gone: second?.gone.toSorted() }).toEqual({
          ...first,
          gone: first?.gone.toSorted(),
        });
      }),
    );
  });

  test("a file that is still being written is neither there nor gone; one that is none of ours is gone", () => {
    const known: KnownFile[] = [
      { id: "1", path: "a", digest: "one", size: 3, modifiedAt: 1, missing: false },
      { id: "2", path: "b", digest: "two", size: 3, modifiedAt: 1, missing: false },
    ];
    const listed = [
      { path: "a", size: 9, modifiedAt: 5 },
      { path: "b", size: 9, modifiedAt: 5 },
    ];
    const bytes = ({ path }: ListedFile) => (path === "a" ? "unknown" : "none");
    expect(compareFiles(listed, bytes, known)).toEqual({ fresh: [], placed: [], gone: ["2"] });
  });
});
