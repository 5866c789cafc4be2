import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { WorkerTasks } from "./fixtures/pool-worker.ts";
import { createProcessPool, type PoolOptions, type ProcessPool } from "./process-pool.ts";

const MODULE = fileURLToPath(new URL("./fixtures/pool-worker.ts", import.meta.url));
const open: ProcessPool<WorkerTasks>[] = [];

function pool(options: Partial<PoolOptions> = {}): ProcessPool<WorkerTasks> {
  const made = createProcessPool<WorkerTasks>({ module: MODULE, size: 1, timeLimitMs: 20_000, ...options });
  open.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe("a process pool", () => {
  test("does the tasks in the order in which they came, in one process that is kept", async () => {
    const one = pool();
    const done: number[] = [];
    const answers = await Promise.all(
      [0, 1, 2, 3, 4].map((n) =>
        one.run("echo", n).then((answer) => {
          done.push(n);
          return answer;
        }),
      ),
    );
    expect(done).toEqual([0, 1, 2, 3, 4]);
    expect(answers.map((answer) => answer.value)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(1);
    expect(answers[0]?.pid).not.toBe(process.pid);
  });

  test("does what is ahead before all that waits, in the order in which it came", async () => {
    const one = pool();
    const done: number[] = [];
    const tasks = [0, 1, 2, 3, 4].map((n) =>
      one.run("echo", n, { ahead: n >= 3 }).then(() => void done.push(n)),
    );
    await Promise.all(tasks);
    // The first was begun at once.
    expect(done).toEqual([0, 3, 4, 1, 2]);
  });

  test("uses as many processes as its size and no more", async () => {
    const three = pool({ size: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => three.run("echo", n)));
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(3);
  });

  test("hands typed arrays over as what they are", async () => {
    const { value } = await pool().run("echo", {
      numbers: Float32Array.of(1.5, -2),
      bytes: Buffer.from("ab"),
    });
    expect(value).toEqual({ numbers: Float32Array.of(1.5, -2), bytes: Buffer.from("ab") });
  });

  test("gives its workers their arguments", async () => {
    const told = pool({ args: ["first", "second"] });
    expect(await told.run("argument", 1)).toBe("second");
  });

  test.each([
    ["SIGKILL", "SIGKILL" as const, /"die" was ended by SIGKILL/],
    ["a status of its own", 7, /"die" ended with status 7/],
  ])("a worker that dies by %s costs the task in hand and is replaced", async (_, how, message) => {
    const one = pool();
    const { pid } = await one.run("echo", "before");
    const settled = await Promise.allSettled([
      one.run("die", how),
      one.run("echo", "waited meanwhile"),
      one.run("echo", "and this"),
    ]);
    expect(settled[0]).toMatchObject({
      status: "rejected",
      reason: {
        name: "AssentError",
        code: "worker-failed",
        message: expect.stringMatching(message) as string,
      },
    });
    expect(settled[1]).toMatchObject({ status: "fulfilled", value: { value: "waited meanwhile" } });
    expect(settled[2]).toMatchObject({ status: "fulfilled", value: { value: "and this" } });
    expect((settled[1] as PromiseFulfilledResult<{ pid: number }>).value.pid).not.toBe(pid);
  });

  test("a task past its time limit fails, its process is ended, and the next task runs", async () => {
    const one = pool({ timeLimitMs: 2500 });
    const { pid } = await one.run("echo", "before");
    const late = one.run("hang", null);
    const next = one.run("echo", "after");
    await expect(late).rejects.toMatchObject({
      code: "worker-failed",
      message: '"hang" took longer than 2500 ms',
    });
    expect((await next).value).toBe("after");
    expect(isGone(pid)).toBe(true);
  });

  test("an error of ours crosses the boundary with code, message and remedy", async () => {
    const said = { message: "the face is too small", remedy: "Come closer." };
    await expect(pool().run("refuse", said)).rejects.toMatchObject({
      name: "AssentError",
      code: "poor-face",
      ...said,
    });
  });

  test("any other error arrives as internal, and so does an unknown task", async () => {
    const one = pool();
    await expect(one.run("fault", null)).rejects.toMatchObject({
      code: "internal",
      message: "TypeError: not a function",
    });
    await expect(one.run("unheard-of" as "fault", null)).rejects.toMatchObject({ code: "internal" });
  });

  test("an input that cannot be handed over fails alone, and its worker lives on", async () => {
    const one = pool();
    const { pid } = await one.run("echo", "before");
    const [bad, good] = await Promise.allSettled([
      one.run("echo", () => "a function"),
      one.run("echo", "after"),
    ]);
    expect(bad.status).toBe("rejected");
    expect(good).toMatchObject({ status: "fulfilled", value: { value: "after", pid } });
  });

  test("closing rejects what is under way and what waits, and ends the processes", async () => {
    const one = pool();
    const { pid } = await one.run("echo", "before");
    const tasks = [one.run("hang", null), one.run("echo", "waits")];
    const settled = Promise.allSettled(tasks);
    await one.close();
    for (const task of await settled) {
      expect(task).toMatchObject({ status: "rejected", reason: { code: "interrupted" } });
    }
    expect(isGone(pid)).toBe(true);
    await expect(one.run("echo", "too late")).rejects.toMatchObject({ code: "interrupted" });
  });
});
