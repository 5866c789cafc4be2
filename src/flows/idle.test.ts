import { afterAll, beforeAll, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { DAY_MS, scene, testClock, type Scene, type TestClock } from "../../test/support/scene.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import type { Message } from "../mail/index.ts";
import { startDevice, startMailLink, touchDevice, verifyAddress } from "../people/index.ts";
import { endIdle, warnIdle } from "./idle.ts";
import { prove } from "./prove.ts";

let test_: TestInstance;
let clock: TestClock;
let here: Scene;
let sent: Message[] = [];
let serverIsAway = false;

beforeAll(async () => {
  clock = testClock();
  test_ = await testInstance({ clock });
  here = scene(test_.instance.db, test_.instance.keys, clock);
});
afterAll(() => test_.close());

const parts = (idleMonths: number | undefined = 6) => ({ ...test_.instance, idleMonths });
/** The mailer is a stand-in that keeps what it is given; src/mail/mailer.test.ts talks to a server. */
const warn = (idleMonths?: number) =>
  warnIdle(parts(idleMonths), {
    mailer: {
      send: (message) => {
        if (serverIsAway) return Promise.reject(new AssentError("mail-failed", "away"));
        sent.push(message);
        return Promise.resolve();
      },
      close: () => undefined,
    },
    publicUrl: new URL("https://photos.example.org"),
    organisation: "the club",
  });

async function reachable(email: string): Promise<{ person: Id; device: Id }> {
  const person = await here.person({ email });
  const validUntil = new Date(clock.now().getTime() + 900 * DAY_MS);
  await here.consent(person, "contact", null, { validUntil });
  const device = await inTransaction(test_.instance.db, async (trx) => {
    await verifyAddress(trx, await startMailLink(trx, person, "verify", clock), clock);
    return startDevice(trx, { person, guardian: null, how: "join" }, clock);
  });
  return { person, device: device.id };
}

const isThere = async (person: Id): Promise<boolean> =>
  (await test_.instance.db.selectFrom("person").select("id").where("id", "=", person).execute()).length > 0;

test("whoever is not heard of is told, has a month to be heard of, and is erased then; nobody else is", async () => {
  const silent = await reachable("silent@example.org");
  const returning = await reachable("returning@example.org");
  const nameless = await here.person();
  clock.advance(150 * DAY_MS);
  expect(await warn()).toEqual({ messages: 0, failed: [] });
  expect(await endIdle(parts())).toBe(0);
  const fresh = await here.person();

  clock.advance(40 * DAY_MS);
  // Nobody can be told of whom there is no address, and nothing is kept of them for longer.
  expect(await endIdle(parts())).toBe(1);
  expect(await isThere(nameless)).toBe(false);
  serverIsAway = true;
  expect(await warn()).toMatchObject({ messages: 0, failed: ["away", "away"] });
  serverIsAway = false;
  clock.advance(40 * DAY_MS);
  // The message never went out: nothing ends.
  expect(await endIdle(parts())).toBe(0);
  expect(await warn()).toEqual({ messages: 2, failed: [] });
  expect(await warn()).toEqual({ messages: 0, failed: [] });
  expect(sent.map((message) => message.to).sort()).toEqual(["returning@example.org", "silent@example.org"]);
  expect(sent[0]?.text).toContain("https://photos.example.org/me");

  clock.advance(20 * DAY_MS);
  expect(await endIdle(parts())).toBe(0);
  await touchDevice(test_.instance.db, returning.device, clock);
  clock.advance(11 * DAY_MS);
  expect(await endIdle(parts())).toBe(1);
  expect(await isThere(silent.person)).toBe(false);
  for (const person of [returning.person, fresh]) expect(await isThere(person)).toBe(true);
  const warnings = await test_.instance.db.selectFrom("idle_warning").selectAll().execute();
  expect(warnings).toEqual([]);
  expect((await prove(test_.instance, { person: silent.person })).residue).toEqual([]);
});

test("where the operator set no time nobody is told and nothing ends", async () => {
  const person = await here.person();
  clock.advance(4000 * DAY_MS);
  const before = sent.length;
  const never = { ...test_.instance, idleMonths: undefined };
  expect(await endIdle(never)).toBe(0);
  expect(await isThere(person)).toBe(true);
  expect(sent).toHaveLength(before);
});
