import type { Id } from "../core/index.ts";
import * as matching from "../matching/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { ownId } from "./own.ts";
import { pageOf } from "./page-of-photos.ts";

export interface OwnPhoto {
  readonly id: Id;
  readonly collection: Id;
  readonly width: number;
  readonly height: number;
  readonly takenAt: string | null;
  /** `asked` ones are in the hidden view. */
  readonly state: "matched" | "asked" | "confirmed";
  readonly face: Id;
  readonly box: BoxArray;
}

/**
 * A page of a person's own photos, one item a photo with the face that is surest to be theirs, in the order in which they
 * were taken. Read by the person themself, so it is no look. `limit`: 60 unless told, 200 at most.
 * Errors: `not-found`; `bad-input` for a cursor that is none.
 */
export async function photosOf(
  parts: Pick<Parts, "db">,
  person: Id,
  page: {
    readonly collection?: Id | undefined;
    readonly cursor?: string | undefined;
    readonly limit?: number | undefined;
  } = {},
): Promise<{ readonly photos: readonly OwnPhoto[]; readonly next: string | null }> {
  const collection = page.collection === undefined ? undefined : ownId(page.collection, "collection");
  const { items, next } = await pageOf(page, (at) =>
    matching.photosOf(parts.db, person, { collection, ...at }),
  );
  return {
    photos: items.map(({ photo, takenAt, box, ...rest }) => ({
      ...rest,
      id: photo,
      takenAt: takenAt?.toISOString() ?? null,
      box: boxArray(box),
    })),
    next,
  };
}
