import { sql } from "kysely";
import { toPlainError, type Id } from "../core/index.ts";
import type { Language } from "../db/index.ts";
import type { Mailer } from "../mail/index.ts";
import { openContact, personById } from "../people/index.ts";
import type { Parts } from "./instance.ts";

export interface Told {
  readonly messages: number;
  /** Why some were not sent; they stay due. */
  readonly failed: readonly string[];
}

export interface TellSettings {
  readonly mailer: Mailer;
  readonly publicUrl: URL;
  readonly organisation: string;
}

/** Nobody is written to more often than this. */
const LEAST_INTERVAL_MS = 24 * 3_600_000;

const WORDS: Readonly<Record<Language, (organisation: string, page: string) => [string, string]>> = {
  fr: (organisation, page) => [
    `${organisation} : de nouvelles photos vous attendent`,
    `Bonjour,

De nouvelles photos où vous pourriez figurer sont arrivées chez ${organisation}. Pour les voir, ouvrez cette page sur l'appareil avec lequel vous vous êtes inscrit, ou avec votre code de secours :

${page}

Pour ne plus recevoir ces messages, ou pour vous retirer, ouvrez « Mes choix » sur la même page.
`,
  ],
  en: (organisation, page) => [
    `${organisation}: new photos are waiting for you`,
    `Hello,

New photos that you may be in have arrived at ${organisation}. To see them, open this page on the device that you joined with, or with your recovery code:

${page}

To stop these messages, or to leave, open "My choices" on the same page.
`,
  ],
};

/**
 * Writes to those who agreed to be written to (`contact`) and were found in photos since they last looked. The message
 * names nobody and its link signs nobody in. What is sent is noted after the server has taken it: a crash in between
 * sends one message twice, which is better than none.
 */
export async function tellOfPhotos(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  { mailer, publicUrl, organisation }: TellSettings,
): Promise<Told> {
  const failed: string[] = [];
  let messages = 0;
  for (const id of await peopleToTell(parts)) {
    try {
      const person = await personById(parts.db, id);
      const { email } = await openContact(parts.keys, person);
      if (email === null) continue;
      const [subject, text] = WORDS[person.language](organisation, new URL("/me", publicUrl).href);
      await mailer.send({ to: email, subject, text });
      const at = parts.clock.now();
      await parts.db
        .insertInto("told")
        .values({ person_id: id, at })
        .onConflict((on) => on.column("person_id").doUpdateSet({ at }))
        .execute();
      messages++;
    } catch (error) {
      // Somebody who left meanwhile has no key any more; a server that is away is tried again within the hour.
      failed.push(toPlainError(error).message);
    }
  }
  return { messages, failed };
}

/** Found by the machine since they last looked or were told, with an address and a live consent. */
async function peopleToTell({ db, clock }: Pick<Parts, "db" | "clock">): Promise<readonly Id[]> {
  const now = clock.now();
  const { rows } = await sql<{ id: Id }>`
    select p.id from person p
    left join told t on t.person_id = p.id
    where p.email_sealed is not null
      and (t.at is null or t.at <= ${new Date(now.getTime() - LEAST_INTERVAL_MS)})
      and consent_live(p.id, 'contact', null, null, ${now})
      and exists (
        select 1 from match m
        where m.person_id = p.id and m.origin = 'machine' and m.state in ('matched', 'asked')
          and m.decided_at > greatest(
            t.at,
            (select max(d.last_seen_at) from device d where d.person_id = p.id),
            -- What was found while joining was shown or handed over then.
            (select max(e.created_at) from enrolment e where e.person_id = p.id) + interval '1 hour'))
    order by p.id`.execute(db);
  return rows.map((row) => row.id);
}
