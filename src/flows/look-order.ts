/** What the order goes by. */
export interface Placed {
  readonly id: string;
  readonly taken_at: Date | null;
}

/** In which order the photos of a collection are looked through for newcomers. */
export interface LookOrder<Photo extends Placed> {
  /** Photos that came since; those known already stay where they are. */
  add(photos: readonly Photo[]): void;
  /** Somebody was there at that moment: the photos taken nearest to it are looked at soon. Nothing, outside the time of the photos. */
  wasThere(at: Date): void;
  /** Somebody was found in the photo: its neighbours in time are looked at soon. */
  foundIn(id: string): void;
  /** The next one that is wanted; undefined once none is. Goes round for ever. */
  next(isWanted: (id: string) => boolean): Photo | undefined;
}

/** Photos on either side of one in which somebody was found: about a minute of a photographer who takes five a minute. */
const NEIGHBOURS = 6;

/** Photos nearest to the moment at which somebody joined. */
const AROUND_JOINING = 24;

/**
 * People are in photos in bursts: where somebody is found once they are found again a few pictures on, and an hour away
 * they are not. So the line is sampled from coarse to fine over the whole time, and around what was found; every second
 * photo is of the one, every second of the other, so that who has been found nowhere yet waits for nobody who has.
 */
export function createLookOrder<Photo extends Placed>(first: readonly Photo[]): LookOrder<Photo> {
  const byTime = first.toSorted((a, b) => (a.taken_at?.getTime() ?? 0) - (b.taken_at?.getTime() ?? 0));
  const places = new Map(byTime.map((photo, place) => [photo.id, place]));
  const line = coarseToFine(byTime.length);
  const soon = new Set<number>();
  let at = 0;
  let turn = 0;

  const fromSoon = (isWanted: (id: string) => boolean): Photo | undefined => {
    for (const place of soon) {
      soon.delete(place);
      const photo = byTime[place];
      if (photo && isWanted(photo.id)) return photo;
    }
    return undefined;
  };
  const fromLine = (isWanted: (id: string) => boolean): Photo | undefined => {
    for (let tried = 0; tried < line.length; tried++) {
      const photo = byTime[line[at] ?? 0];
      at = (at + 1) % line.length;
      if (photo && isWanted(photo.id)) return photo;
    }
    return undefined;
  };

  return {
    add(photos) {
      for (const photo of photos) {
        if (places.has(photo.id)) continue;
        places.set(photo.id, byTime.length);
        line.push(byTime.length);
        byTime.push(photo);
      }
    },
    wasThere(moment) {
      const taken = byTime.flatMap((photo, place) =>
        photo.taken_at ? [{ place, ms: photo.taken_at.getTime() - moment.getTime() }] : [],
      );
      if (!taken.some(({ ms }) => ms <= 0) || !taken.some(({ ms }) => ms >= 0)) return;
      const nearest = taken.toSorted((a, b) => Math.abs(a.ms) - Math.abs(b.ms));
      for (const { place } of nearest.slice(0, AROUND_JOINING)) soon.add(place);
    },
    foundIn(id) {
      const place = places.get(id);
      if (place === undefined) return;
      for (let step = 1; step <= NEIGHBOURS; step++) {
        if (place + step < byTime.length) soon.add(place + step);
        if (place - step >= 0) soon.add(place - step);
      }
    },
    next(isWanted) {
      turn++;
      return turn % 2 === 0
        ? (fromLine(isWanted) ?? fromSoon(isWanted))
        : (fromSoon(isWanted) ?? fromLine(isWanted));
    },
  };
}

/**
 * 0 to `count` - 1, each once, by their binary digits in reverse (van der Corput's sequence): however far one has gone,
 * what was taken is spread over the whole.
 */
export function coarseToFine(count: number): number[] {
  const bits = Math.max(0, Math.ceil(Math.log2(count)));
  const reversed = Array.from({ length: count === 0 ? 0 : 2 ** bits }, (_, n) => {
    let place = 0;
    for (let bit = 0; bit < bits; bit++) if (n & (1 << bit)) place |= 1 << (bits - 1 - bit);
    return place;
  });
  return reversed.filter((place) => place < count);
}
