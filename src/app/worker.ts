import { work, type Working } from "../flows/index.ts";
import { createLog, type Log } from "../http/index.ts";
import type { Configuration } from "./configuration.ts";
import type { Instance } from "./instance.ts";
import { sendMailDue } from "./mail-round.ts";
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
    ...(sender ? { sendMail: () => sendMailDue(instance, sender, log) } : {}),
    onFailure: (kind, code) => log.error({ kind, code }, "work failed"),
    note,
  });
  return {
    async stop() {
      await working.stop();
      sender?.mailer.close();
    },
  };
}

export interface WorkOrder {
  readonly publicUrl: URL;
  readonly note: (message: string) => void;
  readonly log?: Log;
}
