import { isYes, standingOf, type EndingScope } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { contactKey, endGuardians, endInvitationsFor, personById } from "../people/index.ts";
import { writeLeftovers } from "./collection.ts";
import { finishErasure } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";
import { BY_TIME, endConsents } from "./withdraw.ts";

/**
 * Somebody who has come of age takes over from their guardians, on their own device: one transaction ends what the
 * guardians agreed to (it has lapsed on that day already), and lets them, their devices, passkeys and recovery codes go.
 * From then on the person agrees for themself; what a template was kept for is asked again, with a new selfie.
 * Errors: `refused` for a guardian's device, before the day, and for whoever has no guardian.
 */
export async function takeOver(
  parts: Parts,
  order: { readonly person: Id; readonly guardian: Id | null },
): Promise<{ readonly guardians: number }> {
  if (order.guardian !== null) {
    throw new AssentError("refused", "the person takes over themself, on a device of their own", {
      remedy: "Ask at the desk for a link that signs their own device in.",
    });
  }
  const done = await inTransaction(parts.db, async (trx) => {
    await trx.selectFrom("person").select("id").where("id", "=", order.person).forUpdate().execute();
    const person = await personById(trx, order.person);
    if (person.majority_at === null) {
      throw new AssentError("refused", "nobody else speaks for this person");
    }
    if (parts.clock.now() < person.majority_at) {
      throw new AssentError("refused", "the day on which this person comes of age has not come yet", {
        remedy: "Leaving and saying no are always possible.",
      });
    }
    const scopes = (await standingOf(trx, person.id, parts.clock)).flatMap((one): EndingScope[] =>
      isYes(one.event)
        ? [{ purpose: one.purpose, channel: one.channel, collection: one.collection, guardian: one.guardian }]
        : [],
    );
    // Gone first: what is looked at when the consents end is what stands without them.
    const letters = await endInvitationsFor(trx, person.id, parts.clock);
    await writeLeftovers(parts, trx, { blobs: [], keys: letters.map(contactKey) });
    const guardians = await endGuardians(trx, person.id, parts.clock);
    return { guardians, erasure: await endConsents(parts, trx, person, scopes, BY_TIME) };
  });
  await finishErasure(parts, done.erasure);
  return { guardians: done.guardians };
}
