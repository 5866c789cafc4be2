import { assertPermit, type Permit } from "../consent/index.ts";
import { wipe, type Clock, type Id } from "../core/index.ts";
import type { TemplateIndex } from "./template-index.ts";
import type { Vectors } from "./vectors.ts";

/** A person's best score over their templates: cosine, -1 to 1. */
export interface Hit {
  readonly person: Id;
  readonly score: number;
}

/** For `matching.decide` and for nothing else: scores go no further. */
export interface Found {
  readonly best: Hit | null;
  readonly runnerUp: Hit | null;
  /** How many people were compared. */
  readonly gallerySize: number;
}

/**
 * From this score on a newcomer's face is taken for an enrolled person's. Among 71 people's portraits the best of
 * 2,485 pairs of different people scored 0.603; two portraits of one person, smiling and not, taken the same day, scored
 * 0.75 and more in 99.9 of 100 cases at 96 px and above (docs/models.md). Same-person pictures years apart can score
 * less and go unnoticed here: then their faces are near both, and both are asked.
 */
export const CONFLICT_SCORE = 0.65;

/** Lower than any cosine. */
const NOT_COMPARED = -2;

/**
 * The best two people for a probe, among those with a permit alone. The probe comes as the model gave it, of length 1,
 * and stays the caller's to wipe; its turned form and all scores are overwritten here.
 * Errors: `no-consent` for a permit that is forged, of another use, or run out; `interrupted` where the index has lost its lease.
 */
export function search(
  index: TemplateIndex,
  probe: Float32Array,
  permits: readonly Permit<"match">[] | readonly Permit<"lookup">[],
): Found {
  const vectors = index.vectors();
  const { allowed, people } = allowedBy(vectors, permits, index.clock);
  if (people === 0) return { best: null, runnerUp: null, gallerySize: 0 };
  return withScores(index, vectors, probe, allowed, (best) => {
    let first = -1;
    let second = -1;
    for (let slot = 0; slot < best.length; slot++) {
      const score = best[slot] as number;
      if (score === NOT_COMPARED) continue;
      if (first < 0 || score > (best[first] as number)) {
        second = first;
        first = slot;
      } else if (second < 0 || score > (best[second] as number)) second = slot;
    }
    const hit = (slot: number): Hit | null => {
      const person = vectors.personAt(slot);
      return person === undefined ? null : { person, score: best[slot] as number };
    };
    return { best: hit(first), runnerUp: hit(second), gallerySize: people };
  });
}

/**
 * The enrolled people whose face is so near one of the embeddings that a new claim to it must be frozen; `except` is the
 * newcomer. Needs no permit: it is the enrolled person who is protected by it, and only ids come back.
 * Errors: `interrupted`.
 */
export function nearestEnrolled(
  index: TemplateIndex,
  embeddings: readonly Float32Array[],
  except: Id | null,
): readonly Id[] {
  const vectors = index.vectors();
  const near = new Set<Id>();
  const allowed = new Uint8Array(vectors.slots).fill(1);
  for (const embedding of embeddings) {
    withScores(index, vectors, embedding, allowed, (best) =>
      best.forEach((score, slot) => {
        const person = vectors.personAt(slot);
        if (person !== undefined && person !== except && score >= CONFLICT_SCORE) near.add(person);
      }),
    );
  }
  return [...near];
}

/**
 * From this score on a new picture of somebody known by their device is taken for them. One pair in 10,000 of strangers
 * scores as much, and 95.5 % of pairs of the same person do (docs/models.md): lower than what makes a stranger's claim a
 * conflict, because here there is one comparison, with the person whom the device is signed in for.
 */
const SAME_FACE_SCORE = 0.541;

/**
 * Whether every one of the embeddings looks like the person's own templates; null where none of theirs is in the index.
 * Errors: `interrupted`.
 */
export function looksLike(
  index: TemplateIndex,
  embeddings: readonly Float32Array[],
  person: Id,
): boolean | null {
  const vectors = index.vectors();
  const slot = vectors.slotOf(person);
  if (slot === undefined) return null;
  const allowed = new Uint8Array(vectors.slots);
  allowed[slot] = 1;
  return embeddings.every((embedding) =>
    withScores(index, vectors, embedding, allowed, (best) => (best[slot] ?? 0) >= SAME_FACE_SCORE),
  );
}

function withScores<T>(
  index: TemplateIndex,
  vectors: Vectors,
  probe: Float32Array,
  allowed: Uint8Array,
  use: (best: Float32Array) => T,
): T {
  const turned = new Float32Array(vectors.dimension);
  const best = new Float32Array(vectors.slots).fill(NOT_COMPARED);
  try {
    index.protection.turn(probe, turned);
    vectors.scan(turned, allowed, best);
    return use(best);
  } finally {
    wipe(turned, best);
  }
}

interface Allowed {
  readonly vectors: Vectors;
  readonly generation: number;
  readonly allowed: Uint8Array;
  readonly people: number;
  readonly expires: Date;
}

/** By the list itself, because a photo's faces and a pass's photos are searched with the same one. */
const allowedByList = new WeakMap<readonly Permit<"match" | "lookup">[], Allowed>();

/** A 1 for each slot whose person has a genuine, live permit. */
function allowedBy(
  vectors: Vectors,
  permits: readonly Permit<"match" | "lookup">[],
  clock: Clock,
): Pick<Allowed, "allowed" | "people"> {
  const known = allowedByList.get(permits);
  const isCurrent =
    known?.vectors === vectors && known.generation === vectors.generation && clock.now() < known.expires;
  if (isCurrent) return known;
  const allowed = new Uint8Array(vectors.slots);
  let people = 0;
  let expires = new Date(8.64e15);
  const use = permits[0]?.use === "lookup" ? "lookup" : "match";
  for (const permit of permits) {
    assertPermit(permit, use, clock);
    if (permit.expires < expires) expires = permit.expires;
    const slot = vectors.slotOf(permit.person);
    if (slot === undefined || allowed[slot] === 1) continue;
    allowed[slot] = 1;
    people++;
  }
  allowedByList.set(permits, { vectors, generation: vectors.generation, allowed, people, expires });
  return { allowed, people };
}
