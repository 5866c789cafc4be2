import { checkLooker, recordLook } from "../audit/index.ts";
import { AssentError, type Id, type Size } from "../core/index.ts";
import { inTransaction, type Db } from "../db/index.ts";
import {
  confirm,
  endClaim,
  holdClaim,
  holdMatch,
  isClaimable,
  isWantedHidden,
  openClaim,
  tag,
  waitingClaims,
} from "../matching/index.ts";
import { faceById, photoById } from "../photos/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { checkedId } from "./named.ts";
import { namedPerson, type NamedPerson } from "./named-people.ts";
import { noSuch, ownId, requireJoined, standingIn } from "./own.ts";
import { renewStale, stopStale } from "./renew-renditions.ts";
import { oneFace } from "./working-view.ts";

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
      await stopStale(parts, trx, [row.photo], "match");
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

/** What waits, oldest first: no look, since it says neither who nor where in a photo. */
export async function claimsWaiting(parts: Pick<Parts, "db">): Promise<
  readonly {
    readonly claim: Id;
    readonly collection: { readonly id: Id; readonly name: string };
    readonly at: string;
  }[]
> {
  return (await waitingClaims(parts.db)).map((one) => ({
    claim: one.claim,
    collection: { id: one.collection, name: one.collectionName },
    at: one.at.toISOString(),
  }));
}

export interface SeenClaim {
  readonly who: NamedPerson;
  readonly file: string;
  readonly box: BoxArray;
  readonly size: Size;
  /** JPEG: the claimed face as it is, every other one hidden. */
  readonly picture: Buffer;
}

/**
 * One claim, to decide it: who says so, and the face as it is. A look at that person, recorded before the answer.
 * Errors: `bad-input` without a reason; `not-found` for a claim that is not open; `refused` where the face is to be hidden,
 * or the claimant's own enrolment is not settled.
 */
export async function seeClaim(
  parts: Pick<Parts, "db" | "keys" | "clock" | "blobs" | "renderer">,
  order: { readonly claim: Id; readonly actor: string; readonly reason: string },
): Promise<SeenClaim> {
  checkLooker(order);
  const claim = (await waitingClaims(parts.db)).find((one) => one.claim === order.claim);
  if (!claim) throw new AssentError("not-found", "there is no such claim that waits");
  await requireSettled(parts.db, claim.person, claim.collection);
  if (await isWantedHidden(parts.db, claim.face)) {
    throw new AssentError("refused", "somebody asked for this face to be hidden", {
      remedy: "Close that request first.",
    });
  }
  await inTransaction(parts.db, (trx) =>
    recordLook(
      trx,
      {
        kind: "lookup",
        actor: order.actor,
        reason: order.reason,
        collection: claim.collection,
        persons: [claim.person],
      },
      parts.clock,
    ),
  );
  const { width, height } = await photoById(parts.db, claim.photo);
  return {
    who: await namedPerson(parts, claim.person),
    file: claim.fileName,
    box: boxArray(claim.box),
    size: { width: width ?? 0, height: height ?? 0 },
    picture: await oneFace(parts, claim),
  };
}

/** A face that may be somebody else's is nobody's to claim: the officer says first whether they are two. */
async function requireSettled(db: Db, person: Id, collection: Id): Promise<void> {
  if ((await standingIn(db, person, collection)) !== "frozen") return;
  throw new AssentError("refused", "whoever claims this face looks like somebody enrolled before them", {
    remedy: "Settle that conflict first.",
  });
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
 * Errors: `not-found` for a claim that is not open; `conflict` where the face was confirmed as somebody else's; `refused`
 * where the face is to be hidden, or the claimant's own enrolment is not settled.
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
    if (accepted) await requireSettled(trx, person, photo.collection_id);
    await endClaim(trx, { id: claim, person, face }, state, staff, parts.clock);
    const look = { kind: "tag", actor: staff, reason, collection: photo.collection_id } as const;
    await recordLook(trx, { ...look, persons: [person] }, parts.clock);
    if (!accepted) return;
    await tag(trx, { face, person, by: staff }, parts.clock);
    await stopStale(parts, trx, [photo.id], "match");
  });
  if (accepted) await renewStale(parts);
  return { claim, state };
}
