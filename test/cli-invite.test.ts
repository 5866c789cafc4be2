import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { welcome } from "../src/flows/index.ts";
import { json, run } from "./support/command-line.ts";
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
    });
  expect(await open()).toMatchObject({ kind: "guardian", child: "Zoë" });
  const listed = await assent<unknown[]>("invitation", "list");
  expect(listed.answer).toMatchObject([{ id, childName: "Zoë", state: "open" }]);
  expect((await json(environment, "invitation", "revoke", id)).status).toBe(0);
  await expect(open()).rejects.toMatchObject({ code: "refused" });
});

test("day-code prints six digits and nothing else", async () => {
  const { output } = await run(environment, "day-code", "--collection", "gala");
  expect(output).toMatch(/^\d{6}\n$/);
});
