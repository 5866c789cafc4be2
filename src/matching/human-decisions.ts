import { record } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { MatchRow, Trx } from "../db/index.ts";
import { settleByConfirmation } from "./claims.ts";
import { isWantedHidden } from "./wants-hidden.ts";

/** A person's or staff member's word about a face. `by` is the name of an account, or the person's id. */
export interface HumanDecision {
  readonly face: Id;
  readonly person: Id;
  readonly by: string;
}

/** The photo whose renditions a decision may change. */
export interface Decided {
  readonly photo: Id;
}

/**
 * Says by hand whose face it is; works without any biometrics. Suggestions of others for that face are removed, and
 * open claims to it settled.
 * Errors: `not-found`; `conflict` where the face is confirmed as somebody else's; `refused` where it was rejected for
 * this person, which is for ever, or where somebody asked for it to be hidden.
 */
export async function tag(trx: Trx, decision: HumanDecision, clock: Clock): Promise<Decided> {
  const { photo, rows } = await lockFace(trx, decision);
  refuseTakenOrRejected(rows, decision.person);
  const already = rows.some((row) => row.person_id === decision.person && row.state === "confirmed");
  if (already) return { photo };
  if (await isWantedHidden(trx, decision.face)) {
    throw new AssentError("refused", "somebody asked for this face to be hidden", {
      remedy: "Close that request first; one that was closed with the face hidden stands for good.",
    });
  }
  await removeUndecided(trx, decision.face);
  await trx
    .insertInto("match")
    .values({
      face_id: decision.face,
      person_id: decision.person,
      origin: "hand",
      state: "confirmed",
      pack_id: null,
      policy_version: null,
      decided_by: decision.by,
      decided_at: clock.now(),
    })
    .execute();
  await settleByConfirmation(trx, decision, clock);
  await writeEntry(trx, "face-tagged", decision, photo, clock);
  return { photo };
}

/**
 * Answers a suggestion with yes. Suggestions of others for that face are removed.
 * Errors: `not-found` where there is no suggestion; `conflict` and `refused` as in `tag`.
 */
export async function confirm(trx: Trx, decision: HumanDecision, clock: Clock): Promise<Decided> {
  const { photo, rows } = await lockFace(trx, decision);
  refuseTakenOrRejected(rows, decision.person);
  const mine = rows.find((row) => row.person_id === decision.person);
  if (!mine) {
    throw new AssentError(
      "not-found",
      `face ${decision.face} was not suggested for person ${decision.person}`,
      {
        remedy: "Tag the face by hand instead.",
      },
    );
  }
  if (mine.state === "confirmed") return { photo };
  await removeUndecided(trx, decision.face, decision.person);
  await decideRow(trx, decision, "confirmed", clock);
  await settleByConfirmation(trx, decision, clock);
  await writeEntry(trx, "match-confirmed", decision, photo, clock);
  return { photo };
}

/**
 * Says that the face is not this person, for ever: it is never suggested to them again. Also takes back a match, tag
 * or confirmation. Errors: `not-found`.
 */
export async function reject(trx: Trx, decision: HumanDecision, clock: Clock): Promise<Decided> {
  const { photo, rows } = await lockFace(trx, decision);
  const mine = rows.find((row) => row.person_id === decision.person);
  if (mine?.state === "rejected") return { photo };
  if (mine) await decideRow(trx, decision, "rejected", clock);
  else {
    await trx
      .insertInto("match")
      .values({
        face_id: decision.face,
        person_id: decision.person,
        origin: "hand",
        state: "rejected",
        pack_id: null,
        policy_version: null,
        decided_by: decision.by,
        decided_at: clock.now(),
      })
      .execute();
  }
  await writeEntry(trx, "match-rejected", decision, photo, clock);
  return { photo };
}

/**
 * Takes a tag back as if it had not been made: the face may be tagged, asked and claimed again, for the same person too. A
 * slip of the hand; that a face is not somebody, for ever, is `reject`.
 * Errors: `not-found` where the face has no tag; `refused` where its person, or the machine, said whose it is.
 */
export async function untag(
  trx: Trx,
  { face, by }: Omit<HumanDecision, "person">,
  clock: Clock,
): Promise<Decided & { readonly person: Id }> {
  const { photo, rows } = await lockRows(trx, face);
  const tagged = rows.find((row) => row.state === "confirmed");
  if (!tagged) throw new AssentError("not-found", "this face is not tagged");
  if (tagged.origin === "machine" || tagged.decided_by === tagged.person_id) {
    throw new AssentError("refused", "staff take back what staff said; this was said otherwise", {
      remedy: "The person says on their own page that it is not them.",
    });
  }
  const person = tagged.person_id;
  await trx.deleteFrom("match").where("face_id", "=", face).where("person_id", "=", person).execute();
  await record(trx, { kind: "tag-taken-back", payload: { face, photo, person, by }, person }, clock);
  return { photo, person };
}

/** What a face is to a person, held until the transaction ends; undefined where it was never theirs in any way. */
export async function holdMatch(
  trx: Trx,
  what: { readonly face: Id; readonly person: Id },
): Promise<{ readonly photo: Id; readonly collection: Id; readonly match: MatchRow } | undefined> {
  const found = await trx
    .selectFrom("face")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .select(["photo.id as photo", "photo.collection_id as collection"])
    .where("face.id", "=", what.face)
    .forNoKeyUpdate("face")
    .executeTakeFirst();
  const match = await trx
    .selectFrom("match")
    .selectAll()
    .where("face_id", "=", what.face)
    .where("person_id", "=", what.person)
    .executeTakeFirst();
  return found && match ? { ...found, match } : undefined;
}

/**
 * Takes back what the machine or a card suggested or gave for a face that may not be matched any more. What a human said stays.
 * Returns whether there was anything.
 */
export async function withdrawSuggestions(trx: Trx, face: Id): Promise<boolean> {
  const done = await trx
    .deleteFrom("match")
    .where("face_id", "=", face)
    .where("state", "in", ["matched", "asked"])
    .executeTakeFirst();
  return done.numDeletedRows > 0n;
}

function refuseTakenOrRejected(rows: readonly MatchRow[], person: Id): void {
  if (rows.some((row) => row.state === "confirmed" && row.person_id !== person)) {
    throw new AssentError("conflict", "this face is confirmed as somebody else's", {
      remedy: "If that is wrong, that match has to be rejected first.",
    });
  }
  if (rows.some((row) => row.state === "rejected" && row.person_id === person)) {
    throw new AssentError("refused", "this face was rejected for this person, and a rejection is for ever");
  }
}

/** Locks the face, so that decisions about it follow one another. */
async function lockFace(
  trx: Trx,
  { face, person }: HumanDecision,
): Promise<{ photo: Id; rows: readonly MatchRow[] }> {
  const locked = await lockRows(trx, face);
  const known = await trx.selectFrom("person").select("id").where("id", "=", person).executeTakeFirst();
  if (!known) throw new AssentError("not-found", `there is no person ${person}`);
  return locked;
}

async function lockRows(trx: Trx, face: Id): Promise<{ photo: Id; rows: readonly MatchRow[] }> {
  const found = await trx
    .selectFrom("face")
    .select("photo_id")
    .where("id", "=", face)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!found) throw new AssentError("not-found", `there is no face ${face}`);
  const rows = await trx.selectFrom("match").selectAll().where("face_id", "=", face).execute();
  return { photo: found.photo_id, rows };
}

async function removeUndecided(trx: Trx, face: Id, except?: Id): Promise<void> {
  const undecided = trx
    .deleteFrom("match")
    .where("face_id", "=", face)
    .where("state", "in", ["matched", "asked"]);
  await (except === undefined ? undecided : undecided.where("person_id", "<>", except)).execute();
}

async function decideRow(
  trx: Trx,
  { face, person, by }: HumanDecision,
  state: "confirmed" | "rejected",
  clock: Clock,
): Promise<void> {
  await trx
    .updateTable("match")
    .set({ state, decided_by: by, decided_at: clock.now() })
    .where("face_id", "=", face)
    .where("person_id", "=", person)
    .execute();
}

async function writeEntry(
  trx: Trx,
  kind: "face-tagged" | "match-confirmed" | "match-rejected",
  { face, person }: HumanDecision,
  photo: Id,
  clock: Clock,
): Promise<void> {
  await record(trx, { kind, payload: { face, photo, person }, person }, clock);
}
