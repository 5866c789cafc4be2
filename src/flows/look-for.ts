import { refuseWhileSuspended } from "../audit/index.ts";
import type { Id } from "../core/index.ts";
import { withAdvisoryLock, type Db } from "../db/index.ts";
import { matchesIn } from "../matching/index.ts";
import { collectionById, photosForRescan, type Collection } from "../photos/index.ts";
import { donePending } from "../rights/index.ts";
import type { Parts } from "./instance.ts";
import { Rider, type FoundFace, type SearchProgress, type Watching } from "./look-rider.ts";
import { createLookOrder, type LookOrder } from "./look-order.ts";
import { openMatcher, type Matcher } from "./match-faces.ts";
import { renewStale } from "./renew-renditions.ts";
import { dueIn, lockName, rescanPhoto, type LookedThrough, type Rescanned } from "./rescan.ts";

/**
 * Looks for somebody who has just been enrolled in the photos that were there before, telling what is found as it is
 * written. Where that look is under way, whoever calls joins in watching and is told first what was found so far; where
 * none is due, it answers at once. It goes on when nobody watches any more; a crash leaves it due, and whoever
 * works does it, or the next start.
 */
export async function lookFor(
  parts: Parts,
  order: { readonly person: Id; readonly collection: Id },
  watching: Watching = {},
): Promise<SearchProgress> {
  await refuseWhileSuspended(parts.db);
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
 * row, and whoever works does it again, or the next start. One process does it at a time for each collection.
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
  const photos = await photosForRescan(parts.db, collection.id);
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
  pass.take(rider, photos, person === null ? null : parts.clock.now());
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

/**
 * One look through a collection that goes round and round while newcomers are aboard: each boards where it is and leaves
 * after one round, so that many who join at once cost little more than one. A photo counts for those aboard when its look
 * began; what is written is decided among everybody enrolled at that moment (`writeDecisions` refuses otherwise).
 */
class Pass {
  readonly #parts: Parts;
  readonly #collection: Collection;
  readonly #riders = new Set<Rider>();
  #order: LookOrder<LookedThrough> = createLookOrder([]);
  #looking = 0;
  #matcher: Matcher | undefined;
  #onEnd: () => unknown = () => undefined;
  readonly #leaving = new Set<Promise<void>>();
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
        this.#matcher.close();
      }
    };
    withAdvisoryLock(this.#parts.db, lockName(this.#collection.id), run).catch((error: unknown) =>
      this.#fail([...this.#riders], error),
    );
  }

  /** Takes a rider aboard, with the list of photos as it is now, and the moment at which they joined. */
  take(rider: Rider, photos: readonly LookedThrough[], joined: Date | null): void {
    if (this.#riders.size === 0) this.#order = createLookOrder(photos);
    else this.#order.add(photos);
    if (joined) this.#order.wasThere(joined);
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
    const riders = [...this.#riders];
    return this.#order.next((id) => riders.some((rider) => rider.todo.has(id)));
  }

  async #look(photo: LookedThrough, matcher: Matcher): Promise<void> {
    const aboard = [...this.#riders].filter((rider) => rider.todo.delete(photo.id));
    try {
      const { people, ...counts } = await rescanPhoto(this.#parts, this.#collection, photo, matcher);
      const named = aboard.some((rider) => rider.person !== null && people.has(rider.person));
      const found = named ? await this.#foundIn(photo.id) : [];
      if (found.some(({ person }) => aboard.some((rider) => rider.person === person))) {
        this.#order.foundIn(photo.id);
      }
      for (const rider of aboard) {
        rider.looked(
          counts,
          found.flatMap(({ person, ...one }) => (person === rider.person ? [one] : [])),
        );
      }
      this.#setDown((await matcher.permits()).people);
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

  /** Who has withdrawn is looked for no more; what was due then, they and others, is left to those still aboard. */
  #setDown(permitted: ReadonlySet<Id>): void {
    for (const rider of this.#riders) {
      if (!rider.hasLeft(permitted)) continue;
      const [other] = [...this.#riders].filter((one) => one !== rider);
      if (other) other.due.push(...rider.due.splice(0));
      this.#leave([rider]);
    }
  }

  #leave(riders: readonly Rider[]): void {
    for (const rider of riders) {
      this.#riders.delete(rider);
      const leaving = leave(this.#parts, rider).finally(() => this.#leaving.delete(leaving));
      this.#leaving.add(leaving);
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

  /** Nobody boards any more. The lock is held until nothing is due: whoever has it next would look at every photo again. */
  #end(): void {
    this.#onEnd();
    void Promise.all(this.#leaving).then(() => this.#ended.resolve());
  }
}
