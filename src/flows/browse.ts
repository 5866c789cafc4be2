import type { Id } from "../core/index.ts";
import { browsable } from "../matching/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { ownId, requireJoined } from "./own.ts";
import { pageOf } from "./page-of-photos.ts";

export interface BrowsedPhoto {
  readonly id: Id;
  readonly width: number;
  readonly height: number;
  readonly takenAt: string | null;
  /** Faces that this person may claim, from left to right. */
  readonly faces: readonly {
    readonly id: Id;
    readonly box: BoxArray;
    readonly claim: "none" | "mine-open";
  }[];
}

/**
 * A page of all photos of a collection that the person joined, to look for oneself without face recognition: every face is
 * hidden (`hiddenView`), clothes, place and time are seen. A face that somebody else confirmed is not among the boxes.
 * Errors: `not-found`; `bad-input` for a cursor that is none.
 */
export async function browse(
  parts: Pick<Parts, "db">,
  person: Id,
  page: {
    readonly collection: Id;
    readonly cursor?: string | undefined;
    readonly limit?: number | undefined;
  },
): Promise<{ readonly photos: readonly BrowsedPhoto[]; readonly next: string | null }> {
  const collection = ownId(page.collection, "collection");
  await requireJoined(parts.db, person, collection, "collection");
  const { items, next } = await pageOf(page, (at) => browsable(parts.db, person, { collection, ...at }));
  return {
    photos: items.map(({ photo, width, height, takenAt, faces }) => ({
      id: photo,
      width,
      height,
      takenAt: takenAt?.toISOString() ?? null,
      faces: faces.map((one) => ({
        id: one.face,
        box: boxArray(one.box),
        claim: one.claimed ? ("mine-open" as const) : ("none" as const),
      })),
    })),
    next,
  };
}
