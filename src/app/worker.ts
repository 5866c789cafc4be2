import { listStaff } from "../accounts/index.ts";
import { keepWebhooksDelivered, webhookOffMessage, work, type Sender, type Working } from "../flows/index.ts";
import { createLog, heardByMaker, type Log } from "../http/index.ts";
import { createPost, type Webhook } from "../webhooks/index.ts";
import type { Configuration } from "./configuration.ts";
import type { Instance } from "./instance.ts";
import { sendMailDue } from "./mail-round.ts";
import { mayDeleteNow } from "./may-delete.ts";
import { openSender } from "./sender.ts";

/**
 * Does what is written down as to be done, until stopped; beside a server in the same process, or alone. `publicUrl` is what mailed
 * links lead to.
 */
export async function startWork(
  instance: Instance,
  configuration: Configuration,
  { publicUrl, note, log = createLog() }: WorkOrder,
): Promise<Working> {
  const sender = openSender(configuration, publicUrl);
  const working = await work(instance, {
    ...(sender ? { sendMail: (signal) => sendMailDue(instance, sender, log, signal) } : {}),
    onFailure: (kind, code) => log.error({ kind, code }, "work failed"),
    note,
    twoPersons: configuration.twoPersons,
    mayDelete: mayDeleteNow(instance),
  });
  const webhooks = keepWebhooksDelivered(instance, {
    post: createPost(),
    heardBy: (webhook) => heardByMaker(instance, webhook),
    onOff: (webhook) => tellOwners(instance, sender, webhook, log),
    onError: (message) => log.warn(`webhooks: ${message}`),
  });
  return {
    async stop() {
      await Promise.all([working.stop(), webhooks.stop()]);
      sender?.mailer.close();
    },
  };
}

export interface WorkOrder {
  readonly publicUrl: URL;
  readonly note: (message: string) => void;
  readonly log?: Log;
}

/** Where there is a mail server; on the webhooks' page they read it in any case. */
async function tellOwners(
  { db }: Instance,
  sender: Sender | undefined,
  { url }: Webhook,
  log: Log,
): Promise<void> {
  if (!sender) return;
  const { organisation, publicUrl } = sender;
  const page = `${publicUrl.origin}/staff/webhooks`;
  const message = webhookOffMessage({ organisation, host: new URL(url).host, page });
  for (const { email, role } of await listStaff(db)) {
    if (role !== "owner") continue;
    await sender.mailer.send({ to: email, ...message }).catch(() => log.warn("an owner was not written to"));
  }
}
