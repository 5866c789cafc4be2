import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { welcome } from "../src/flows/index.ts";
import { json, runHere } from "./support/command-line.ts";
import { environmentOf, testInstance, type TestInstance } from "./support/instance.ts";
import { makeCollection } from "./support/order.ts";

let test_: TestInstance;
let environment: NodeJS.ProcessEnv;
beforeAll(async () => {
  test_ = await testInstance();
  environment = {
    ...environmentOf(test_),
    ASSENT_URL: "https://photos.example.org",
    // Half of a command's time would go into reading the project anew: the first leaves it compiled.
    NODE_COMPILE_CACHE: join(test_.folder, "compiled"),
  };
  await makeCollection(test_.instance, "gala");
});
afterAll(() => test_.close());

const assent = <T>(...args: readonly string[]) => json<T>(environment, ...args, "--collection", "gala");

test("an invitation's link is of the public address, with the secret behind the #; it is listed and revoked", async () => {
  const made = await assent<{ invitations: { id: string; link: string }[] }>(
    "invite",
    "--kind",
    "guardian",
    "--child",
    "Zoë",
  );
  const { id = "", link = "" } = made.answer.invitations[0] ?? {};
  expect(link).toMatch(/^https:\/\/photos\.example\.org\/join#[\w-]{22}$/);
  const open = () =>
    welcome(test_.instance, {
      invitation: link.split("#")[1] ?? "",
      organisation: "The Festival",
      minimumAge: 15,
      majorityAge: 18,
    });
  expect(await open()).toMatchObject({ kind: "guardian", child: "Zoë" });
  const listed = await assent<unknown[]>("invitation", "list");
  expect(listed.answer).toMatchObject([{ id, childName: "Zoë", state: "open" }]);
  expect((await json(environment, "invitation", "revoke", id)).status).toBe(0);
  await expect(open()).rejects.toMatchObject({ code: "refused" });
});

test("day-code prints six digits and nothing else", async () => {
  const { output } = await runHere(environment, "day-code", "--collection", "gala");
  expect(output).toMatch(/^\d{6}\n$/);
});

test("an invitation for somebody waits in the outbox where no mail server is, until it is handed over", async () => {
  const made = await assent<{ state: string; letter: string; invitations?: unknown }>(
    "invite",
    ...["--email", "zoe@example.org", "--language", "fr"],
  );
  expect(made.answer).toMatchObject({ state: "waiting", failure: null });
  expect(made.answer).not.toHaveProperty("invitations");
  const { letter } = made.answer;
  const listed = await json<unknown[]>(environment, "outbox", "list");
  expect(listed.answer).toMatchObject([{ letter, to: "zoe@example.org", collection: { name: "gala" } }]);
  const { output } = await runHere(environment, "outbox", "show", letter);
  const secret = /https:\/\/photos\.example\.org\/join#([\w-]{22})/.exec(output)?.[1] ?? "";
  expect(output).toMatch(/^To: zoe@example\.org\nSubject: .*gala/);
  expect((await json(environment, "outbox", "send")).status).toBe(1);
  expect((await json(environment, "outbox", "handed-over", letter)).status).toBe(0);
  expect((await json(environment, "outbox", "show", letter)).status).toBe(1);
  const order = { invitation: secret, organisation: "The Festival", minimumAge: 15, majorityAge: 18 };
  expect(await welcome(test_.instance, order)).toMatchObject({ kind: "single" });
});

test("a card is printed with the text of its code, is listed by it, and ended by it; other invitations have none", async () => {
  const made = await assent<{ invitations: { link: string; tag: string }[] }>(
    "invite",
    ...["--kind", "guardian", "--child", "Noé", "--card", "--series", "5"],
  );
  const { link = "", tag = "" } = made.answer.invitations[0] ?? {};
  expect(link).toMatch(/\/join#[\w-]{22}$/);
  expect(tag).toMatch(/^ASSENT:CARD:[0-9A-Z]{10}$/);
  const code = tag.slice(-10);
  const listed = await assent<unknown[]>("card", "list");
  expect(listed.answer).toMatchObject([{ code, state: "waiting", seriesMinutes: 5 }]);
  expect((await assent("card", "end", tag)).answer).toEqual({ code, state: "ended" });
  expect((await assent<unknown[]>("card", "list")).answer).toMatchObject([{ code, state: "ended" }]);
  expect((await assent("invite", "--kind", "public", "--card")).status).toBe(1);
  expect((await assent("invite", "--series", "5")).status).toBe(1);
});
