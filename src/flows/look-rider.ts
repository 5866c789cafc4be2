import type { Id } from "../core/index.ts";
import type { LookedThrough, Rescanned } from "./rescan.ts";

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

/** A newcomer aboard a pass, for one round: what is still to be looked at for them, and who watches. */
export class Rider {
  readonly person: Id | null;
  readonly due: Id[];
  readonly todo: Set<Id>;
  readonly tally = { photos: 0, faces: 0, matched: 0, asked: 0 };
  readonly #of: number;
  readonly #found = new Map<Id, FoundFace>();
  readonly #watching = new Set<Watching>();
  #wasPermitted = false;
  readonly #ended = Promise.withResolvers<void>();

  constructor(person: Id | null, photos: readonly LookedThrough[], due: readonly Id[]) {
    this.person = person;
    this.due = [...due];
    this.todo = new Set(photos.map((photo) => photo.id));
    this.#of = photos.length;
    // Nobody need be waiting when it fails: the row stays due.
    this.#ended.promise.catch(() => undefined);
  }

  get progress(): SearchProgress {
    return { looked: this.tally.photos, of: this.#of, found: this.#found.size };
  }

  /** Permitted once, and no longer. Whoever has just joined may not be among those permitted yet. */
  hasLeft(permitted: ReadonlySet<Id>): boolean {
    if (this.person === null) return false;
    const isPermitted = permitted.has(this.person);
    const hasLeft = this.#wasPermitted && !isPermitted;
    this.#wasPermitted ||= isPermitted;
    return hasLeft;
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
