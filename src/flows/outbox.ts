import { AssentError, toPlainError, type Id } from "../core/index.ts";
import { inTransaction, type Language, type LetterFailure, type Trx } from "../db/index.ts";
import { addressRefused } from "../mail/index.ts";
import {
  childOf,
  closeLetter,
  contactKey,
  letterWentOut,
  noSuchLetter,
  noteFailure,
  openLetterAddress,
  openLetterSecret,
  revokeInvitation,
  takeTry,
  waitingLetters,
  type Letter,
} from "../people/index.ts";
import { writeLeftovers } from "./collection.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { invite, type InviteOrder } from "./invite.ts";
import { invitationMessage } from "./messages.ts";
import { checkedId } from "./named.ts";
import type { Sender } from "./sender.ts";

export interface InviteByMailOrder extends Pick<InviteOrder, "collection" | "child" | "until" | "actor"> {
  readonly email: string;
  readonly language: Language;
  /** How often it is sent again to whoever has not answered. */
  readonly reminders?: number | undefined;
}

export interface InvitedByMail {
  readonly collection: { readonly id: Id; readonly name: string };
  readonly invitation: Id;
  readonly letter: Id;
  readonly expiresAt: Date;
  /** `waiting`: in the outbox, for staff to hand over or to be tried again. */
  readonly state: "sent" | "waiting";
  /** Why it was not sent; null where it was, or where there is no mail server. */
  readonly failure: LetterFailure | null;
}

/**
 * Invites somebody by their address: a person to join, or a guardian for the child that is named. The invitation and its
 * letter are one transaction; then it is sent, where there is a mail server. Errors: those of `invite`; `bad-input` for an
 * address that is none.
 */
export async function inviteByMail(
  parts: Parts,
  order: InviteByMailOrder,
  sender: Sender | undefined,
): Promise<InvitedByMail> {
  const { email, language, reminders, ...wanted } = order;
  const kind = order.child === undefined ? "single" : "guardian";
  const made = await invite(parts, { ...wanted, kind, addressee: { email, language, reminders } });
  const [invitation] = made.invitations;
  const letter = invitation?.letter ?? "";
  const { collection, expiresAt } = made;
  const common = { collection, expiresAt, invitation: invitation?.id ?? "", letter };
  if (!sender) return { ...common, state: "waiting", failure: null };
  const tried = await sendLetter(parts, sender, letter, "due");
  return { ...common, state: tried.sent ? "sent" : "waiting", failure: tried.failure };
}

interface Tried {
  readonly sent: boolean;
  readonly failure: LetterFailure | null;
}

/**
 * One try at a letter: the try is written down, the message sent, then the letter closed, so that address and link are kept no
 * longer. A crash before the close sends it once more; the tries are bounded.
 */
async function sendLetter(parts: Parts, sender: Sender, id: Id, when: "due" | "now"): Promise<Tried> {
  const nothing = { sent: false, failure: null };
  if (!(await inTransaction(parts.db, (trx) => takeTry(trx, id, when, parts.clock)))) return nothing;
  const [letter] = await waitingLetters(parts.db, id);
  if (!letter) return nothing;
  try {
    await sender.mailer.send(await messageOf(parts, letter, sender));
  } catch (error) {
    if (toPlainError(error).code !== "mail-failed") throw error;
    const failure = addressRefused(error) ? "address" : "server";
    await inTransaction(parts.db, (trx) => noteFailure(trx, id, failure));
    return { sent: false, failure };
  }
  await inTransaction(parts.db, async (trx) => {
    const { closed } = await letterWentOut(trx, id, "sent", null, parts.clock);
    await letGo(parts, trx, closed);
  });
  await workOff(parts, null, "destroy-key");
  return { sent: true, failure: null };
}

async function messageOf(
  parts: Pick<Parts, "keys">,
  letter: Letter,
  { publicUrl, organisation }: Omit<Sender, "mailer">,
): Promise<{ to: string; subject: string; text: string; link: string }> {
  const link = `${publicUrl.origin}/join#${await openLetterSecret(parts.keys, letter)}`;
  return {
    to: await openLetterAddress(parts.keys, letter),
    link,
    ...invitationMessage(letter.language, {
      organisation,
      collection: letter.collection.name,
      guardian: letter.kind === "guardian",
      link,
      endsAt: letter.expiresAt,
      reminders: letter.reminders,
      again: letter.sentAt !== null,
    }),
  };
}

async function letGo(parts: Parts, trx: Trx, ...held: readonly (Id | null)[]): Promise<void> {
  const keys = held.filter((one) => one !== null).map(contactKey);
  await writeLeftovers(parts, trx, { blobs: [], keys });
}

export interface SentLetters {
  readonly sent: number;
  readonly failed: number;
}

/** Sends what is due in the outbox; `now`: everything that waits, also what is not tried by itself any more. */
export async function sendOutbox(
  parts: Parts,
  sender: Sender,
  when: "due" | "now" = "due",
  signal?: AbortSignal,
): Promise<SentLetters> {
  let sent = 0;
  let failed = 0;
  for (const { id, sentAt } of await waitingLetters(parts.db)) {
    if (signal?.aborted) break;
    // A reminder is not due before its time, whoever asks.
    const tried = await sendLetter(parts, sender, id, sentAt === null ? when : "due");
    if (tried.sent) sent++;
    else if (tried.failure !== null) failed++;
  }
  return { sent, failed };
}

/** A letter that waits, as staff see it. */
export interface WaitingLetter {
  readonly letter: Id;
  readonly invitation: Id;
  readonly kind: "single" | "guardian";
  readonly collection: { readonly id: Id; readonly name: string };
  readonly to: string;
  /** Of a guardian's. */
  readonly child: string | null;
  readonly language: Language;
  readonly by: string;
  readonly since: string;
  readonly expiresAt: string;
  readonly tries: number;
  readonly failure: LetterFailure | null;
  /** When it is tried again by itself, where there is a mail server; null: never. */
  readonly nextTry: string | null;
}

/** What waits in the outbox, oldest first; not what went out and waits for an answer. */
export async function listOutbox(
  parts: Pick<Parts, "db" | "keys" | "clock">,
): Promise<readonly WaitingLetter[]> {
  const now = parts.clock.now();
  const letters = (await waitingLetters(parts.db)).filter((one) => !waitsForAnswer(one, now));
  return Promise.all(letters.map((letter) => asStaffSee(parts, letter)));
}

function waitsForAnswer({ sentAt, tryAt }: Letter, now: Date): boolean {
  return sentAt !== null && tryAt !== null && tryAt > now;
}

/** Somebody who was invited, may be reminded, and has not answered. */
export interface Unanswered extends WaitingLetter {
  /** When the invitation last went out; null: it waits in the outbox. */
  readonly sentAt: string | null;
  /** How often it will be sent again. */
  readonly reminders: number;
}

/** Who was invited to a collection and has not answered, of those whose address is still kept, oldest first. */
export async function unanswered(
  parts: Pick<Parts, "db" | "keys">,
  collection: Id,
): Promise<readonly Unanswered[]> {
  const letters = (await waitingLetters(parts.db)).filter((one) => one.collection.id === collection);
  return Promise.all(
    letters.map(async (letter) => ({
      ...(await asStaffSee(parts, letter)),
      sentAt: letter.sentAt?.toISOString() ?? null,
      // The one that is due next is among them.
      reminders: letter.reminders + (letter.sentAt === null ? 0 : 1),
    })),
  );
}

async function asStaffSee(parts: Pick<Parts, "keys">, letter: Letter): Promise<WaitingLetter> {
  return {
    letter: letter.id,
    invitation: letter.invitation,
    kind: letter.kind,
    collection: letter.collection,
    to: await openLetterAddress(parts.keys, letter),
    child: (await childOf(parts.keys, letter.child))?.name ?? null,
    language: letter.language,
    by: letter.createdBy,
    since: letter.createdAt.toISOString(),
    expiresAt: letter.expiresAt.toISOString(),
    tries: letter.tries,
    failure: letter.failure,
    nextTry: letter.tryAt?.toISOString() ?? null,
  };
}

/** A letter with what it says, to be copied, printed or sent by staff's own program. */
export interface OpenedLetter extends WaitingLetter {
  readonly subject: string;
  readonly text: string;
  readonly link: string;
}

/** Errors: `not-found` for one that does not wait (any more). */
export async function openLetter(
  parts: Pick<Parts, "db" | "keys">,
  id: Id,
  sender: Omit<Sender, "mailer">,
): Promise<OpenedLetter> {
  const [letter] = await waitingLetters(parts.db, letterId(id));
  if (!letter) throw noSuchLetter(id);
  const { subject, text, link } = await messageOf(parts, letter, sender);
  return { ...(await asStaffSee(parts, letter)), subject, text, link };
}

function letterId(id: string): Id {
  return checkedId(id, "letter", "`assent outbox list` shows them.");
}

/** Staff have handed it over: address and link go unless somebody is to be reminded. Errors: `not-found`. */
export async function handOverLetter(
  parts: Parts,
  order: { readonly letter: Id; readonly actor: string },
): Promise<void> {
  const id = letterId(order.letter);
  await inTransaction(parts.db, async (trx) => {
    const { wasWaiting, closed } = await letterWentOut(trx, id, "handed-over", order.actor, parts.clock);
    if (!wasWaiting) throw noSuchLetter(id);
    await letGo(parts, trx, closed);
  });
  await workOff(parts, null, "destroy-key");
}

/** Nobody is reminded any more: address and link go, the invitation stays open. Errors: `not-found`. */
export async function stopReminding(
  parts: Parts,
  order: { readonly letter: Id; readonly actor: string },
): Promise<void> {
  const id = letterId(order.letter);
  await inTransaction(parts.db, async (trx) => {
    const closed = await closeLetter(trx, { letter: id }, "sent", order.actor, parts.clock);
    if (closed === null) throw noSuchLetter(id);
    await letGo(parts, trx, closed);
  });
  await workOff(parts, null, "destroy-key");
}

/** The invitation is ended, and with it the letter. Errors: `not-found`. */
export async function cancelLetter(
  parts: Parts,
  order: { readonly letter: Id; readonly actor: string },
): Promise<void> {
  const id = letterId(order.letter);
  await inTransaction(parts.db, async (trx) => {
    const [waiting] = await waitingLetters(trx, id);
    if (!waiting) throw noSuchLetter(id);
    const { child, letter } = await revokeInvitation(trx, waiting.invitation, order.actor, parts.clock);
    await letGo(parts, trx, child, letter);
  });
  await workOff(parts, null, "destroy-key");
}

/** Staff ask for another try at once. Errors: `not-found`. */
export async function sendLetterNow(parts: Parts, sender: Sender, id: Id): Promise<Tried> {
  const [letter] = await waitingLetters(parts.db, letterId(id));
  if (!letter) throw noSuchLetter(id);
  if (waitsForAnswer(letter, parts.clock.now())) {
    throw new AssentError("refused", "this invitation has been sent, and its reminder is not due yet", {
      remedy: "It is sent again by itself a week after the last time.",
    });
  }
  return sendLetter(parts, sender, letter.id, "now");
}
