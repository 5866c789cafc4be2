import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface Arrived {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Its one link of ours, and the secret behind the #. */
  readonly link: string;
  readonly secret: string;
}

export interface Mailbox {
  /** For ASSENT_SMTP. */
  readonly url: string;
  /** In the order in which they were taken. */
  readonly messages: readonly Arrived[];
  /** Resolves with the message of that number (from 0) once it is there. */
  message(number: number): Promise<Arrived>;
  /** Addresses that are refused for good (550). */
  readonly refused: Set<string>;
  /** While true, nothing is taken for now (451). */
  away: boolean;
  /** Messages are received and not answered until the function that it returns is called. */
  hold(): () => void;
  close(): Promise<void>;
}

/** A real mail server on a free port, for tests: keeps what it takes. */
export async function openMailbox(): Promise<Mailbox> {
  const messages: Arrived[] = [];
  const waiting: (() => void)[] = [];
  let held: Promise<void> = Promise.resolve();
  const refusal = (code: number) => Object.assign(new Error("not taken"), { responseCode: code });
  const box = { refused: new Set<string>(), away: false };
  const take = async (source: string, to: readonly string[], done: () => void): Promise<void> => {
    await held;
    messages.push(read(source, to));
    done();
    for (const wake of waiting.splice(0)) wake();
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onRcptTo: ({ address }, _, done) =>
      box.refused.has(address) ? done(refusal(550)) : box.away ? done(refusal(451)) : done(),
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      const to = envelope.rcptTo.map((one) => one.address);
      stream.on("end", () => void take(Buffer.concat(parts).toString("latin1"), to, done));
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(box, {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    messages,
    async message(number: number): Promise<Arrived> {
      for (;;) {
        const there = messages[number];
        if (there) return there;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    hold() {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return () => release();
    },
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  });
}

function read(source: string, to: readonly string[]): Arrived {
  const end = source.indexOf("\r\n\r\n");
  const head = source.slice(0, end).replace(/\r\n[ \t]+/g, " ");
  const body = source.slice(end + 4);
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim() ?? "";
  const base64 = header("content-transfer-encoding") === "base64";
  const bytes = base64 ? Buffer.from(body, "base64") : Buffer.from(unquoted(body), "latin1");
  const text = bytes.toString("utf8").replaceAll("\r\n", "\n");
  const link = /https?:\/\/\S+/.exec(text)?.[0] ?? "";
  return { to, subject: word(header("subject")), text, link, secret: link.split("#")[1] ?? "" };
}

function unquoted(text: string): string {
  return text
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Encoded words of a header (RFC 2047). */
function word(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, how: string, what: string) =>
      (how.toLowerCase() === "b"
        ? Buffer.from(what, "base64")
        : Buffer.from(unquoted(what.replaceAll("_", " ")), "latin1")
      ).toString("utf8"),
    );
}
