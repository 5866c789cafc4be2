import { checkLooker } from "../audit/index.ts";
import { AssentError } from "../core/index.ts";
import { inTransaction, type Language } from "../db/index.ts";
import { addressOf, notify, setEmail, setLanguage, setName } from "../people/index.ts";
import { answerDemand } from "./demands.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { personNamed } from "./named.ts";
import { withKeys } from "./with-keys.ts";

export interface CorrectOrder {
  readonly person: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly language?: Language | undefined;
  readonly actor: string;
}

/**
 * Corrects what a person told about themself (GDPR art. 16): one transaction with the new values sealed, their entries, the
 * demand closed, and a notice on the person's page, so that nobody changes an address behind somebody's back. A new address is
 * not confirmed until its owner does it. An address is corrected, not added: that is `contact`, and the person's to agree to.
 * Errors: `not-found`; `bad-input` where nothing is named, or for what is no name or address; `refused` for an address where
 * there is none.
 */
export async function correct(
  parts: Pick<Parts, "db" | "keys" | "blobs" | "receipts" | "clock" | "renderer" | "processes" | "indexes">,
  order: CorrectOrder,
): Promise<{ readonly person: string; readonly corrected: readonly string[] }> {
  checkLooker({ actor: order.actor, reason: "a correction" });
  const person = await personNamed(parts.db, order.person);
  const { name, email, language } = order;
  const corrected = Object.entries({ name, email, language }).flatMap(([field, value]) =>
    value === undefined ? [] : [field],
  );
  if (corrected.length === 0) {
    throw new AssentError("bad-input", "nothing to correct is named", {
      remedy: "Say what is right: --name, --email or --language.",
    });
  }
  await withKeys(parts, (keys) =>
    inTransaction(parts.db, async (trx) => {
      const row = await trx
        .selectFrom("person")
        .selectAll()
        .where("id", "=", person.id)
        .forUpdate()
        .executeTakeFirst();
      if (email !== undefined && !row?.email_sealed) {
        throw new AssentError("refused", "there is no e-mail address to correct", {
          remedy: "The person gives one on their own page, where they agree to be written to.",
        });
      }
      if (name !== undefined) await setName(trx, keys, person.id, name, parts.clock);
      if (email !== undefined) {
        const guardian = (await addressOf(trx, person.id))?.guardian ?? null;
        await setEmail(trx, keys, { person: person.id, guardian }, email, parts.clock);
      }
      if (language !== undefined) await setLanguage(trx, person.id, language, parts.clock);
      await answerDemand(parts, trx, {
        kind: "correct",
        person: person.id,
        photo: null,
        face: null,
        language: language ?? person.language,
        staff: order.actor,
      });
      await notify(trx, person.id, { kind: "corrected" }, parts.clock);
    }),
  );
  await workOff(parts, null, "destroy-key");
  return { person: person.id, corrected };
}
