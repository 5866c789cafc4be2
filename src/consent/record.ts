import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { ConsentEventKind, ConsentEventRow, GivenHow, Language, Purpose, Trx } from "../db/index.ts";
import { keepText } from "./kept-texts.ts";
import { TEXT_VERSION } from "./texts.ts";

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
  /** The guardian who speaks; absent or null: the person, or staff who write down their word. */
  readonly guardian?: Id | null | undefined;
  /** SHA-256 of the scan of what was signed, hex: needed for a yes on `paper`. */
  readonly paperDigest?: string | undefined;
  readonly validUntil: Date;
}

/** Whether an event is a yes. */
export function isYes(event: ConsentEventKind): boolean {
  return event === "given" || event === "renewed";
}

/**
 * Appends a consent event with its entry, and raises the person's epoch so that every permit made before fails.
 * Errors: `refused` for what may not be given that way, `not-found` for an unknown person.
 */
export async function recordConsent(trx: Trx, consent: NewConsent, clock: Clock): Promise<ConsentEventRow> {
  const yes = isYes(consent.event);
  if (consent.purpose === "staff-lookup" && yes && consent.givenHow !== "own-device") {
    throw new AssentError("refused", "staff-lookup can be agreed to on the person's own device only", {
      remedy: "Leave staff-lookup out; the person can switch it on from their own link.",
    });
  }
  if (consent.givenHow === "paper" && yes && consent.paperDigest === undefined) {
    throw new AssentError("bad-input", "a consent on paper is kept with the hash of its scan", {
      remedy: "Scan or photograph what was signed, and name the file.",
    });
  }
  const epoch = await raiseEpoch(trx, consent.person);
  const at = clock.now();
  const digest = await keepText(trx, consent, clock);
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
      text_digest: digest,
      given_how: consent.givenHow,
      staff: consent.staff,
      guardian_id: consent.guardian ?? null,
      paper_digest: consent.paperDigest ?? null,
      valid_from: at,
      valid_until: yes ? consent.validUntil : at,
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
        language: row.text_language,
        how: row.given_how,
        guardian: row.guardian_id ?? undefined,
        paper: row.paper_digest ?? undefined,
        until: row.valid_until.toISOString(),
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
