import { runOut } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { closeJoining, joiningToClose } from "../photos/index.ts";
import {
  closeLetter,
  contactKey,
  endExpired,
  endIdleDevices,
  invitedChildren,
  lettersIn,
  personById,
  removeEnded,
  removeOldMailLinks,
} from "../people/index.ts";
import { removeEndedGalleryLinks } from "../publishing/index.ts";
import { removeOldSeconds } from "../rights/index.ts";
import { writeLeftovers } from "./collection.ts";
import { commitCollectionDeletion } from "./commit-deletion.ts";
import { finishErasure } from "./finish-erasure.ts";
import { workOff } from "./pending-work.ts";
import { endIdle } from "./idle.ts";
import { toItsEnd, type Finishing } from "./finishing.ts";
import type { Parts } from "./instance.ts";
import { BY_TIME, endConsents } from "./withdraw.ts";

/** Who deletes a collection when its retention date has passed, as its entry has it. */
const BY_DATE = "the retention date";

export interface Expired {
  readonly consents: number;
  readonly joiningClosed: number;
  readonly collections: number;
  /** People of whom nothing was heard for as long as the operator set; all about them is erased. */
  readonly idle: number;
}

/**
 * What time ends: consents past their date are treated as withdrawn, joining that has closed loses its chips and
 * their key, invitations and devices that have had their time go, collections past their retention date are deleted, and people
 * who were not heard of for long are erased. Safe to run at any time, as often as one likes.
 */
export async function expire(parts: Parts, finishing: Finishing = {}): Promise<Expired> {
  const now = parts.clock.now();
  const consents = await endExpiredConsents(parts, { finish: finishing });
  await endWaysIn(parts, now);
  return {
    consents,
    joiningClosed: await closeJoiningDue(parts),
    collections: await deleteCollectionsDue(parts, now, finishing),
    idle: await endIdle(parts, finishing),
  };
}

/**
 * Consents past their date, of everybody or of one person; returns how many. Without `finish`, their erasures are left to
 * whoever settles. Whoever writes down that somebody says no does this first: the database takes no such word while
 * something is left of a consent that has run out.
 */
export async function endExpiredConsents(
  parts: Parts,
  { finish = {}, person: only }: { readonly finish?: Finishing | false; readonly person?: Id } = {},
): Promise<number> {
  const now = parts.clock.now();
  const people = await runOut(parts.db, now, only);
  let consents = 0;
  for (const id of people.keys()) {
    if (finish !== false && finish.signal?.aborted) break;
    const person = await personById(parts.db, id);
    const ended = await inTransaction(parts.db, async (trx) => {
      // Looked at again under the person's lock: a renewal may have come in between, or another process been faster.
      await trx.selectFrom("person").select("id").where("id", "=", id).forUpdate().execute();
      const still = (await runOut(trx, now, id)).get(id) ?? [];
      if (still.length === 0) return undefined;
      return { erasure: await endConsents(parts, trx, person, still, BY_TIME), scopes: still.length };
    });
    if (!ended) continue;
    if (finish !== false) await toItsEnd(() => finishErasure(parts, ended.erasure), finish);
    consents += ended.scopes;
  }
  return consents;
}

/**
 * Invitations that have run out let go of the name they hold, and leave the outbox; ended ones go, mailed links that count no
 * more, galleries' links, what a second person decided on long ago, and devices that nobody has used for a year.
 */
async function endWaysIn(parts: Parts, now: Date): Promise<void> {
  const children = await invitedChildren(parts.db, { expiredBy: now });
  for (const { invitation } of children) {
    await inTransaction(parts.db, async (trx) => {
      const child = await endExpired(trx, invitation, parts.clock);
      if (child !== null) await writeLeftovers(parts, trx, { blobs: [], keys: [contactKey(child)] });
    });
  }
  const letters = await lettersIn(parts.db, { expiredBy: now });
  for (const { letter } of letters) {
    await inTransaction(parts.db, async (trx) => {
      const closed = await closeLetter(trx, { letter }, "expired", null, parts.clock);
      if (closed !== null) await writeLeftovers(parts, trx, { blobs: [], keys: [contactKey(closed)] });
    });
  }
  if (children.length + letters.length > 0) await workOff(parts, null, "destroy-key");
  await inTransaction(parts.db, async (trx) => {
    await removeEnded(trx, parts.clock);
    await removeOldMailLinks(trx, parts.clock);
    await endIdleDevices(trx, parts.clock);
    await removeEndedGalleryLinks(trx, parts.clock);
    await removeOldSeconds(trx, parts.clock);
  });
}

async function closeJoiningDue(parts: Parts): Promise<number> {
  const due = await joiningToClose(parts.db, parts.clock);
  for (const id of due) {
    await inTransaction(parts.db, async (trx) => {
      const leftovers = await closeJoining(trx, id, parts.clock);
      await writeLeftovers(parts, trx, leftovers);
    });
  }
  return due.length;
}

async function deleteCollectionsDue(parts: Parts, now: Date, finishing: Finishing): Promise<number> {
  const due = await parts.db.selectFrom("collection").select("id").where("retain_until", "<=", now).execute();
  // Published folders are the organisation's to take down on a date that it knew.
  for (const { id } of due) {
    if (finishing.signal?.aborted) break;
    const erasure = await commitCollectionDeletion(parts, id, { actor: BY_DATE, folders: "left" });
    await toItsEnd(() => finishErasure(parts, erasure), finishing);
  }
  return due.length;
}
