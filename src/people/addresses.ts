import { sql, type Expression } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { Db, MailLinkPurpose, PersonRow, Trx } from "../db/index.ts";
import type { Holder } from "./devices.ts";
import { isHashOf, newSecret, secretHash } from "./secrets.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How long a mailed link is good, and how soon the next may be asked for. Chosen, not measured. */
const LINKS: Readonly<Record<MailLinkPurpose, { readonly lifeMs: number; readonly pauseMs: number }>> = {
  /** People join at an event and read their mail at home. It signs nobody in. */
  verify: { lifeMs: DAY_MS, pauseMs: MINUTE_MS },
  /** Opened at once by whoever asked for it. The pause keeps others from filling somebody's mailbox. */
  recover: { lifeMs: 30 * MINUTE_MS, pauseMs: 5 * MINUTE_MS },
};
/** Messages of one kind to one person within a day, whatever the address: nobody is written to by strangers without end. */
const MOST_A_DAY = 5;

/** How long a link that lets somebody back in is good, in minutes. */
export const RECOVER_MINUTES = LINKS.recover.lifeMs / MINUTE_MS;

/** What is known of an address besides itself. */
export interface Address {
  readonly givenAt: Date;
  /** The guardian who gave it; null: the person. */
  readonly guardian: Id | null;
  /** null: nobody has shown yet that they read what is sent to it. */
  readonly verifiedAt: Date | null;
  /** When the last message that asks to verify it went out; null where none did. */
  readonly askedAt: Date | null;
}

/** A new address, not verified; links mailed to the one before open nothing any more. */
export async function giveAddress(trx: Trx, holder: Holder, clock: Clock): Promise<void> {
  const values = { guardian_id: holder.guardian, given_at: clock.now(), verified_at: null };
  await trx
    .insertInto("address")
    .values({ person_id: holder.person, ...values })
    .onConflict((on) => on.column("person_id").doUpdateSet(values))
    .execute();
  await endMailLinks(trx, holder.person, clock);
}

/** With the address goes whether it was verified, and what links were mailed to it open. */
export async function forgetAddress(trx: Trx, person: Id, clock: Clock): Promise<void> {
  await trx.deleteFrom("address").where("person_id", "=", person).execute();
  await endMailLinks(trx, person, clock);
}

async function endMailLinks(trx: Trx, person: Id, clock: Clock, purpose?: MailLinkPurpose): Promise<void> {
  const now = clock.now();
  let query = trx
    .updateTable("mail_link")
    .set({ expires_at: now })
    .where("person_id", "=", person)
    .where("used_at", "is", null)
    .where("expires_at", ">", now);
  if (purpose !== undefined) query = query.where("purpose", "=", purpose);
  await query.execute();
}

/** undefined where the person has given none. */
export async function addressOf(db: Db, person: Id): Promise<Address | undefined> {
  const row = await db
    .selectFrom("address")
    .selectAll("address")
    .select((eb) =>
      eb
        .selectFrom("mail_link")
        .select((of) => of.fn.max("sent_at").as("at"))
        .where("mail_link.person_id", "=", person)
        .where("purpose", "=", "verify")
        .whereRef("sent_at", ">=", "address.given_at")
        .as("asked_at"),
    )
    .where("address.person_id", "=", person)
    .executeTakeFirst();
  return (
    row && {
      givenAt: row.given_at,
      guardian: row.guardian_id,
      verifiedAt: row.verified_at,
      askedAt: row.asked_at,
    }
  );
}

/**
 * A secret to be mailed to a person's address, 22 characters; earlier ones for the same purpose open nothing any more. Its
 * hash is kept. Errors: `refused` where there is no address, or for `verify` one that is verified, for `recover` one that is
 * not; `too-often`.
 */
export async function startMailLink(
  trx: Trx,
  person: Id,
  purpose: MailLinkPurpose,
  clock: Clock,
): Promise<string> {
  // Against a withdrawal, and against a second message at the same moment.
  await trx.selectFrom("person").select("id").where("id", "=", person).forUpdate().execute();
  const address = await trx
    .selectFrom("address")
    .select("verified_at")
    .where("person_id", "=", person)
    .executeTakeFirst();
  if (!address) throw new AssentError("refused", "there is no e-mail address to write to");
  if ((address.verified_at === null) !== (purpose === "verify")) {
    throw new AssentError("refused", `the e-mail address is ${purpose === "verify" ? "" : "not "}confirmed`);
  }
  const now = clock.now();
  await requirePause(trx, person, purpose, now);
  await endMailLinks(trx, person, clock, purpose);
  const secret = newSecret();
  const expires = new Date(now.getTime() + LINKS[purpose].lifeMs);
  await trx
    .insertInto("mail_link")
    .values({
      secret_hash: secretHash(secret),
      person_id: person,
      purpose,
      sent_at: now,
      expires_at: expires,
      used_at: null,
    })
    .execute();
  await record(trx, { kind: "mail-link-made", payload: { purpose }, person }, clock);
  return secret;
}

async function requirePause(trx: Trx, person: Id, purpose: MailLinkPurpose, now: Date): Promise<void> {
  const sent = await trx
    .selectFrom("mail_link")
    .select("sent_at")
    .where("person_id", "=", person)
    .where("purpose", "=", purpose)
    .where("sent_at", ">", new Date(now.getTime() - DAY_MS))
    .orderBy("sent_at", "desc")
    .execute();
  const last = sent[0]?.sent_at.getTime() ?? 0;
  if (sent.length < MOST_A_DAY && last + LINKS[purpose].pauseMs <= now.getTime()) return;
  throw new AssentError("too-often", "a message was sent to this address a short time ago", {
    remedy:
      "Look for it, also among unwanted mail. Wait some minutes before asking for another, or a day after five.",
  });
}

/** The message was not taken by the mail server: nobody has the link, and it does not count. */
export async function dropMailLink(trx: Trx, secret: string): Promise<void> {
  await trx.deleteFrom("mail_link").where("secret_hash", "=", secretHash(secret)).execute();
}

/**
 * Uses a mailed link up; of two at once the second finds it used.
 * Errors: `not-found`, in the same words for one that never was, was used, has run out or was for something else.
 */
async function takeMailLink(trx: Trx, secret: string, purpose: MailLinkPurpose, clock: Clock): Promise<Id> {
  const row = await trx
    .selectFrom("mail_link")
    .selectAll()
    .where("secret_hash", "=", secretHash(secret))
    .where("purpose", "=", purpose)
    .where("used_at", "is", null)
    .where("expires_at", ">", clock.now())
    .forUpdate()
    .executeTakeFirst();
  if (!row || !isHashOf(row.secret_hash, secret)) {
    throw new AssentError("not-found", "this link opens nothing, or nothing any more", {
      remedy: "Ask for another message. Each link is good once, and only the newest.",
    });
  }
  await trx
    .updateTable("mail_link")
    .set({ used_at: clock.now() })
    .where("secret_hash", "=", row.secret_hash)
    .execute();
  return row.person_id;
}

/** Whoever has the mailed secret reads what is sent to the address: it is verified. Errors: `not-found`. */
export async function verifyAddress(trx: Trx, secret: string, clock: Clock): Promise<Id> {
  const person = await takeMailLink(trx, secret, "verify", clock);
  await trx
    .updateTable("address")
    .set({ verified_at: clock.now() })
    .where("person_id", "=", person)
    .execute();
  await record(trx, { kind: "address-verified", payload: {}, person }, clock);
  return person;
}

/** Uses up a link that lets somebody back in, and says whose it was: whoever gave the address. Errors: `not-found`. */
export async function takeRecoveryLink(trx: Trx, secret: string, clock: Clock): Promise<Holder> {
  const person = await takeMailLink(trx, secret, "recover", clock);
  const address = await trx
    .selectFrom("address")
    .select("guardian_id")
    .where("person_id", "=", person)
    .executeTakeFirstOrThrow();
  await record(trx, { kind: "recovery-link-used", payload: {}, person }, clock);
  return { person, guardian: address.guardian_id };
}

/** So long after it was given somebody is asked to verify an address, where no message has got through yet. */
const ASKED_WITHIN_MS = 7 * DAY_MS;

/** Those who gave an address within a week and were not asked yet whether they read what is sent to it. */
export async function notAskedYet(db: Db, clock: Clock): Promise<readonly Id[]> {
  const rows = await db
    .selectFrom("address")
    .select("person_id")
    .where("verified_at", "is", null)
    .where((eb) => mayBeWrittenTo(eb.ref("address.person_id"), clock))
    .where("given_at", ">", new Date(clock.now().getTime() - ASKED_WITHIN_MS))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("mail_link")
            .select("mail_link.person_id")
            .whereRef("mail_link.person_id", "=", "address.person_id")
            .where("purpose", "=", "verify")
            .whereRef("sent_at", ">=", "address.given_at"),
        ),
      ),
    )
    .orderBy("given_at")
    .execute();
  return rows.map((row) => row.person_id);
}

function mayBeWrittenTo(person: Expression<string>, clock: Clock) {
  return sql<boolean>`consent_live(${person}, 'contact', null, null, ${clock.now()})`;
}

/** Those who agreed to be written to and whose address is verified; their names stay sealed. */
export async function withVerifiedAddress(
  db: Db,
  clock: Clock,
): Promise<readonly Pick<PersonRow, "id" | "language" | "name_sealed" | "email_sealed">[]> {
  return db
    .selectFrom("person")
    .innerJoin("address", "address.person_id", "person.id")
    .select(["person.id", "person.language", "person.email_sealed"])
    .select((eb) => eb.val(null).as("name_sealed"))
    .where("address.verified_at", "is not", null)
    .where("person.email_sealed", "is not", null)
    .where((eb) => mayBeWrittenTo(eb.ref("person.id"), clock))
    .orderBy("person.id")
    .execute();
}

/** Links that were mailed longer ago than anything asks about: they open nothing, and count no more. */
export async function removeOldMailLinks(trx: Trx, clock: Clock): Promise<void> {
  await trx
    .deleteFrom("mail_link")
    .where("sent_at", "<=", new Date(clock.now().getTime() - ASKED_WITHIN_MS))
    .execute();
}
