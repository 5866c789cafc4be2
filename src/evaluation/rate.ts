/**
 * A share of cases with its 95 % interval. `low` and `high` are null where nothing was measured.
 *
 * `bootstrap`: percentile interval, resampled by identity, because the faces of one person are not independent.
 * `rule-of-three`: no case (or every case) counted, so resampling can say nothing; the bound is 3 / n, which takes the
 * n cases for independent and is therefore too good: with k people, no bound below 3 / k is certain.
 */
export interface Rate {
  readonly count: number;
  readonly n: number;
  /** How many people the n cases come from. */
  readonly people: number;
  /** 0 to 1; null where n is 0. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly interval: "bootstrap" | "rule-of-three" | "none";
}

/** How many of a unit's (a person's) `n` cases counted. */
export interface Tally {
  readonly count: number;
  readonly n: number;
}

/** Fixed, so that a report can be made again to the last digit. */
const SEED = 20_260_601;
/** 1,000 resamples place a 95 % percentile within about one part in twenty of the interval's width (Efron 1987). */
const RESAMPLES = 1_000;

/** mulberry32: numbers from 0 up to 1, the same on every machine for a seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How often each of `size` units is drawn when `size` are drawn with replacement. */
function drawWeights(size: number, random: () => number): Uint16Array {
  const weights = new Uint16Array(size);
  for (let i = 0; i < size; i++) {
    const drawn = Math.floor(random() * size);
    weights[drawn] = (weights[drawn] ?? 0) + 1;
  }
  return weights;
}

function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

function makeRate(count: number, n: number, people: number, resampled: () => readonly number[]): Rate {
  if (n === 0) return { count, n, people, value: null, low: null, high: null, interval: "none" };
  const bound = Math.min(1, 3 / n);
  if (count === 0) return { count, n, people, value: 0, low: 0, high: bound, interval: "rule-of-three" };
  if (count === n) return { count, n, people, value: 1, low: 1 - bound, high: 1, interval: "rule-of-three" };
  const values = resampled().toSorted((a, b) => a - b);
  return {
    count,
    n,
    people,
    value: count / n,
    low: percentile(values, 0.025),
    high: percentile(values, 0.975),
    interval: "bootstrap",
  };
}

/** The share over all units, with an interval from drawing whole units (people) with replacement. */
export function rateByIdentity(units: Iterable<Tally>): Rate {
  const tallies = [...units].filter((unit) => unit.n > 0);
  const count = tallies.reduce((sum, unit) => sum + unit.count, 0);
  const n = tallies.reduce((sum, unit) => sum + unit.n, 0);
  return makeRate(count, n, tallies.length, () => {
    const random = seededRandom(SEED);
    const values: number[] = [];
    for (let round = 0; round < RESAMPLES; round++) {
      const weights = drawWeights(tallies.length, random);
      let hits = 0;
      let cases = 0;
      tallies.forEach((unit, i) => {
        hits += unit.count * (weights[i] ?? 0);
        cases += unit.n * (weights[i] ?? 0);
      });
      values.push(hits / cases);
    }
    return values;
  });
}

/** Comparisons of the faces of one person with the template of another. */
export interface PairTally extends Tally {
  readonly probe: string;
  readonly enrolled: string;
}

/**
 * The share over all pairs of people. A comparison has two people in it, so both are resampled: a person drawn twice
 * counts twice as probe and twice as enrolled (the subject bootstrap of Bolle et al., 2004).
 */
export function rateByPairs(pairs: readonly PairTally[]): Rate {
  const used = pairs.filter((pair) => pair.n > 0);
  const people = [...new Set(used.flatMap((pair) => [pair.probe, pair.enrolled]))];
  const index = new Map(people.map((person, i) => [person, i]));
  const ends = used.map((pair) => [index.get(pair.probe) ?? 0, index.get(pair.enrolled) ?? 0] as const);
  const count = used.reduce((sum, pair) => sum + pair.count, 0);
  const n = used.reduce((sum, pair) => sum + pair.n, 0);
  return makeRate(count, n, people.length, () => {
    const random = seededRandom(SEED);
    const values: number[] = [];
    for (let round = 0; round < RESAMPLES; round++) {
      const weights = drawWeights(people.length, random);
      let hits = 0;
      let cases = 0;
      used.forEach((pair, i) => {
        const [probe, enrolled] = ends[i] ?? [0, 0];
        const weight = (weights[probe] ?? 0) * (weights[enrolled] ?? 0);
        hits += pair.count * weight;
        cases += pair.n * weight;
      });
      // With very few people a draw can hold no pair at all; it then says nothing and is left out.
      if (cases > 0) values.push(hits / cases);
    }
    return values;
  });
}

/** Adds up cases by person: one call per case. */
export function tallyByPerson<T>(
  cases: Iterable<T>,
  person: (one: T) => string,
  counts: (one: T) => boolean,
): readonly Tally[] {
  const tallies = new Map<string, { count: number; n: number }>();
  for (const one of cases) {
    const key = person(one);
    const tally = tallies.get(key) ?? { count: 0, n: 0 };
    tally.n += 1;
    if (counts(one)) tally.count += 1;
    tallies.set(key, tally);
  }
  return [...tallies.values()];
}
