import { record } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { closeLetter } from "./letters.ts";
import { hasJoined } from "./people.ts";
import { noSuch } from "./secrets.ts";

/** So long staff see what became of an invitation. */
const KEPT_AFTER_MS = 30 * 86_400_000;

/**
 * From the commit on nobody joins by it. Returns the id of the child whose name it alone held, and of the letter that it waited
 * in: the caller destroys the keys of both.
 * Errors: `not-found` (also for a personal link, which is nobody's to revoke but its person's), `refused` where it was used.
 */
export async function revokeInvitation(
  trx: Trx,
  id: Id,
  by: string,
  clock: Clock,
): Promise<{ readonly child: Id | null; readonly letter: Id | null }> {
  const row = await trx
    .selectFrom("invitation")
    .selectAll()
    .where("id", "=", id)
    .where("kind", "<>", "personal")
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw noSuch("invitation", id);
  if (row.used_at !== null) {
    throw new AssentError("refused", "this invitation was used already", {
      remedy: "Whoever joined by it leaves from their own page.",
    });
  }
  if (row.revoked_at === null) {
    await end(trx, row.id, clock);
    await record(trx, { kind: "invitation-revoked", payload: { invitation: id, by } }, clock);
  }
  const letter = await closeLetter(trx, { invitation: id }, "cancelled", by, clock);
  return {
    child: row.child_id !== null && (await isStillNamed(trx, row.child_id)) ? null : row.child_id,
    letter,
  };
}

/** Whether the child has joined, or another guardian's invitation still names them: then the key of the name is needed. */
export async function isStillNamed(trx: Trx, child: Id): Promise<boolean> {
  const invited = await trx
    .selectFrom("invitation")
    .select("id")
    .where("child_id", "=", child)
    .limit(1)
    .executeTakeFirst();
  return invited !== undefined || hasJoined(trx, child);
}

/**
 * Ends the open invitations of further guardians of somebody for whom nobody is to speak any more: their name goes from these
 * too. Returns the letters that they waited in: the caller destroys their keys.
 */
export async function endInvitationsFor(trx: Trx, child: Id, clock: Clock): Promise<readonly Id[]> {
  const rows = await trx.selectFrom("invitation").select("id").where("child_id", "=", child).execute();
  const letters: Id[] = [];
  for (const { id } of rows) {
    await end(trx, id, clock);
    const letter = await closeLetter(trx, { invitation: id }, "cancelled", null, clock);
    if (letter !== null) letters.push(letter);
  }
  return letters;
}

async function end(trx: Trx, id: Id, clock: Clock): Promise<void> {
  await trx
    .updateTable("invitation")
    .set({ revoked_at: clock.now(), child_id: null, child_sealed: null })
    .where("id", "=", id)
    .execute();
}

/** Ends the open personal links of a person, their guardians' too. Returns how many. */
export async function revokePersonalLinks(trx: Trx, person: Id, clock: Clock): Promise<number> {
  const done = await trx
    .updateTable("invitation")
    .set({ revoked_at: clock.now() })
    .where("person_id", "=", person)
    .where("used_at", "is", null)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  const revoked = Number(done.numUpdatedRows);
  if (revoked > 0) {
    await record(trx, { kind: "personal-links-revoked", payload: { links: revoked }, person }, clock);
  }
  return revoked;
}

/** Children whose names wait in open invitations: of one collection, or of those that have run out. Their keys go with these. */
export async function invitedChildren(
  db: Db,
  which: { readonly collection: Id } | { readonly expiredBy: Date },
): Promise<readonly { readonly invitation: Id; readonly child: Id }[]> {
  const rows = await db
    .selectFrom("invitation")
    .select(["id", "child_id"])
    .where("child_id", "is not", null)
    .$if("collection" in which, (query) =>
      query.where("collection_id", "=", "collection" in which ? which.collection : ""),
    )
    .$if("expiredBy" in which, (query) =>
      query.where("expires_at", "<=", "expiredBy" in which ? which.expiredBy : new Date(0)),
    )
    .execute();
  return rows.map((row) => ({ invitation: row.id, child: row.child_id ?? "" }));
}

/**
 * Lets go of the child's name in an invitation that has run out. Returns the child whose key nothing needs any more; null also
 * where somebody was faster, or it was used just then.
 */
export async function endExpired(trx: Trx, invitation: Id, clock: Clock): Promise<Id | null> {
  const row = await trx
    .selectFrom("invitation")
    .select("child_id")
    .where("id", "=", invitation)
    .where("child_id", "is not", null)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return null;
  await end(trx, invitation, clock);
  await record(trx, { kind: "invitation-expired", payload: { invitation } }, clock);
  return row.child_id === null || (await isStillNamed(trx, row.child_id)) ? null : row.child_id;
}

/** Removes invitations that ended so long ago that nobody asks about them any more. Their entries stay. */
export async function removeEnded(trx: Trx, clock: Clock): Promise<void> {
  const limit = new Date(clock.now().getTime() - KEPT_AFTER_MS);
  await trx
    .deleteFrom("invitation")
    .where("child_id", "is", null)
    .where((eb) =>
      eb.or([eb("used_at", "<=", limit), eb("revoked_at", "<=", limit), eb("expires_at", "<=", limit)]),
    )
    .execute();
}
