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
