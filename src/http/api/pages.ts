import { AssentError, isId, type Id } from "../../core/index.ts";

/** What a page asks for, as the contract has it. */
export interface PageAsked {
  readonly limit?: string;
  readonly cursor?: string;
}

const USUAL = 60;
const MOST = 200;

export function limitOf({ limit }: PageAsked): number {
  return limit === undefined ? USUAL : Math.min(Number(limit), MOST);
}

/** A place in a list by what stands there, so that what comes or goes meanwhile neither repeats nor hides others. */
export function cursorTo(place: string): string {
  return Buffer.from(place, "utf8").toString("base64url");
}

/** Errors: `bad-input` for what is no cursor. */
export function placeOf({ cursor }: PageAsked): string | undefined {
  if (cursor === undefined) return undefined;
  const place = Buffer.from(cursor, "base64url").toString("utf8");
  if (cursorTo(place) === cursor) return place;
  throw noPlace();
}

/** Errors: `bad-input` for what is no cursor to an id. */
export function idAfter(page: PageAsked): Id | undefined {
  const place = placeOf(page);
  if (place === undefined || isId(place)) return place;
  throw noPlace();
}

function noPlace(): AssentError {
  return new AssentError("bad-input", "this is no cursor of this list", {
    remedy: "Give `next` of the page before, or begin without one.",
  });
}

/** A page of what is read with one item more than fits, and the cursor to the next one. */
export function pageBy<T>(
  page: PageAsked,
  found: readonly T[],
  keyOf: (item: T) => string,
): { readonly items: readonly T[]; readonly next: string | null } {
  const limit = limitOf(page);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? cursorTo(keyOf(last)) : null };
}

/** A page of a list that is in memory whole, in the order of its keys. */
export function pageIn<T>(
  page: PageAsked,
  all: readonly T[],
  keyOf: (item: T) => string,
): { readonly items: readonly T[]; readonly next: string | null } {
  const after = placeOf(page);
  const inOrder = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rest = after === undefined ? inOrder : inOrder.filter((item) => keyOf(item) > after);
  return pageBy(page, rest, keyOf);
}
