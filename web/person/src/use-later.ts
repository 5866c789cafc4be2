import { useEffect, useState } from "preact/hooks";
import { Trouble } from "./api.ts";

/** Every page but those of joining. They come in a file of their own, so that whoever scans a code waits for less. */
export type Pages = typeof import("./later.tsx");

let arrived: Pages | null = null;
let arriving: Promise<Pages> | null = null;

/** Fetches them, once; after a failure the next call tries again. Throws Trouble where there is no answer. */
export function fetchLater(): Promise<Pages> {
  arriving ??= import("./later.tsx").then(
    (pages) => (arrived = pages),
    () => {
      arriving = null;
      throw new Trouble(null, null);
    },
  );
  return arriving;
}

export interface Later {
  readonly pages: Pages | null;
  readonly trouble: Trouble | null;
  readonly again: () => void;
}

export function useLater(): Later {
  const [pages, setPages] = useState(arrived);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const again = () => {
    setTrouble(null);
    fetchLater().then(setPages, setTrouble);
  };
  useEffect(() => {
    if (pages === null) again();
  }, []);
  return { pages, trouble, again };
}
