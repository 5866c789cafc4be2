import { sql } from "kysely";
import type { Clock } from "../core/index.ts";
import type { Db, Language, Purpose, Trx } from "../db/index.ts";
import { consentText, TEXT_VERSION, textDigest } from "./texts.ts";

/** What a text is about; `channel` of `publish` alone. */
interface About {
  readonly purpose: Purpose;
  readonly channel: string | null;
  readonly language: Language;
}

/**
 * Keeps the text as it is today, whose digest a consent event names: whoever agreed can be shown, for as long as the event
 * is there, what they agreed to. Returns its digest.
 */
export async function keepText(trx: Trx, about: About, clock: Clock): Promise<string> {
  const { purpose, channel, language } = about;
  const digest = textDigest(purpose, channel, language);
  const text = consentText(purpose, channel, language);
  await trx
    .insertInto("consent_text")
    .values({ digest, purpose, channel, language, version: TEXT_VERSION, text, since: clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return digest;
}

/** The texts of these digests, as they were signed; one of before texts were kept is missing. */
export async function keptTexts(db: Db, digests: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (digests.length === 0) return new Map();
  const rows = await db
    .selectFrom("consent_text")
    .select(["digest", "text"])
    .where("digest", "in", [...digests])
    .execute();
  return new Map(rows.map((row) => [row.digest, row.text]));
}

export interface KeptText extends About {
  readonly digest: string;
  readonly version: string;
  readonly text: string;
  readonly since: Date;
  /** Whether somebody who is asked today reads this one. */
  readonly inUse: boolean;
  /** People whose last word was about this text, and how many of those said yes. */
  readonly people: number;
  readonly yes: number;
}

/** Every text that was ever signed, by purpose, channel and language, the newest first. */
export async function listKeptTexts(db: Db): Promise<readonly KeptText[]> {
  const { rows } = await sql<Omit<KeptText, "inUse">>`
    select t.digest, t.purpose, t.channel, t.language, t.version, t.text, t.since,
      count(distinct last.person_id)::int as people,
      (count(distinct last.person_id) filter (where last.event in ('given', 'renewed')))::int as yes
    from consent_text t left join (
      select distinct on (person_id, purpose, channel, collection_id, guardian_id) person_id, event, text_digest
      from consent_event order by person_id, purpose, channel, collection_id, guardian_id, sequence desc
    ) last on last.text_digest = t.digest
    group by t.digest order by t.purpose, t.channel nulls first, t.language, t.since desc`.execute(db);
  return rows.map((row) => ({
    ...row,
    inUse: row.digest === textDigest(row.purpose, row.channel, row.language),
  }));
}
