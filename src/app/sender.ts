import type { Sender } from "../flows/index.ts";
import { createMailer } from "../mail/index.ts";
import type { Configuration } from "./configuration.ts";

/** Until somebody sets ASSENT_ORGANISATION. */
export const UNNAMED = "Assent";

/** What messages are sent by; undefined where no mail server is configured. The caller closes its mailer. */
export function openSender(
  { serving }: Pick<Configuration, "serving">,
  /** Where links lead: a server on any free port knows its own only once it listens. */
  publicUrl: URL,
): Sender | undefined {
  const organisation = serving.organisation ?? UNNAMED;
  return serving.mail && { mailer: createMailer(serving.mail), publicUrl, organisation };
}
