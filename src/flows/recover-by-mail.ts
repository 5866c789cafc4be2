import { AssentError, toPlainError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  notify,
  openContact,
  RECOVER_MINUTES,
  revokePersonalLinks,
  startDevice,
  takeRecoveryLink,
  withVerifiedAddress,
} from "../people/index.ts";
import type { SignedIn } from "./devices.ts";
import type { Parts } from "./instance.ts";
import { recoverMessage } from "./messages.ts";
import type { Sender } from "./sender.ts";
import { mailLink } from "./verify-address.ts";

export interface WaysBack {
  readonly messages: number;
  /** Why some were not sent. Whoever asked asks again. */
  readonly failed: readonly string[];
}

/**
 * Mails a link to each person who has verified one of the addresses that were asked about. All addresses are unsealed one by
 * one, in memory, whether or not one of them is found; the message goes to the address as it was verified, not as it was typed.
 * Nothing of what was asked is kept (docs/decisions/0018-looking-an-address-up.md). The caller answers before, and
 * limits how often somebody may ask.
 */
export async function mailWaysBack(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  sender: Sender,
  asked: ReadonlySet<string>,
): Promise<WaysBack> {
  const wanted = new Set([...asked].map(sameForAll));
  const found: Id[] = [];
  const failed: string[] = [];
  for (const row of await withVerifiedAddress(parts.db, parts.clock)) {
    try {
      const { email } = await openContact(parts.keys, row);
      if (email !== null && wanted.has(sameForAll(email))) found.push(row.id);
    } catch (error) {
      // Somebody who left meanwhile has no key any more.
      if (!(error instanceof AssentError && error.code === "key-gone")) throw error;
    }
  }
  const { organisation, publicUrl } = sender;
  let messages = 0;
  for (const person of found) {
    try {
      await mailLink(parts, sender, person, "recover", (secret, { language }) =>
        recoverMessage(language, {
          organisation,
          link: `${publicUrl.origin}/recover#${secret}`,
          minutes: RECOVER_MINUTES,
        }),
      );
      messages++;
    } catch (error) {
      const { code, message } = toPlainError(error);
      // A message is on its way already, or the address was taken back just now.
      if (code !== "too-often" && code !== "refused") failed.push(message);
    }
  }
  return { messages, failed };
}

/** Addresses are told apart by their letters, not by their case. */
function sameForAll(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

/**
 * Signs a device in by the link that was mailed to a verified address, which is used up. To be called on a tap (POST) only.
 * Personal links that are still open are revoked, and the person reads on their page that they were let in; the recovery code
 * stays. Errors: `not-found` for a link that opens nothing, or nothing any more.
 */
export async function recoverByMail(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly secret: string },
): Promise<SignedIn> {
  return inTransaction(parts.db, async (trx) => {
    const holder = await takeRecoveryLink(trx, order.secret, parts.clock);
    await revokePersonalLinks(trx, holder.person, parts.clock);
    const device = await startDevice(trx, { ...holder, how: "mail" }, parts.clock);
    await notify(trx, holder.person, { kind: "recovered-by-mail", device: device.id }, parts.clock);
    return { ...holder, device };
  });
}
