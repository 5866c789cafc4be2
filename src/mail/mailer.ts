import { createTransport } from "nodemailer";
import { AssentError } from "../core/index.ts";

export interface MailSettings {
  /** `smtp://user:password@host:port`, or `smtps://` where the connection begins encrypted. */
  readonly server: string;
  /** `Name <address>` or an address. */
  readonly from: string;
}

export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Resolves once the server has taken the message. Errors: `mail-failed`, transient: whoever sends tries again later. */
  send(message: Message): Promise<void>;
  close(): void;
}

/** A server that does not answer must not hold up the hourly work. */
const TIMEOUT_MS = 20_000;

export function createMailer({ server, from }: MailSettings): Mailer {
  const transport = createTransport({
    url: server,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A message is made of our own words; it may not pull in files or addresses.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(message) {
      try {
        await transport.sendMail({ ...message, from });
      } catch (error) {
        // nodemailer's messages name the recipient, so neither the text nor the cause goes on.
        const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
        throw new AssentError("mail-failed", `the mail server did not take a message (${code})`, {
          remedy: "Check ASSENT_SMTP and that the server can be reached; it is tried again within the hour.",
        });
      }
    },
    close: () => transport.close(),
  };
}
