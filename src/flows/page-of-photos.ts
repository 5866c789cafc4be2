import { AssentError, isId } from "../core/index.ts";
import type { After } from "../matching/index.ts";

/** Photos on a page unless asked otherwise, and at most: a phone shows a dozen at a time. */
const USUAL = 60;
const MOST = 200;

/** Errors: `bad-input` for what is no whole number from 1. */
function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return USUAL;
  if (!Number.isInteger(limit) || limit < 1)
    throw new AssentError("bad-input", "a page has at least one photo");
  return Math.min(limit, MOST);
}

interface Positioned {
  readonly takenAt: Date | null;
  readonly photo: string;
}

/**
 * Takes one photo more than the page has to know whether there is a next page. The cursor names the last photo's time and
 * id, so that photos that come or go meanwhile neither repeat nor hide others.
 */
export async function pageOf<T extends Positioned>(
  page: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  read: (page: { readonly after: After | undefined; readonly limit: number }) => Promise<readonly T[]>,
): Promise<{ readonly items: readonly T[]; readonly next: string | null }> {
  const limit = pageLimit(page.limit);
  const after = page.cursor === undefined ? undefined : parseCursor(page.cursor);
  const found = await read({ after, limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last ? cursorOf(last) : null };
}

function cursorOf({ takenAt, photo }: Positioned): string {
  return `${takenAt?.getTime() ?? ""}_${photo}`;
}

function parseCursor(cursor: string): After {
  const [, time = "", photo = ""] = /^(-?\d{1,15}|)_(.{36})$/.exec(cursor) ?? [];
  const takenAt = time === "" ? null : new Date(Number(time));
  if (!isId(photo) || (takenAt !== null && Number.isNaN(takenAt.getTime()))) {
    throw new AssentError("bad-input", "this is no place in the photos", {
      remedy: "Begin at the first page.",
    });
  }
  return { takenAt, photo };
}
