import { useEffect, useState } from "preact/hooks";
import type { PersonPhoto, SearchProgress } from "../../../src/http/contract/person.ts";
import { api, SEARCH_ADDRESS, type Trouble } from "./api.ts";
import { troubleOf } from "./load.ts";

export interface Photos {
  readonly photos: readonly PersonPhoto[];
  /** `loading`: what was found before is being read. `looking`: the search goes on. */
  readonly phase: "loading" | "looking" | "done" | "failed";
  readonly progress: SearchProgress | null;
  readonly trouble: Trouble | null;
}

const NOTHING: Photos = { photos: [], phase: "loading", progress: null, trouble: null };

let now: Photos = NOTHING;
let source: EventSource | null = null;
let begun = false;
const watchers = new Set<(photos: Photos) => void>();

function tell(change: Partial<Photos>): void {
  now = { ...now, ...change };
  for (const watch of watchers) watch(now);
}

/** In the order they were taken; one photo stands once for each face that is this person's, later news wins. */
export function withPhoto(photos: readonly PersonPhoto[], photo: PersonPhoto): readonly PersonPhoto[] {
  return [...photos.filter((one) => one.face !== photo.face), photo].sort(
    (a, b) => (a.takenAt ?? "9").localeCompare(b.takenAt ?? "9") || a.id.localeCompare(b.id),
  );
}

async function readAll(): Promise<void> {
  let cursor: string | null = null;
  let photos: readonly PersonPhoto[] = [];
  do {
    const page: Awaited<ReturnType<typeof api.photos>> = await api.photos(cursor);
    for (const photo of page.photos) photos = withPhoto(photos, photo);
    cursor = page.next;
    tell({ photos });
  } while (cursor !== null);
}

function listen(): void {
  source?.close();
  // oxlint-disable-next-line no-restricted-globals -- Our own server's events, and the policy lets the page to no other.
  const events = new EventSource(SEARCH_ADDRESS);
  source = events;
  const data = <T>(event: Event) => JSON.parse((event as MessageEvent<string>).data) as T;
  events.addEventListener("progress", (event) =>
    tell({ phase: "looking", progress: data<SearchProgress>(event) }),
  );
  events.addEventListener("photo", (event) =>
    tell({ photos: withPhoto(now.photos, data<PersonPhoto>(event)) }),
  );
  events.addEventListener("done", (event) => {
    events.close();
    tell({ phase: "done", progress: data<SearchProgress>(event) });
  });
  events.addEventListener("error", () => {
    // A lost connection is tried again by the browser; a closed one has been refused, and the photos that are here stay.
    if (events.readyState === events.CLOSED) tell({ phase: "done" });
  });
}

/** Reads what was found before, then listens to the search. */
export function lookAgain(): void {
  begun = true;
  tell({ phase: now.photos.length === 0 ? "loading" : now.phase, trouble: null });
  readAll().then(
    () => {
      tell({ phase: "looking" });
      listen();
    },
    (error: unknown) => tell({ phase: "failed", trouble: troubleOf(error) }),
  );
}

/** The face is not this person's, or the search must not know it any more. */
export function dropFace(face: string): void {
  tell({ photos: now.photos.filter((one) => one.face !== face) });
}

export function confirmFace(face: string): void {
  tell({ photos: now.photos.map((one) => (one.face === face ? { ...one, state: "confirmed" } : one)) });
}

/** After leaving, and before another person signs in on this device. */
export function forgetPhotos(): void {
  source?.close();
  source = null;
  begun = false;
  now = NOTHING;
}

export function usePhotos(): Photos {
  const [photos, setPhotos] = useState(now);
  useEffect(() => {
    watchers.add(setPhotos);
    setPhotos(now);
    if (!begun) lookAgain();
    return () => {
      watchers.delete(setPhotos);
    };
  }, []);
  return photos;
}
