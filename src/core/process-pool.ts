import { fork, type ChildProcess } from "node:child_process";
import { AssentError, fromPlainError, toPlainError, type PlainError } from "./errors.ts";

/**
 * A pool of separate processes that each do one task at a time. Processes rather than threads: a picture that kills
 * its decoder costs that task and nothing else, and two processes measured twice as fast as one with two threads.
 *
 * Concurrency: `run` may be called any number of times; tasks wait in order, those that are `ahead` before all others.
 * Durability: none.
 * Errors: what the worker threw as AssentError arrives as such; a worker that died or overran the time limit rejects
 * the one task with `worker-failed` and is replaced. Nothing is retried here; the caller knows whether it may be.
 */
export interface ProcessPool<Tasks extends TaskTable> {
  readonly size: number;
  /** `ahead`: somebody waits for it, so it goes before every task that is not. */
  run<K extends keyof Tasks & string>(
    task: K,
    input: Tasks[K]["input"],
    options?: { readonly ahead?: boolean },
  ): Promise<Tasks[K]["output"]>;
  /** Ends all processes; tasks under way are rejected with `interrupted`. */
  close(): Promise<void>;
}

export type TaskTable = Record<string, { input: unknown; output: unknown }>;

export interface PoolOptions {
  /** Absolute path of the worker module, which calls `serveTasks`. */
  readonly module: string;
  readonly size: number;
  /** Milliseconds a single task may take. */
  readonly timeLimitMs: number;
  /** Cap of the worker's JavaScript heap, in MB. */
  readonly heapMb?: number;
  readonly args?: readonly string[];
}

interface Pending {
  readonly task: string;
  readonly input: unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  child: ChildProcess | undefined;
  current: Pending | undefined;
  timer: NodeJS.Timeout | undefined;
}

export function createProcessPool<Tasks extends TaskTable>(options: PoolOptions): ProcessPool<Tasks> {
  const ahead: Pending[] = [];
  const queue: Pending[] = [];
  let closed = false;
  const slots: Slot[] = Array.from({ length: options.size }, () => ({
    child: undefined,
    current: undefined,
    timer: undefined,
  }));

  function start(slot: Slot): ChildProcess {
    const child = fork(options.module, options.args ? [...options.args] : [], {
      serialization: "advanced",
      execArgv: options.heapMb ? [`--max-old-space-size=${options.heapMb}`] : [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.on("message", (message: Reply) => {
      if (slot.child === child) finish(slot, message);
    });
    const gone = (why: string): void => {
      if (slot.child !== child) return;
      slot.child = undefined;
      fail(
        slot,
        new AssentError("worker-failed", `the process that did "${slot.current?.task ?? "nothing"}" ${why}`),
      );
    };
    child.on("error", (error) => gone(`could not be started: ${error.message}`));
    child.on("exit", (code, signal) =>
      gone(signal ? `was ended by ${signal}` : `ended with status ${String(code)}`),
    );
    slot.child = child;
    return child;
  }

  function release(slot: Slot): Pending | undefined {
    clearTimeout(slot.timer);
    const done = slot.current;
    slot.current = undefined;
    if (!closed) slot.child?.unref();
    if (!closed) slot.child?.channel?.unref();
    return done;
  }

  function fail(slot: Slot, error: Error): void {
    release(slot)?.reject(error);
    dispatch();
  }

  function finish(slot: Slot, reply: Reply): void {
    const done = release(slot);
    if (done) {
      if (reply.ok) done.resolve(reply.value as never);
      else done.reject(fromPlainError(reply.error));
    }
    dispatch();
  }

  function dispatch(): void {
    for (const slot of slots) {
      if (slot.current || closed) continue;
      const next = ahead.shift() ?? queue.shift();
      if (!next) return;
      const child = slot.child ?? start(slot);
      slot.current = next;
      child.ref();
      child.channel?.ref();
      slot.timer = setTimeout(() => {
        const late = slot.child;
        slot.child = undefined;
        late?.kill("SIGKILL");
        fail(
          slot,
          new AssentError("worker-failed", `"${next.task}" took longer than ${options.timeLimitMs} ms`),
        );
      }, options.timeLimitMs);
      try {
        child.send({ task: next.task, input: next.input }, (error) => {
          if (error && slot.current === next) {
            slot.child = undefined;
            child.kill("SIGKILL");
            fail(
              slot,
              new AssentError("worker-failed", "the worker process does not answer", { cause: error }),
            );
          }
        });
      } catch (error) {
        // An input that no message can carry is a defect of the caller's: it costs that task, not the worker.
        fail(slot, error as Error);
      }
    }
  }

  return {
    size: options.size,
    run(task, input, how) {
      if (closed) return Promise.reject(new AssentError("interrupted", "the process pool is closed"));
      return new Promise((resolve, reject) => {
        (how?.ahead === true ? ahead : queue).push({ task, input, resolve, reject });
        dispatch();
      });
    },
    async close() {
      closed = true;
      for (const waiting of [...ahead.splice(0), ...queue.splice(0)])
        waiting.reject(new AssentError("interrupted", "the process pool is closed"));
      await Promise.all(
        slots.map(
          (slot) =>
            new Promise<void>((resolve) => {
              const child = slot.child;
              release(slot)?.reject(new AssentError("interrupted", "the process pool is closed"));
              slot.child = undefined;
              if (!child || child.exitCode !== null || child.signalCode !== null) return resolve();
              child.ref();
              child.once("exit", () => resolve());
              child.kill("SIGKILL");
            }),
        ),
      );
    },
  };
}

type Reply = { ok: true; value: unknown } | { ok: false; error: PlainError };

/**
 * The worker's side: answers one task at a time until the parent goes away.
 * A handler's AssentError travels whole; any other error travels as `internal`.
 */
export function serveTasks<Tasks extends TaskTable>(handlers: {
  [K in keyof Tasks]: (input: Tasks[K]["input"]) => Promise<Tasks[K]["output"]>;
}): void {
  process.on("disconnect", () => process.exit(0));
  // An interrupt of the terminal, or of a supervisor, goes to the whole group; the parent decides when its workers end.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  process.on("message", (message: { task: string; input: never }) => {
    const handler = handlers[message.task];
    const answer = handler
      ? handler(message.input)
      : Promise.reject(new AssentError("internal", `no such task: ${message.task}`));
    answer.then(
      (value) => process.send?.({ ok: true, value } satisfies Reply),
      (error: unknown) => process.send?.({ ok: false, error: toPlainError(error) } satisfies Reply),
    );
  });
}
