import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { ConsentEventKind, ConsentEventRow, Db, GivenHow, Language, Purpose, Trx } from "../db/index.ts";
import { TEXT_VERSION, textDigest } from "./texts.ts";

export const PURPOSES: readonly Purpose[] = [
  "find-me",
  "keep-template",
  "show-name",
  "staff-lookup",
  "publish",
  "contact",
];

/** One use that a person was asked about; `channel` for `publish` alone, `collection` null for every collection. */
export interface ConsentScope {
  readonly purpose: Purpose;
  readonly channel: string | null;
  readonly collection: Id | null;
}

export interface NewConsent extends ConsentScope {
  readonly person: Id;
  readonly event: ConsentEventKind;
  readonly language: Language;
  readonly givenHow: GivenHow;
  readonly staff: string | null;
  readonly validUntil: Date;
}

/**
 * Appends a consent event with its entry, and raises the person's epoch so that every permit made before fails.
 * Errors: `refused` for what may not be given that way, `not-found` for an unknown person.
 */
export async function recordConsent(trx: Trx, consent: NewConsent, clock: Clock): Promise<ConsentEventRow> {
  if (consent.purpose === "staff-lookup" && consent.event === "given" && consent.givenHow !== "own-device") {
    throw new AssentError("refused", "staff-lookup can be agreed to on the person's own device only", {
      remedy: "Leave staff-lookup out; the person can switch it on from their own link.",
    });
  }
  const epoch = await raiseEpoch(trx, consent.person);
  const at = clock.now();
  const row = await trx
    .insertInto("consent_event")
    .values({
      id: newId(),
      person_id: consent.person,
      purpose: consent.purpose,
      channel: consent.channel,
      collection_id: consent.collection,
      event: consent.event,
      text_version: TEXT_VERSION,
      text_language: consent.language,
      text_digest: textDigest(consent.purpose, consent.channel, consent.language),
      given_how: consent.givenHow,
      staff: consent.staff,
      valid_from: at,
      valid_until: consent.event === "given" ? consent.validUntil : at,
      epoch,
      at,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await record(
    trx,
    {
      kind: `consent-${consent.event}`,
      payload: {
        consent: row.id,
        purpose: consent.purpose,
        channel: consent.channel,
        collection: consent.collection,
        text: row.text_digest,
        epoch,
      },
      person: consent.person,
    },
    clock,
  );
  return row;
}

/** Locks the person's row until the transaction ends, so that two changes of one person's consents follow one another. */
async function raiseEpoch(trx: Trx, person: Id): Promise<number> {
  const row = await trx
    .updateTable("person")
    .set((eb) => ({ epoch: eb("epoch", "+", 1) }))
    .where("id", "=", person)
    .returning("epoch")
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no person ${person}`);
  return row.epoch;
}

/** A person's consent as it stands for one scope: the last event, and whether it is live at this moment. */
export interface Standing extends ConsentScope {
  readonly consent: Id;
  readonly live: boolean;
  readonly event: ConsentEventKind;
  readonly since: Date;
  readonly validUntil: Date;
  readonly givenHow: GivenHow;
}

/** Every scope that the person was ever asked about, derived from the events; nothing is stored twice. */
export async function standingOf(db: Db, person: Id, clock: Clock): Promise<readonly Standing[]> {
  const rows = await db
    .selectFrom("consent_event")
    .distinctOn(["purpose", "channel", "collection_id"])
    .selectAll()
    .where("person_id", "=", person)
    .orderBy("purpose")
    .orderBy("channel")
    .orderBy("collection_id")
    .orderBy("sequence", "desc")
    .execute();
  const now = clock.now();
  return rows.map((row) => {
    const general = rows.find(
      (other) =>
        other.purpose === row.purpose &&
        other.channel === row.channel &&
        other.collection_id === null &&
        other.sequence > row.sequence,
    );
    const last = general ?? row;
    return {
      purpose: row.purpose,
      channel: row.channel,
      collection: row.collection_id,
      consent: last.id,
      event: last.event,
      live: last.event === "given" && last.valid_from <= now && now < last.valid_until,
      since: last.at,
      validUntil: last.valid_until,
      givenHow: last.given_how,
    };
  });
}
