import { sql } from "kysely";
import { toPlainError, type Id } from "../core/index.ts";
import { openContact, personById } from "../people/index.ts";
import type { Parts } from "./instance.ts";
import { photosMessage } from "./messages.ts";
import type { Sender } from "./sender.ts";

export interface Told {
  readonly messages: number;
  /** Why some were not sent; they stay due. */
  readonly failed: readonly string[];
}

/** Nobody is written to more often than this. */
const LEAST_INTERVAL_MS = 24 * 3_600_000;

/**
 * Writes to those who agreed to be written to (`contact`), have verified their address, and were found in photos since they
 * last looked. The message names nobody and its link signs nobody in. What is sent is noted after the server has taken it: a
 * crash in between sends one message twice, which is better than none. `signal` ends it after the one in hand.
 */
export async function tellOfPhotos(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  { mailer, publicUrl, organisation }: Sender,
  signal?: AbortSignal,
): Promise<Told> {
  const failed: string[] = [];
  let messages = 0;
  for (const id of await peopleToTell(parts)) {
    if (signal?.aborted) break;
    try {
      const person = await personById(parts.db, id);
      const { email } = await openContact(parts.keys, person);
      if (email === null) continue;
      const page = new URL("/me", publicUrl).href;
      await mailer.send({ to: email, ...photosMessage(person.language, { organisation, page }) });
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

/** Found by the machine or a card since they last looked or were told, with a verified address and a live consent. */
async function peopleToTell({ db, clock }: Pick<Parts, "db" | "clock">): Promise<readonly Id[]> {
  const now = clock.now();
  const { rows } = await sql<{ id: Id }>`
    select p.id from person p
    join address a on a.person_id = p.id and a.verified_at is not null
    left join told t on t.person_id = p.id
    where p.email_sealed is not null
      and (t.at is null or t.at <= ${new Date(now.getTime() - LEAST_INTERVAL_MS)})
      and consent_live(p.id, 'contact', null, null, ${now})
      and exists (
        select 1 from match m
        where m.person_id = p.id and m.origin <> 'hand' and m.state in ('matched', 'asked')
          and m.decided_at > greatest(
            t.at,
            (select max(d.last_seen_at) from device d where d.person_id = p.id),
            -- What was found while joining was shown or handed over then.
            (select max(e.created_at) from enrolment e where e.person_id = p.id) + interval '1 hour'))
    order by p.id`.execute(db);
  return rows.map((row) => row.id);
}
