import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMailer } from "./mailer.ts";

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
}

let server: SMTPServer;
let address: string;
const taken: Taken[] = [];

beforeAll(async () => {
  server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.username === "assent" && auth.password === "right"
        ? done(null, { user: auth.username })
        : done(new Error("wrong password")),
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith("nobody@") ? done(new Error(`no mailbox ${address}`)) : done(),
    onData(stream, { envelope }, done) {
      let source = "";
      stream.setEncoding("utf8");
      stream.on("data", (part: string) => (source += part));
      stream.on("end", () => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        taken.push({ from, to: envelope.rcptTo.map((one) => one.address), source });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

const mailer = (password: string): ReturnType<typeof createMailer> =>
  createMailer({ server: `smtp://assent:${password}@${address}`, from: "Club <photos@example.org>" });

test("a message reaches the server as plain text, from the organisation to one recipient", async () => {
  await mailer("right").send({ to: "sam@example.org", subject: "Vos photos", text: "Été : 3 photos." });
  const [message] = taken;
  expect(message).toMatchObject({ from: "photos@example.org", to: ["sam@example.org"] });
  expect(message?.source).toContain("Content-Type: text/plain; charset=utf-8");
  expect(message?.source).toContain("Subject: Vos photos");
});

test("what the server says about a recipient is not passed on", async () => {
  const failed = mailer("right").send({ to: "nobody@example.org", subject: "x", text: "x" });
  await expect(failed).rejects.toMatchObject({ code: "mail-failed" });
  await failed.catch((error: unknown) =>
    expect(JSON.stringify([String(error), error])).not.toContain("nobody@"),
  );
});

test("a wrong password and a server that is not there are told, not thrown away", async () => {
  await expect(mailer("wrong").send({ to: "a@b.org", subject: "x", text: "x" })).rejects.toMatchObject({
    code: "mail-failed",
    message: expect.stringContaining("EAUTH") as string,
  });
  const away = createMailer({ server: "smtp://127.0.0.1:1", from: "a@b.org" });
  await expect(away.send({ to: "a@b.org", subject: "x", text: "x" })).rejects.toMatchObject({
    message: expect.stringContaining("ESOCKET") as string,
  });
});
