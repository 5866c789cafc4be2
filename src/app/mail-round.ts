import { askAllToVerify, sendOutbox, tellOfPhotos, warnIdle, type Sender } from "../flows/index.ts";
import type { Log } from "../http/index.ts";
import type { Instance } from "./instance.ts";

/**
 * Sends what is due: messages that ask to confirm an address, invitations in the outbox, word of new photos, and that what is kept
 * ends, to those who agreed to be written to. What fails stays due, and what is not
 * begun when `signal` ends it.
 */
export async function sendMailDue(
  instance: Instance,
  sender: Sender,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const asked = await askAllToVerify(instance, sender, signal);
  if (asked.failed.length > 0) log.warn({ count: asked.failed.length }, "addresses not asked about yet");
  const letters = await sendOutbox(instance, sender, "due", signal);
  if (letters.failed > 0) log.warn({ count: letters.failed }, "letters stay in the outbox");
  const { messages, failed } = await tellOfPhotos(instance, sender, signal);
  if (messages > 0) log.info({ count: messages }, "people were told of new photos");
  const warned = await warnIdle(instance, sender, signal);
  if (warned.messages > 0) log.info({ count: warned.messages }, "people were told that their data ends");
  const due = [...failed, ...warned.failed];
  if (due.length > 0) log.warn({ count: due.length }, `not sent, still due: ${due[0] ?? ""}`);
}
