import type { Id } from "../core/index.ts";
import { withAdvisoryLock, type Db } from "../db/index.ts";
import { matchesIn } from "../matching/index.ts";
import { collectionById, photosForRescan, type Collection } from "../photos/index.ts";
import { donePending } from "../rights/index.ts";
import type { Parts } from "./instance.ts";
import { openMatcher, type Matcher } from "./match-faces.ts";
import { renewStale } from "./renew-renditions.ts";
import { dueIn, lockName, rescanPhoto, type LookedThrough, type Rescanned } from "./rescan.ts";

/** A face that may be, or is, the newcomer's, as it is written. */
export interface FoundFace {
  readonly photo: Id;
  readonly face: Id;
  readonly state: "matched" | "asked";
}

export interface SearchProgress {
  /** Photos. */
  readonly looked: number;
  readonly of: number;
  /** Faces found by this look. */
  readonly found: number;
}

/** Called as the look goes on; neither may throw. */
export interface Watching {
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  readonly onFound?: ((found: FoundFace) => void) | undefined;
}

/**
 * Looks for somebody who has just been enrolled in the photos that were there before, telling what is found as it is
 * written. Where that look is under way, whoever calls joins in watching and is told first what was found so far; where
 * none is due, it answers at once. It goes on when nobody watches any more; a crash leaves it due, and the next start
 * does it.
 */
export async function lookFor(
  parts: Parts,
  order: { readonly person: Id; readonly collection: Id },
  watching: Watching = {},
): Promise<SearchProgress> {
  const riding = passes.get(parts.db)?.get(order.collection)?.riderOf(order.person);
  const rider = riding ?? (await boardIfDue(parts, order));
  if (!rider) return { looked: 0, of: 0, found: 0 };
  return rider.watch(watching);
}

async function boardIfDue(
  parts: Parts,
  order: { readonly person: Id; readonly collection: Id },
): Promise<Rider | undefined> {
  if ((await dueIn(parts, order.collection)).length === 0) return undefined;
  return board(parts, await collectionById(parts.db, order.collection), order.person);
}

/**
 * Looks again through the photos that were there before a newcomer, by their chips: embeds, decides among everybody
 * enrolled, writes. Human decisions stay as they are. The join has written down that this is due; a crash leaves that
 * row, and the next start does it again. One process does it at a time for each collection.
 */
export async function rescan(
  parts: Parts,
  collection: Collection,
  progress: (done: number, total: number) => void,
): Promise<Rescanned> {
  const rider = await board(parts, collection, null);
  await rider.watch({ onProgress: ({ looked, of }) => progress(looked, of) });
  return rider.tally;
}

/** Passes under way in this process, by collection. */
const passes = new WeakMap<Db, Map<Id, Pass>>();

async function board(parts: Parts, collection: Collection, person: Id | null): Promise<Rider> {
  // Read before boarding: what is listed here is looked at after it, so that each row is answered for.
  const due = await dueIn(parts, collection.id);
  const photos = await photosForRescan(parts.db, collection.id, null);
  const running = passes.get(parts.db) ?? new Map<Id, Pass>();
  passes.set(parts.db, running);
  const riding = person === null ? undefined : running.get(collection.id)?.riderOf(person);
  if (riding) return riding;
  const rider = new Rider(person, photos, due);
  if (photos.length === 0) {
    void leave(parts, rider);
    return rider;
  }
  let pass = running.get(collection.id);
  if (!pass) {
    const begun = new Pass(parts, collection);
    pass = begun;
    running.set(collection.id, begun);
    begun.start(() => running.get(collection.id) === begun && running.delete(collection.id));
  }
  pass.take(rider, photos);
  return rider;
}

/** What a look changed is made again, then it is due no more. */
async function leave(parts: Parts, rider: Rider): Promise<void> {
  try {
    await renewStale(parts);
    for (const id of rider.due) await donePending(parts.db, id);
    rider.end();
  } catch (error) {
    rider.end(error);
  }
}

/** A newcomer aboard a pass, for one round: what is still to be looked at for them, and who watches. */
class Rider {
  readonly person: Id | null;
  readonly due: readonly Id[];
  readonly todo: Set<Id>;
  readonly tally = { photos: 0, faces: 0, matched: 0, asked: 0 };
  readonly #of: number;
  readonly #found = new Map<Id, FoundFace>();
  readonly #watching = new Set<Watching>();
  readonly #ended = Promise.withResolvers<void>();

  constructor(person: Id | null, photos: readonly LookedThrough[], due: readonly Id[]) {
    this.person = person;
    this.due = due;
    this.todo = new Set(photos.map((photo) => photo.id));
    this.#of = photos.length;
    // Nobody need be waiting when it fails: the row stays due.
    this.#ended.promise.catch(() => undefined);
  }

  get progress(): SearchProgress {
    return { looked: this.tally.photos, of: this.#of, found: this.#found.size };
  }

  get isThrough(): boolean {
    return this.tally.photos === this.#of;
  }

  async watch(watching: Watching): Promise<SearchProgress> {
    this.#watching.add(watching);
    for (const found of this.#found.values()) watching.onFound?.(found);
    watching.onProgress?.(this.progress);
    try {
      await this.#ended.promise;
      return this.progress;
    } finally {
      this.#watching.delete(watching);
    }
  }

  looked(counts: Omit<Rescanned, "photos">, found: readonly FoundFace[]): void {
    this.tally.photos++;
    this.tally.faces += counts.faces;
    this.tally.matched += counts.matched;
    this.tally.asked += counts.asked;
    const fresh = found.filter((one) => !this.#found.has(one.face));
    for (const one of fresh) this.#found.set(one.face, one);
    // Whoever begins to watch in one of these calls has been told what was found already.
    for (const watching of [...this.#watching]) {
      for (const one of fresh) watching.onFound?.(one);
      watching.onProgress?.(this.progress);
    }
  }

  end(error?: unknown): void {
    if (error === undefined) this.#ended.resolve();
    else this.#ended.reject(error as Error);
  }
}

/**
 * One look through a collection that goes round and round while newcomers are aboard: each boards where it is and leaves
 * after one round, so that many who join at once cost little more than one. A photo counts for those aboard when its look
 * began; what is written is decided among everybody enrolled at that moment (`writeDecisions` refuses otherwise).
 */
class Pass {
  readonly #parts: Parts;
  readonly #collection: Collection;
  readonly #riders = new Set<Rider>();
  #photos: readonly LookedThrough[] = [];
  #next = 0;
  #looking = 0;
  #matcher: Matcher | undefined;
  #onEnd: () => unknown = () => undefined;
  readonly #ended = Promise.withResolvers<void>();

  constructor(parts: Parts, collection: Collection) {
    this.#parts = parts;
    this.#collection = collection;
  }

  riderOf(person: Id): Rider | undefined {
    return [...this.#riders].find((rider) => rider.person === person);
  }

  /** Begins once no other process looks through the collection; `onEnd` is called with its end. */
  start(onEnd: () => unknown): void {
    this.#onEnd = onEnd;
    const run = async (): Promise<void> => {
      const { pack } = await this.#parts.vision();
      this.#matcher = await openMatcher(this.#parts, this.#collection.id, pack);
      try {
        this.#fill();
        await this.#ended.promise;
      } finally {
        await this.#matcher.close();
      }
    };
    withAdvisoryLock(this.#parts.db, lockName(this.#collection.id), run).catch((error: unknown) =>
      this.#fail([...this.#riders], error),
    );
  }

  /** Takes a rider aboard, with the list of photos as it is now: photos that came since are looked at as they come. */
  take(rider: Rider, photos: readonly LookedThrough[]): void {
    const at = this.#photos[this.#next]?.id;
    this.#photos = photos;
    this.#next = Math.max(
      0,
      photos.findIndex((photo) => photo.id === at),
    );
    this.#riders.add(rider);
    this.#fill();
  }

  /** Keeps as many photos in hand as there are processes. */
  #fill(): void {
    const matcher = this.#matcher;
    if (!matcher) return;
    this.#leave([...this.#riders].filter((rider) => rider.isThrough));
    while (this.#looking < this.#parts.processes) {
      const photo = this.#take();
      if (!photo) break;
      this.#looking++;
      void this.#look(photo, matcher);
    }
    if (this.#looking === 0 && this.#riders.size === 0) this.#end();
  }

  /** The next photo that somebody aboard has not seen yet. */
  #take(): LookedThrough | undefined {
    for (let i = 0; i < this.#photos.length; i++) {
      const photo = this.#photos[this.#next];
      this.#next = (this.#next + 1) % this.#photos.length;
      if (photo && [...this.#riders].some((rider) => rider.todo.has(photo.id))) return photo;
    }
    return undefined;
  }

  async #look(photo: LookedThrough, matcher: Matcher): Promise<void> {
    const aboard = [...this.#riders].filter((rider) => rider.todo.delete(photo.id));
    try {
      const { people, ...counts } = await rescanPhoto(this.#parts, this.#collection, photo, matcher);
      const named = aboard.some((rider) => rider.person !== null && people.has(rider.person));
      const found = named ? await this.#foundIn(photo.id) : [];
      for (const rider of aboard) {
        rider.looked(
          counts,
          found.flatMap(({ person, ...one }) => (person === rider.person ? [one] : [])),
        );
      }
    } catch (error) {
      this.#fail(aboard, error);
    } finally {
      this.#looking--;
      this.#fill();
    }
  }

  async #foundIn(photo: Id): Promise<readonly (FoundFace & { readonly person: Id })[]> {
    const byFace = await matchesIn(this.#parts.db, [photo]);
    return [...byFace].flatMap(([face, matches]) =>
      matches.flatMap(({ person, state }) =>
        state === "matched" || state === "asked" ? [{ photo, face, state, person }] : [],
      ),
    );
  }

  #leave(riders: readonly Rider[]): void {
    for (const rider of riders) {
      this.#riders.delete(rider);
      void leave(this.#parts, rider);
    }
  }

  #fail(riders: readonly Rider[], error: unknown): void {
    for (const rider of riders) {
      this.#riders.delete(rider);
      rider.end(error);
    }
    // Where it never began, nothing else would end it.
    if (this.#looking === 0 && this.#riders.size === 0) this.#end();
  }

  #end(): void {
    this.#onEnd();
    this.#ended.resolve();
  }
}
