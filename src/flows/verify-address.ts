import { toPlainError, type Id } from "../core/index.ts";
import { inTransaction, type MailLinkPurpose } from "../db/index.ts";
import {
  dropMailLink,
  notAskedYet,
  openContact,
  personById,
  startMailLink,
  verifyAddress,
} from "../people/index.ts";
import type { Parts } from "./instance.ts";
import { verifyMessage, type Written } from "./messages.ts";
import type { Sender } from "./sender.ts";

type MailParts = Pick<Parts, "db" | "keys" | "clock">;

/**
 * Mails a link to the address that a person gave. The link's row comes first: a crash before the message is taken leaves a
 * link that nobody has, which counts as one that was sent; where the server does not take it, it is as if nothing was asked.
 * Errors: `refused` and `too-often` of `startMailLink`, `mail-failed`, `key-gone`.
 */
export async function mailLink(
  parts: MailParts,
  { mailer }: Pick<Sender, "mailer">,
  person: Id,
  purpose: MailLinkPurpose,
  write: (secret: string, person: Awaited<ReturnType<typeof personById>>) => Written,
): Promise<void> {
  const { secret, row } = await inTransaction(parts.db, async (trx) => ({
    secret: await startMailLink(trx, person, purpose, parts.clock),
    row: await personById(trx, person),
  }));
  try {
    const { email } = await openContact(parts.keys, row);
    if (email !== null) await mailer.send({ to: email, ...write(secret, row) });
  } catch (error) {
    await inTransaction(parts.db, (trx) => dropMailLink(trx, secret));
    throw error;
  }
}

/**
 * Asks by a message whether whoever gave the address reads what is sent to it.
 * Errors: `refused` where there is none or it is verified, `too-often`, `mail-failed`.
 */
export async function askToVerify(parts: MailParts, sender: Sender, person: Id): Promise<void> {
  const { organisation, publicUrl } = sender;
  await mailLink(parts, sender, person, "verify", (secret, { language }) =>
    verifyMessage(language, { organisation, link: `${publicUrl.origin}/address#${secret}` }),
  );
}

export interface Asked {
  readonly messages: number;
  /** Why some were not sent; they stay due for a week. */
  readonly failed: readonly string[];
}

/** Asks all who gave an address within a week and were not asked yet: at a desk, or while the mail server was away. */
export async function askAllToVerify(parts: MailParts, sender: Sender, signal?: AbortSignal): Promise<Asked> {
  const failed: string[] = [];
  let messages = 0;
  for (const person of await notAskedYet(parts.db, parts.clock)) {
    if (signal?.aborted) break;
    try {
      await askToVerify(parts, sender, person);
      messages++;
    } catch (error) {
      failed.push(toPlainError(error).message);
    }
  }
  return { messages, failed };
}

/**
 * Somebody tapped the link that was mailed: the address is theirs. To be called on a tap (POST) only; it signs nobody in, so it
 * may be done on any device. Errors: `not-found` for a link that opens nothing, or nothing any more.
 */
export async function confirmAddress(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly secret: string },
): Promise<void> {
  await inTransaction(parts.db, (trx) => verifyAddress(trx, order.secret, parts.clock));
}
