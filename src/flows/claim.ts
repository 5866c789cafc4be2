import { checkLooker, recordLook } from "../audit/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  confirm,
  endClaim,
  holdClaim,
  holdMatch,
  isClaimable,
  openClaim,
  tag,
  waitingClaims,
} from "../matching/index.ts";
import { faceById, photoById } from "../photos/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { checkedId } from "./named.ts";
import { noSuch, ownId, requireJoined } from "./own.ts";
import { renewStale, stopStale } from "./renew-renditions.ts";

/**
 * "This is me", said without face recognition: written down, and it shows nothing until a card, a member of staff or a live
 * enrolment confirms it. Where the machine has found or suggested the face for this person already (their enrolment is live
 * or vouched for), the two agree, and it is confirmed at once.
 * Errors: `not-found` for a face that is not theirs to claim: of a collection that they did not join, confirmed by somebody
 * else, refused before, or not there; `refused` with fifty claims open.
 */
export async function claimFace(
  parts: Parts,
  person: Id,
  face: Id,
): Promise<{ readonly state: "open" | "confirmed" }> {
  ownId(face, "face");
  const state = await inTransaction(parts.db, async (trx) => {
    // Held against every other decision about the face.
    const row = await trx
      .selectFrom("face")
      .innerJoin("photo", "photo.id", "face.photo_id")
      .select(["photo.id as photo", "photo.collection_id as collection"])
      .where("face.id", "=", face)
      .forNoKeyUpdate("face")
      .executeTakeFirst();
    if (!row) throw noSuch("face");
    await requireJoined(trx, person, row.collection, "face");
    const found = (await holdMatch(trx, { face, person }))?.match.state;
    if (found === "confirmed") return "confirmed";
    if (found === "matched" || found === "asked") {
      await confirm(trx, { face, person, by: person }, parts.clock);
      await stopStale(parts, trx, [row.photo]);
      return "confirmed";
    }
    if (!(await isClaimable(trx, person, face))) throw noSuch("face");
    await openClaim(trx, { person, face }, parts.clock);
    return "open";
  });
  if (state === "confirmed") await renewStale(parts);
  return { state };
}

export interface OpenClaim {
  readonly claim: Id;
  readonly person: Id;
  readonly face: Id;
  readonly photo: Id;
  /** The original's name, for staff. */
  readonly file: string;
  readonly box: BoxArray;
  readonly collection: { readonly id: Id; readonly name: string };
  readonly at: string;
}

/**
 * For staff: claims that wait, oldest first. It leads from faces to people, so it is a look at each of them, recorded before
 * the answer.
 */
export async function listClaims(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly actor: string; readonly reason?: string | undefined },
): Promise<readonly OpenClaim[]> {
  const looker = { actor: order.actor, reason: order.reason ?? "to settle what people say is them" };
  checkLooker(looker);
  const waiting = await waitingClaims(parts.db);
  if (waiting.length > 0) {
    const persons = waiting.map((one) => one.person);
    await inTransaction(parts.db, (trx) =>
      recordLook(trx, { kind: "lookup", ...looker, collection: null, persons }, parts.clock),
    );
  }
  return waiting.map(({ box, fileName, collection, collectionName, at, ...ids }) => ({
    ...ids,
    file: fileName,
    box: boxArray(box),
    collection: { id: collection, name: collectionName },
    at: at.toISOString(),
  }));
}

/**
 * Staff have the person before them, or their card: the face is tagged as theirs, or the claim refused, after which this
 * person cannot claim it again. A look as well, which the person sees.
 * Errors: `not-found` for a claim that is not open; `conflict` where the face was confirmed as somebody else's.
 */
export async function settleClaim(
  parts: Parts,
  claim: Id,
  accepted: boolean,
  staff: string,
): Promise<{ readonly claim: Id; readonly state: "accepted" | "refused" }> {
  checkedId(claim, "claim", "assent claims list shows them.");
  const reason = accepted ? "confirmed that a face is theirs" : "refused that a face is theirs";
  checkLooker({ actor: staff, reason });
  const state = accepted ? "accepted" : "refused";
  await inTransaction(parts.db, async (trx) => {
    const { person, face } = await holdClaim(trx, claim);
    const photo = await photoById(trx, (await faceById(trx, face)).photo_id);
    await endClaim(trx, { id: claim, person, face }, state, staff, parts.clock);
    const look = { kind: "tag", actor: staff, reason, collection: photo.collection_id } as const;
    await recordLook(trx, { ...look, persons: [person] }, parts.clock);
    if (!accepted) return;
    await tag(trx, { face, person, by: staff }, parts.clock);
    await stopStale(parts, trx, [photo.id]);
  });
  if (accepted) await renewStale(parts);
  return { claim, state };
}
