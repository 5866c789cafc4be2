import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import { openText, sealText, sealTextAgain, type KeyStore } from "../crypto/index.ts";
import {
  holdSealing,
  type Db,
  type InvitationKind,
  type Language,
  type LetterFailure,
  type LetterRow,
  type LetterState,
  type Trx,
} from "../db/index.ts";
import { checkedEmail, contactKey } from "./people.ts";
import { noSuch } from "./secrets.ts";

/**
 * An invitation addressed to somebody, while it waits: to be sent, or to be handed over by staff. Personal links are never
 * letters: staff read these.
 */
export interface Letter {
  readonly id: Id;
  readonly invitation: Id;
  readonly kind: Extract<InvitationKind, "single" | "guardian">;
  readonly collection: { readonly id: Id; readonly name: string };
  readonly language: Language;
  readonly tries: number;
  /** Why it was not sent; null where nothing was tried. */
  readonly failure: LetterFailure | null;
  /** When it is sent by itself next; null: never. */
  readonly tryAt: Date | null;
  /** When it last went out; null: not yet. Then it waits for an answer, and `reminders` times more it is sent again. */
  readonly sentAt: Date | null;
  readonly reminders: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** What is sealed in it, and of a guardian's the child. */
  readonly sealed: Pick<LetterRow, "id" | "address_sealed" | "secret_sealed">;
  readonly child: { readonly child_id: Id | null; readonly child_sealed: Buffer | null };
}

const HOUR_MS = 3_600_000;
/** An invitation is sent again to whoever has not answered so often at most, and a week after the last time. */
const MOST_REMINDERS = 3;
const REMIND_AFTER_MS = 7 * 24 * HOUR_MS;
/**
 * So often a letter is sent by itself, an hour, then two, four and eight after the one before: over a night in which the mail
 * server is away. Then it is staff's to hand over.
 */
const MOST_TRIES = 5;

function purpose(field: "address" | "secret", letter: Id): string {
  return `letter-${field}:${letter}`;
}

/**
 * Puts an invitation that was just made into the outbox, with whom it is for and its secret, sealed under a contact key of
 * the letter's own id (`keys` makes it: a crash leaves a key of nothing). Due to be sent at once.
 * Errors: `bad-input` for an address that is none.
 */
export async function addLetter(
  trx: Trx,
  keys: KeyStore,
  wanted: {
    readonly invitation: { readonly id: Id; readonly secret: string };
    readonly email: string;
    readonly language: Language;
    readonly by: string;
    /** How often it is sent again to whoever has not answered; the address is kept as long. 0 unless told. */
    readonly reminders?: number | undefined;
  },
  clock: Clock,
): Promise<Id> {
  const reminders = wanted.reminders ?? 0;
  if (!Number.isInteger(reminders) || reminders < 0 || reminders > MOST_REMINDERS) {
    throw new AssentError("bad-input", `somebody is reminded ${MOST_REMINDERS} times at most`);
  }
  const email = checkedEmail(wanted.email);
  const id = newId();
  const now = clock.now();
  await holdSealing(trx, contactKey(id));
  await keys.create(contactKey(id));
  await trx
    .insertInto("letter")
    .values({
      id,
      invitation_id: wanted.invitation.id,
      language: wanted.language,
      address_sealed: await sealText(keys, contactKey(id), email, purpose("address", id)),
      secret_sealed: await sealText(keys, contactKey(id), wanted.invitation.secret, purpose("secret", id)),
      state: "waiting",
      failure: null,
      try_at: now,
      reminders,
      created_at: now,
      closed_at: null,
    })
    .execute();
  const payload = { letter: id, invitation: wanted.invitation.id, by: wanted.by };
  await record(trx, { kind: "letter-made", payload }, clock);
  return id;
}

/** Letters that wait, oldest first; or the one that is asked for. */
export async function waitingLetters(db: Db, only?: Id): Promise<readonly Letter[]> {
  let query = db
    .selectFrom("letter")
    .innerJoin("invitation", "invitation.id", "letter.invitation_id")
    .innerJoin("collection", "collection.id", "invitation.collection_id")
    .selectAll("letter")
    .select(["invitation.kind", "invitation.created_by", "invitation.expires_at"])
    .select(["invitation.child_id", "invitation.child_sealed", "collection.id as of", "collection.name"])
    .where("letter.state", "=", "waiting");
  if (only !== undefined) query = query.where("letter.id", "=", only);
  const rows = await query.orderBy("letter.created_at").orderBy("letter.id").execute();
  return rows.map((row) => ({
    id: row.id,
    invitation: row.invitation_id,
    kind: row.kind as Letter["kind"],
    collection: { id: row.of, name: row.name },
    language: row.language,
    tries: row.tries,
    failure: row.failure,
    tryAt: row.try_at,
    sentAt: row.sent_at,
    reminders: row.reminders,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    sealed: { id: row.id, address_sealed: row.address_sealed, secret_sealed: row.secret_sealed },
    child: { child_id: row.child_id, child_sealed: row.child_sealed },
  }));
}

/** Seals what is in a waiting letter by the newest of its keys; whether there was anything to seal. */
export async function sealLetterAgain(trx: Trx, keys: KeyStore, id: Id): Promise<boolean> {
  const row = await trx.selectFrom("letter").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  if (!row) return false;
  const address = await sealTextAgain(keys, contactKey(id), row.address_sealed, purpose("address", id));
  const secret = await sealTextAgain(keys, contactKey(id), row.secret_sealed, purpose("secret", id));
  if (address === null && secret === null) return false;
  await trx
    .updateTable("letter")
    .set({
      address_sealed: address ?? row.address_sealed,
      secret_sealed: secret ?? row.secret_sealed,
    })
    .where("id", "=", id)
    .execute();
  return true;
}

/** To whom a waiting letter goes. Errors: `key-gone` for one that was closed just now. */
export function openLetterAddress(keys: KeyStore, { sealed }: Pick<Letter, "sealed">): Promise<string> {
  return openText(
    keys,
    contactKey(sealed.id),
    sealed.address_sealed ?? Buffer.alloc(0),
    purpose("address", sealed.id),
  );
}

/** The secret of the invitation in a waiting letter. Errors: `key-gone` for one that was closed just now. */
export function openLetterSecret(keys: KeyStore, { sealed }: Pick<Letter, "sealed">): Promise<string> {
  return openText(
    keys,
    contactKey(sealed.id),
    sealed.secret_sealed ?? Buffer.alloc(0),
    purpose("secret", sealed.id),
  );
}

/** Ends of a letter. `used`: somebody joined by it before anybody said that it was handed over. */
type LetterEnd = Exclude<LetterState, "waiting">;

/**
 * From the commit on the letter holds nothing. Returns the id whose contact key the caller destroys; null where no letter waits.
 */
export async function closeLetter(
  trx: Trx,
  which: { readonly letter: Id } | { readonly invitation: Id },
  end: LetterEnd,
  by: string | null,
  clock: Clock,
): Promise<Id | null> {
  const row = await trx
    .updateTable("letter")
    .set({ state: end, closed_at: clock.now(), address_sealed: null, secret_sealed: null, try_at: null })
    .where(
      "letter" in which ? "id" : "invitation_id",
      "=",
      "letter" in which ? which.letter : which.invitation,
    )
    .where("state", "=", "waiting")
    .returning("id")
    .executeTakeFirst();
  if (!row) return null;
  await record(trx, { kind: "letter-closed", payload: { letter: row.id, end, by } }, clock);
  return row.id;
}

/**
 * A letter went out, sent or handed over. Where whoever it is for is to be reminded, it waits on for the answer, due again
 * after a week; otherwise it is closed. Returns whether it waited, and the id whose contact key the caller destroys.
 */
export async function letterWentOut(
  trx: Trx,
  letter: Id,
  how: Extract<LetterEnd, "sent" | "handed-over">,
  by: string | null,
  clock: Clock,
): Promise<{ readonly wasWaiting: boolean; readonly closed: Id | null }> {
  const now = clock.now();
  const again = await trx
    .updateTable("letter")
    .set((eb) => ({
      reminders: eb("reminders", "-", 1),
      sent_at: now,
      tries: 0,
      failure: null,
      try_at: new Date(now.getTime() + REMIND_AFTER_MS),
    }))
    .where("id", "=", letter)
    .where("state", "=", "waiting")
    .where("reminders", ">", 0)
    .returning("reminders")
    .executeTakeFirst();
  if (again) {
    await record(trx, { kind: "letter-out", payload: { letter, how, by, left: again.reminders } }, clock);
    return { wasWaiting: true, closed: null };
  }
  const closed = await closeLetter(trx, { letter }, how, by, clock);
  return { wasWaiting: closed !== null, closed };
}

/** Errors: `not-found` for a letter that does not wait (any more). */
export function noSuchLetter(id: Id): AssentError {
  return noSuch("letter in the outbox", id);
}

/**
 * Takes the next try of a letter, so that two processes do not send it at once and a crash does not make it endless: the try
 * after it is set before anything is sent. `now`: staff ask for it, whether or not it is due. False where it is not due.
 */
export async function takeTry(trx: Trx, letter: Id, when: "due" | "now", clock: Clock): Promise<boolean> {
  const now = clock.now();
  const row = await trx
    .selectFrom("letter")
    .select(["tries", "try_at"])
    .where("id", "=", letter)
    .where("state", "=", "waiting")
    .forUpdate()
    .executeTakeFirst();
  if (!row || (when === "due" && (row.try_at === null || row.try_at > now))) return false;
  const tries = row.tries + 1;
  const next = tries < MOST_TRIES ? new Date(now.getTime() + HOUR_MS * 2 ** (tries - 1)) : null;
  await trx.updateTable("letter").set({ tries, try_at: next }).where("id", "=", letter).execute();
  return true;
}

/** Why a try failed. Where the address is refused, or no mail server is there, nothing is tried again by itself. */
export async function noteFailure(trx: Trx, letter: Id, failure: LetterFailure): Promise<void> {
  await trx
    .updateTable("letter")
    .set({ failure, ...(failure === "address" ? { try_at: null } : {}) })
    .where("id", "=", letter)
    .where("state", "=", "waiting")
    .execute();
}

/** Letters that wait in the invitations of one collection, or in those that have run out. Their keys go with these. */
export async function lettersIn(
  db: Db,
  which: { readonly collection: Id } | { readonly expiredBy: Date },
): Promise<readonly { readonly invitation: Id; readonly letter: Id }[]> {
  let query = db
    .selectFrom("letter")
    .innerJoin("invitation", "invitation.id", "letter.invitation_id")
    .select(["letter.id as letter", "invitation.id as invitation"])
    .where("letter.state", "=", "waiting");
  query =
    "collection" in which
      ? query.where("invitation.collection_id", "=", which.collection)
      : query.where("invitation.expires_at", "<=", which.expiredBy);
  return query.execute();
}
