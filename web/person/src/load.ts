import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Trouble } from "./api.ts";

export type Load<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly trouble: Trouble };

export interface Loaded<T> {
  readonly load: Load<T>;
  readonly again: () => void;
  readonly set: (value: T) => void;
}

/** What was read in this visit, so that going back shows it at once. Memory alone: a reload asks anew. */
const kept = new Map<string, unknown>();

export function forgetAll(): void {
  kept.clear();
}

/** Anything thrown becomes what the pages can put into words. */
export function troubleOf(error: unknown): Trouble {
  return error instanceof Trouble ? error : new Trouble(500, null);
}

/** Reads `key` by `read`: shows what was kept first, then what the server says now. */
export function useLoad<T>(key: string, read: () => Promise<T>): Loaded<T> {
  const [load, setLoad] = useState<Load<T>>(() =>
    kept.has(key) ? { state: "ready", value: kept.get(key) as T } : { state: "loading" },
  );
  const reader = useRef(read);
  reader.current = read;
  const set = useCallback(
    (value: T) => {
      kept.set(key, value);
      setLoad({ state: "ready", value });
    },
    [key],
  );
  const again = useCallback(() => {
    setLoad(kept.has(key) ? { state: "ready", value: kept.get(key) as T } : { state: "loading" });
    reader.current().then(set, (error: unknown) => {
      const trouble = troubleOf(error);
      // Without an answer, what was read before stays in sight; the banner says that it may be old.
      if (trouble.status === null && kept.has(key)) return;
      setLoad({ state: "failed", trouble });
    });
  }, [key, set]);
  useEffect(again, [again]);
  return { load, again, set };
}

export interface Doing {
  readonly busy: boolean;
  readonly trouble: Trouble | null;
  readonly run: (work: () => Promise<void>) => void;
}

/** One thing that is being done on a tap: not twice at once, and its failure is shown where it was tapped. */
export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const running = useRef(false);
  const run = useCallback((work: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setTrouble(null);
    work()
      .catch((error: unknown) => setTrouble(troubleOf(error)))
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  }, []);
  return { busy, trouble, run };
}
