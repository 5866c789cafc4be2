import { describe, expect, test } from "vitest";
import { inParallel } from "./in-parallel.ts";

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Lets everything that can go on go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("work in parallel", () => {
  test("takes the items in their order, never more at a time than the width", async () => {
    const gates = Array.from({ length: 7 }, gate);
    const begun: number[] = [];
    let inside = 0;
    let most = 0;
    const all = inParallel(gates.keys(), 3, async (i) => {
      begun.push(i);
      most = Math.max(most, ++inside);
      await gates[i]?.opened;
      inside--;
    });
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    gates[1]?.open();
    await turn();
    expect(begun).toEqual([0, 1, 2, 3]);
    for (const one of gates) one.open();
    await all;
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
  });

  test("of nothing is done at once, and a width beyond the items does no harm", async () => {
    await inParallel([], 4, () => Promise.reject(new Error("nothing to do")));
    const done: string[] = [];
    await inParallel(["a", "b"], 10, (item) => {
      done.push(item);
      return Promise.resolve();
    });
    expect(done).toEqual(["a", "b"]);
  });

  test("takes nothing more after the first failure, and throws it once those under way have ended", async () => {
    const gates = Array.from({ length: 6 }, gate);
    const begun: number[] = [];
    let settled = false;
    let slowEnded = false;
    const all = inParallel(gates.keys(), 2, async (i) => {
      begun.push(i);
      await gates[i]?.opened;
      if (i === 1) throw new Error("the first");
      if (i === 0) slowEnded = true;
    }).finally(() => (settled = true));
    const failed = expect(all).rejects.toThrow("the first");
    await turn();
    gates[1]?.open();
    await turn();
    expect(begun).toEqual([0, 1]);
    expect(settled).toBe(false);
    gates[0]?.open();
    await failed;
    expect(slowEnded).toBe(true);
    expect(begun).toEqual([0, 1]);
  });

  test("throws the first of several failures, also a thrown undefined", async () => {
    const both = inParallel([1, 2], 2, (n) => Promise.reject(new Error(`failure ${n}`)));
    await expect(both).rejects.toThrow("failure 1");
    const nothing = inParallel([1], 1, () => Promise.reject(undefined as unknown as Error));
    await expect(nothing).rejects.toBeUndefined();
  });

  test("asks an async source for the next item only after it gave the last", async () => {
    let asked = 0;
    let waiting = 0;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          expect(++waiting).toBe(1);
          await turn();
          waiting--;
          return asked < 5 ? { done: false, value: asked++ } : { done: true, value: undefined };
        },
      }),
    };
    const done: number[] = [];
    await inParallel(source, 3, async (item) => {
      await turn();
      done.push(item);
    });
    expect(done.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test("ends with the failure of its source", async () => {
    async function* source(): AsyncGenerator<number> {
      yield 1;
      await turn();
      throw new Error("no more to be had");
    }
    const done: number[] = [];
    const all = inParallel(source(), 2, (item) => {
      done.push(item);
      return Promise.resolve();
    });
    await expect(all).rejects.toThrow("no more to be had");
    expect(done).toEqual([1]);
  });
});
