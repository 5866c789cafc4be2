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
  /**
   * Resolves once the server has taken the message. Errors: `mail-failed`; whoever sends tries again later, unless
   * `addressRefused`.
   */
  send(message: Message): Promise<void>;
  close(): void;
}

/** A server that does not answer must not hold up the hourly work. */
const TIMEOUT_MS = 20_000;

export function createMailer({ server, from }: MailSettings): Mailer {
  // Loaded with the first message: most commands send none.
  const open = async () =>
    (await import("nodemailer")).createTransport({
      url: server,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // A message is made of our own words; it may not pull in files or addresses.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  let transport: ReturnType<typeof open> | undefined;
  return {
    async send(message) {
      try {
        const { to, subject, text } = message;
        // As one address: a comma in it makes no list of recipients.
        const mail = await (transport ??= open());
        await mail.sendMail({ from, to: { name: "", address: to }, subject, text });
      } catch (error) {
        // nodemailer's messages name the recipient, so neither the text nor the cause goes on.
        const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
        throw new AssentError("mail-failed", `the mail server did not take a message (${code})`, {
          remedy: "Check ASSENT_SMTP and that the server can be reached; it is tried again within the hour.",
          cause: isRefusal(error) ? ADDRESS_REFUSED : undefined,
        });
      }
    },
    close: () => void transport?.then((mail) => mail.close()),
  };
}

const ADDRESS_REFUSED = "the server refuses the address";

/** A 5yz answer to the recipient (RFC 5321, 4.2.1): the server will say the same again. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "EENVELOPE") return false;
  return "responseCode" in error && Number(error.responseCode) >= 500 && Number(error.responseCode) < 600;
}

/** Whether a message failed for good, because the server takes none for that address. */
export function addressRefused(error: unknown): boolean {
  return error instanceof AssentError && error.cause === ADDRESS_REFUSED;
}
