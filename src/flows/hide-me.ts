import { checkLooker } from "../audit/index.ts";
import { AssentError, isId, type Id, type Point } from "../core/index.ts";
import {
  inTransaction,
  type Language,
  type PhotoRequestKind,
  type PhotoRequestOutcome,
  type RequestKind,
  type RequestOutcome,
  type Trx,
} from "../db/index.ts";
import { matchesIn } from "../matching/index.ts";
import type { ChipsToDrop } from "../photos/index.ts";
import { faceAt, publishablePhotos, renditionNamed, suspendedPublic } from "../publishing/index.ts";
import * as rights from "../rights/index.ts";
import { doomRequestKeys } from "./demands.ts";
import { finishDoNotMatch, stopMatching } from "./do-not-match.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { checkedId } from "./named.ts";
import { renewStale, takeOffPublic } from "./renew-renditions.ts";
import { withKeys } from "./with-keys.ts";

export type { PhotoRequestOutcome, RequestOutcome };

export interface HideOrder {
  readonly kind: PhotoRequestKind;
  /** A photo's id as a person's page knows it; or else a rendition's random name, with or without its extension. */
  readonly photo?: Id | undefined;
  readonly rendition?: string | undefined;
  /** The place that was tapped, in shares (0 to 1) of the picture's width and height. */
  readonly place?: Point | undefined;
  readonly contact?: string | undefined;
  readonly note?: string | undefined;
  readonly language: Language;
}

export interface HideRequested {
  readonly request: Id;
  readonly dueAt: string;
  /** Renditions for public channels that were taken off just now. */
  readonly suspended: number;
}

/**
 * "Hide me" or "report this photo", by anybody, without account or selfie. One transaction opens the request with its clock,
 * takes the photo's public renditions off, and marks the face at the place "do not match". Then the pictures leave the
 * folders that can be reached. The photo stays off public channels until the request is closed. With no face at the
 * place the request opens all the same.
 *
 * A face that an enrolled person was given or confirmed is not marked before staff have looked: otherwise anybody could
 * take somebody's photos from them with a tap. It is off public channels like the rest of the photo.
 *
 * A crash after the commit leaves folders to be renewed and a chip to be dropped, as pending work.
 * Errors: `not-found` where there is no such picture; `bad-input` where none is named.
 */
export async function hideMe(parts: Parts, order: HideOrder): Promise<HideRequested> {
  const photo = await photoAsked(parts, order);
  const [seen] = await publishablePhotos(parts.db, [photo]);
  const place = order.place === undefined ? null : checkedPlace(order.place);
  const face = seen && place ? faceAt(seen, place) : null;
  const done = await withKeys(parts, (keys) =>
    inTransaction(parts.db, async (trx) => {
      // Held against renditions that are being made: they are taken off here, or refused when they come.
      const held = await trx
        .selectFrom("photo")
        .select("id")
        .where("id", "=", photo)
        .forUpdate()
        .executeTakeFirst();
      if (!held) throw noSuchPicture();
      const request = await rights.openRequest(
        trx,
        keys,
        {
          kind: order.kind,
          photo,
          face,
          place,
          contact: order.contact ?? null,
          note: order.note ?? null,
          language: order.language,
        },
        parts.clock,
      );
      const suspended = await takeOffPublic(parts, trx, [photo]);
      await parts.journal.append([{ event: "reported", photo }], parts.clock.now());
      const objects = order.kind === "hide-me" && face !== null && request.fresh;
      const drop = objects ? await object(parts, trx, { face, photo }) : [];
      return { request, suspended, drop };
    }),
  );
  await finishObjection(parts, done.drop);
  return {
    request: done.request.id,
    dueAt: done.request.dueAt.toISOString(),
    suspended: done.suspended,
  };
}

async function photoAsked(parts: Pick<Parts, "db">, order: HideOrder): Promise<Id> {
  if (order.photo !== undefined) {
    if (!isId(order.photo)) throw noSuchPicture();
    const row = await parts.db
      .selectFrom("photo")
      .select("id")
      .where("id", "=", order.photo)
      .executeTakeFirst();
    if (row) return row.id;
    throw noSuchPicture();
  }
  if (order.rendition === undefined) throw new AssentError("bad-input", "no picture is named");
  const rendition = await renditionNamed(
    parts.db,
    order.rendition.replace(/^.*\//, "").replace(/\.jpe?g$/i, ""),
  );
  if (!rendition) throw noSuchPicture();
  return rendition.photo_id;
}

function noSuchPicture(): AssentError {
  return new AssentError("not-found", "there is no such picture here", {
    remedy: "Write to the organisation, and say where you saw it.",
  });
}

function checkedPlace(place: Point): Point {
  if ([place.x, place.y].every((share) => share >= 0 && share <= 1)) return place;
  throw new AssentError("bad-input", "the place is not within the picture");
}

async function object(
  parts: Pick<Parts, "journal" | "clock">,
  trx: Trx,
  what: { readonly face: Id; readonly photo: Id },
): Promise<readonly ChipsToDrop[]> {
  const matches = (await matchesIn(trx, [what.photo])).get(what.face) ?? [];
  if (matches.some((match) => match.state === "matched" || match.state === "confirmed")) return [];
  return objectFor(parts, trx, what);
}

/**
 * In the transaction of an objection to a face: it is never matched again, and the journal says so through a restore.
 * `finishDoNotMatch` ends it after the commit.
 */
export async function objectFor(
  parts: Pick<Parts, "journal" | "clock">,
  trx: Trx,
  what: { readonly face: Id; readonly photo: Id },
): Promise<readonly ChipsToDrop[]> {
  const drop = await stopMatching(parts, trx, what);
  // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
  await parts.journal.append(
    [{ event: "objected", subject: what.face, only: "matching" }],
    parts.clock.now(),
  );
  return drop;
}

export async function finishObjection(parts: Parts, drop: readonly ChipsToDrop[]): Promise<void> {
  if (drop.length > 0) await finishDoNotMatch(parts, drop);
  await renewStale(parts);
}

export interface ListedRequest {
  readonly request: Id;
  readonly kind: RequestKind;
  readonly state: "open" | "closed";
  readonly outcome: RequestOutcome | null;
  /** Who demands; null: anybody, or somebody who has left since. */
  readonly person: Id | null;
  /** null: about none, or gone with its collection since. */
  readonly photo: Id | null;
  /** The original's name, for staff. */
  readonly file: string | null;
  readonly collection: { readonly id: Id; readonly name: string } | null;
  /** null: no face was found at the place. Mark it by hand, if there is one. */
  readonly face: Id | null;
  readonly place: Point | null;
  readonly language: Language;
  readonly contact: string | null;
  readonly note: string | null;
  readonly staff: string | null;
  readonly openedAt: string;
  readonly dueAt: string;
  /** Whether it is open past that moment. */
  readonly overdue: boolean;
  /** Why its time was made longer; null where it was not. */
  readonly extension: string | null;
  readonly closedAt: string | null;
}

/** For staff: what is asked and demanded, due first. What was written in a request is there until it is closed. */
export async function listRequests(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  options: { readonly all?: boolean | undefined } = {},
): Promise<readonly ListedRequest[]> {
  const requests = await rights.requestsIn(parts.db, parts.keys, options.all === true ? "all" : "open");
  return requests.map((one) => ({
    request: one.id,
    kind: one.kind,
    state: one.state,
    outcome: one.outcome,
    person: one.person_id,
    photo: one.photo_id,
    file: one.fileName,
    collection: one.collection,
    face: one.face_id,
    place: one.place_x === null || one.place_y === null ? null : { x: one.place_x, y: one.place_y },
    language: one.language,
    contact: one.contact,
    note: one.note,
    staff: one.staff,
    openedAt: one.opened_at.toISOString(),
    dueAt: one.due_at.toISOString(),
    overdue: one.state === "open" && one.due_at < parts.clock.now(),
    extension: one.extension,
    closedAt: one.closed_at?.toISOString() ?? null,
  }));
}

/** How "hide me" and "report this photo" end, and how what a person demanded does. */
export const REQUEST_OUTCOMES: readonly RequestOutcome[] = [
  "hidden",
  "withheld",
  "no-change",
  "done",
  "refused",
];

/**
 * Staff close a request: `hidden` (the face is "do not match" for good, whoever it was given to by the machine), `withheld`
 * (the photo stays off public channels), `no-change`; what a person demanded ends as `done` or `refused`, and the command that
 * does it closes it by itself. Contact and note go with their key. The renditions that were taken
 * off are made again, unless another request keeps the photo off.
 * Errors: `not-found` for one that is not open; `bad-input` for an outcome that is none of its kind.
 */
export async function closeRequest(
  parts: Parts,
  request: Id,
  outcome: RequestOutcome,
  staff: string,
): Promise<{ readonly request: Id; readonly outcome: RequestOutcome; readonly rendered: number }> {
  checkedId(request, "request", "assent requests list shows them.");
  if (!REQUEST_OUTCOMES.includes(outcome)) {
    throw new AssentError("bad-input", `a request does not end as "${outcome as string}"`, {
      remedy: `Outcomes: ${REQUEST_OUTCOMES.join(", ")}.`,
    });
  }
  checkLooker({ actor: staff, reason: outcome });
  const done = await inTransaction(parts.db, async (trx) => {
    await refuseOutcomeOfOther(trx, request, outcome);
    const { photo, face, hadKey } = await rights.closeRequest(trx, { request, outcome, staff }, parts.clock);
    if (hadKey) await doomRequestKeys(parts, trx, [request]);
    if (photo === null) return { drop: [], again: [] };
    const drop = outcome === "hidden" && face !== null ? await objectFor(parts, trx, { face, photo }) : [];
    const held = (await rights.heldPhotos(trx, [photo])).has(photo);
    const again = held ? [] : await suspendedPublic(trx, photo);
    const due = again.map((subject) => ({ kind: "render" as const, subject, erasure: null }));
    await rights.addPending(trx, due, parts.clock);
    return { drop, again };
  });
  await workOff(parts, null, "destroy-key");
  await finishObjection(parts, done.drop);
  return { request, outcome, rendered: done.again.length };
}

async function refuseOutcomeOfOther(trx: Trx, request: Id, outcome: RequestOutcome): Promise<void> {
  const row = await trx.selectFrom("request").select("kind").where("id", "=", request).executeTakeFirst();
  const isDemand = rights.DEMANDS.some((kind) => kind === row?.kind);
  if (row === undefined || isDemand === (outcome === "done" || outcome === "refused")) return;
  throw new AssentError("bad-input", `a request of the kind "${row.kind}" does not end as "${outcome}"`, {
    remedy: isDemand ? "It ends as done or refused." : "It ends as hidden, withheld or no-change.",
  });
}
