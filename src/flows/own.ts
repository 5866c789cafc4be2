import { AssentError, isId, type Id } from "../core/index.ts";
import type { Db } from "../db/index.ts";

/**
 * Checks of what a person may ask about from their own pages. What is not there and what is not theirs answer alike, so
 * that nobody learns by asking which of the two it is.
 */
export function noSuch(what: string): AssentError {
  return new AssentError("not-found", `there is no such ${what} of yours`, {
    remedy: "Open your page again: it may have changed.",
  });
}

/** Errors: `not-found`, also for what is no id. */
export function ownId(id: string, what: string): Id {
  if (isId(id)) return id;
  throw noSuch(what);
}

/**
 * How the person stands in a collection: joined, however provisionally and with or without face recognition; frozen, where
 * somebody enrolled before looks like them; or not there at all.
 */
export async function standingIn(db: Db, person: Id, collection: Id): Promise<"joined" | "frozen" | "none"> {
  const rows = await db
    .selectFrom("enrolment")
    .select("state")
    .where("person_id", "=", person)
    .where("collection_id", "=", collection)
    .execute();
  if (rows.length === 0) return "none";
  return rows.some((row) => row.state === "frozen") ? "frozen" : "joined";
}

/**
 * Errors: `not-found` where the person has not joined, or is frozen: a frozen claim shows nothing. `what` was asked for, in
 * the words in which it would be said not to be there.
 */
export async function requireJoined(db: Db, person: Id, collection: Id, what: string): Promise<void> {
  if ((await standingIn(db, person, collection)) !== "joined") throw noSuch(what);
}
