import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, type MatchRow, type Trx } from "../db/index.ts";
import { confirm, holdMatch, recordIncident, reject } from "../matching/index.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { noSuch, ownId, standingIn } from "./own.ts";
import { dropOwnPicture, renewStale, stopStale } from "./renew-renditions.ts";

/**
 * A person says of a face that was found or suggested for them whether it is theirs. Yes: it is confirmed. No: rejected for
 * ever, the picture that they were shown is taken back, and where the machine had given it without asking it counts as an
 * incident. One transaction; then what showed it otherwise is made again. A crash in between leaves that to the next start.
 * Errors: `not-found` for a face that is nothing of theirs, also where somebody else has confirmed it; `refused` where they
 * said no before.
 */
export async function answer(parts: Parts, person: Id, face: Id, me: boolean): Promise<void> {
  ownId(face, "face");
  await inTransaction(parts.db, async (trx) => {
    const held = await holdMatch(trx, { face, person });
    if (!held || (await standingIn(trx, person, held.collection)) === "frozen") throw noSuch("face");
    const { match, photo, collection } = held;
    if (match.state === "rejected") {
      if (!me) return;
      throw new AssentError("refused", "you said that this is not you, and that is for ever");
    }
    if (me) await confirm(trx, { face, person, by: person }, parts.clock);
    else await notMe(parts, trx, match, { photo, collection });
    await stopStale(parts, trx, [photo], me ? "match" : "no");
  });
  await renewStale(parts);
  await workOff(parts, null, "remove-blob");
}

/**
 * A person says of many faces that the machine or a card gave them that all are theirs: each is confirmed, in one transaction. What
 * is not given to them (any more) is left out, and so is what they are asked about: that is answered one by one. Returns how many
 * are confirmed now. Error `not-found`: a face without the form of one.
 */
export async function confirmGiven(parts: Parts, person: Id, faces: readonly Id[]): Promise<number> {
  // Always in the same order: two who confirm in the same photos would else wait for each other.
  const wanted = [...new Set(faces.map((face) => ownId(face, "face")))].sort();
  const confirmed = await inTransaction(parts.db, async (trx) => {
    const photos = new Set<Id>();
    let count = 0;
    for (const face of wanted) {
      const held = await holdMatch(trx, { face, person });
      if (!held || (await standingIn(trx, person, held.collection)) === "frozen") continue;
      const { state } = held.match;
      if (state !== "matched" && state !== "confirmed") continue;
      count += 1;
      if (state === "confirmed") continue;
      await confirm(trx, { face, person, by: person }, parts.clock);
      photos.add(held.photo);
    }
    await stopStale(parts, trx, [...photos], "match");
    return count;
  });
  await renewStale(parts);
  return confirmed;
}

async function notMe(
  parts: Pick<Parts, "journal" | "clock">,
  trx: Trx,
  match: MatchRow,
  where: { readonly photo: Id; readonly collection: Id },
): Promise<void> {
  const { face_id: face, person_id: person } = match;
  await reject(trx, { face, person, by: person }, parts.clock);
  // What staff or the person had confirmed since is a human's mistake as well.
  if (match.state === "matched" && match.origin === "machine")
    await recordIncident(trx, match, where.collection, parts.clock);
  await dropOwnPicture(parts, trx, person, where.photo);
  // Before the commit: a crash in between leaves a restriction too many for a restore, never one too few.
  await parts.journal.append([{ event: "rejected", person, face }], parts.clock.now());
}
