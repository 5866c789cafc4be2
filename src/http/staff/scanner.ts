import { setTimeout as wait } from "node:timers/promises";
import { toPlainError, type Id } from "../../core/index.ts";
import { scanPending, type Parts } from "../../flows/index.ts";

export interface Failure {
  readonly file: string;
  readonly code: string;
}

/** Looks through what was uploaded, beside the server's other work, one collection at a time each. */
export interface Scanner {
  /** Says that a collection has photos to be looked through. */
  wake(collection: Id): void;
  state(collection: Id): {
    readonly running: boolean;
    readonly stopped: string | null;
    readonly failures: readonly Failure[];
  };
  /** Forgets what could not be looked through, once somebody has read it. */
  dismiss(collection: Id): void;
  /** When what is in hand is done. */
  idle(): Promise<void>;
}

/** Another process imports into the collection: it is asked again whether that has ended. */
const BUSY_MS = 2_000;
/** Names of files are personal data: they are kept in memory only, and no more than people read. */
const MOST_FAILURES = 500;

interface Work {
  loop: Promise<void> | undefined;
  again: boolean;
  stopped: string | null;
  failures: Failure[];
}

/** Ends after the photos in hand once `stopping` is aborted; what is left is looked through after the next start. */
export function createScanner(parts: Parts, stopping: AbortSignal): Scanner {
  const all = new Map<Id, Work>();
  const workOf = (collection: Id): Work => {
    const known = all.get(collection);
    if (known) return known;
    const fresh: Work = { loop: undefined, again: false, stopped: null, failures: [] };
    all.set(collection, fresh);
    return fresh;
  };
  const run = async (collection: Id, work: Work): Promise<void> => {
    while (work.again && !stopping.aborted) {
      work.again = false;
      const done = await scanPending(parts, {
        collection,
        signal: stopping,
        progress: () => undefined,
        onFailure: (file, code) => {
          work.failures = [...work.failures, { file, code }].slice(-MOST_FAILURES);
        },
      });
      if (done === undefined) {
        work.again = true;
        await wait(BUSY_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  };
  const wake = (collection: Id): void => {
    const work = workOf(collection);
    work.again = true;
    if (work.loop) return;
    work.stopped = null;
    work.loop = run(collection, work)
      .catch((error: unknown) => {
        work.again = false;
        work.stopped = toPlainError(error).code;
      })
      .finally(() => {
        work.loop = undefined;
        // Something came in between the last look and the end.
        if (work.again && !stopping.aborted) wake(collection);
      });
  };
  return {
    wake,
    state(collection) {
      const work = all.get(collection);
      return {
        running: work?.loop !== undefined,
        stopped: work?.stopped ?? null,
        failures: work?.failures ?? [],
      };
    },
    dismiss(collection) {
      const work = all.get(collection);
      if (work) work.failures = [];
    },
    async idle() {
      await Promise.all([...all.values()].map((work) => work.loop ?? Promise.resolve()));
    },
  };
}
