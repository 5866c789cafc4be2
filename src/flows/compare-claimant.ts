import type { Id } from "../core/index.ts";
import { withAdvisoryLock, type Db } from "../db/index.ts";
import { looksLike, nearestEnrolled } from "../templates/index.ts";
import type { Parts } from "./instance.ts";
import type { Pack } from "./match-faces.ts";

/** What comparing a new face with the enrolled ones gives: ids, never a score. */
export interface Compared {
  /** Enrolled people whose face is near. */
  readonly near: readonly Id[];
  /** Whether it is near the claimant's own; null where they have no template that counts. */
  readonly own: boolean | null;
}

const LOCK = "claim-a-face";

/** Within one process claims wait here, so that a crowd at the door does not take every session there is for locks. */
const turns = new WeakMap<Db, Promise<unknown>>();

/**
 * Compares a new face with everybody's and lets `use` commit what follows, while nobody else does either: of two who
 * claim one face at the same moment, in whatever process, the second meets the first one's template.
 */
export async function compareClaimant<T>(
  parts: Pick<Parts, "db" | "indexes">,
  face: {
    readonly pack: Pack;
    readonly embeddings: readonly Float32Array[];
    readonly person: Id | null;
  },
  use: (compared: Compared) => Promise<T>,
): Promise<T> {
  const before = turns.get(parts.db) ?? Promise.resolve();
  const mine = before.then(() =>
    withAdvisoryLock(parts.db, LOCK, async () => use(await compare(parts, face))),
  );
  turns.set(
    parts.db,
    mine.catch(() => undefined),
  );
  return mine;
}

async function compare(
  parts: Pick<Parts, "db" | "indexes">,
  face: { readonly pack: Pack; readonly embeddings: readonly Float32Array[]; readonly person: Id | null },
): Promise<Compared> {
  const { index, giveBack } = await parts.indexes.borrow(face.pack);
  try {
    return {
      near: nearestEnrolled(index, face.embeddings, face.person),
      own: face.person === null ? null : looksLike(index, face.embeddings, face.person),
    };
  } finally {
    giveBack();
  }
}
