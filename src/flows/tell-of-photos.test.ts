import { afterEach, beforeEach, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { boxAt, DAY_MS, scene, testClock, type Scene, type TestClock } from "../../test/support/scene.ts";
import { matchPermits } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { recordMachineMatches } from "../matching/index.ts";
import type { Message } from "../mail/index.ts";
import { enrol, startMailLink, verifyAddress } from "../people/index.ts";
import { tellOfPhotos, type Told } from "./tell-of-photos.ts";

let test_: TestInstance;
let clock: TestClock;
let here: Scene;
let into: Id;
let sent: Message[];
let serverIsAway: boolean;

beforeEach(async () => {
  clock = testClock();
  test_ = await testInstance({ clock });
  here = scene(test_.instance.db, test_.instance.keys, clock);
  into = (await here.collection()).id;
  sent = [];
  serverIsAway = false;
});
afterEach(() => test_.close());

/** The mailer is a stand-in that keeps what it is given; src/mail/mailer.test.ts talks to a server. */
const tell = (signal?: AbortSignal): Promise<Told> =>
  tellOfPhotos(
    test_.instance,
    {
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
    },
    signal,
  );

/** Somebody who joined with an address, agreed to be written to and, unless told, tapped the link that was mailed to it. */
async function reachable({ verified = true } = {}): Promise<Id> {
  const person = await here.person({ name: "Zoë Exemplaire", email: "zoe@example.org" });
  await here.consent(person, "find-me", into);
  await here.consent(person, "contact", null);
  await inTransaction(test_.instance.db, (trx) =>
    enrol(trx, { person, collection: into, givenHow: "own-device", staff: null, state: "live" }, clock),
  );
  if (verified) {
    await inTransaction(test_.instance.db, async (trx) =>
      verifyAddress(trx, await startMailLink(trx, person, "verify", clock), clock),
    );
  }
  return person;
}

async function found(person: Id): Promise<void> {
  const { faces } = await here.photo(into, [boxAt(100)]);
  const permits = await matchPermits(test_.instance.db, into, clock);
  await inTransaction(test_.instance.db, (trx) =>
    recordMachineMatches(
      trx,
      [{ face: faces[0] ?? "", state: "matched", persons: [person] }],
      permits,
      { packId: "pack", policyVersion: "v" },
      clock,
    ),
  );
}

test("whoever agreed is told once of what was found later, without names or a link that signs in", async () => {
  const person = await reachable();
  clock.advance(2 * 3_600_000);
  expect(await tell()).toEqual({ messages: 0, failed: [] });
  await found(person);
  // A process that is to end begins no message, and leaves it to the next.
  expect(await tell(AbortSignal.abort())).toEqual({ messages: 0, failed: [] });
  expect(await tell()).toEqual({ messages: 1, failed: [] });
  expect(await tell()).toEqual({ messages: 0, failed: [] });
  expect(sent).toHaveLength(1);
  expect(sent[0]?.to).toBe("zoe@example.org");
  const words = `${sent[0]?.subject} ${sent[0]?.text}`;
  expect(words).toContain("https://photos.example.org/me\n");
  expect(words).not.toMatch(/Zo|#/);
});

test("what was found while they joined needs no message, and more is told a day later at the earliest", async () => {
  const person = await reachable();
  await found(person);
  expect((await tell()).messages).toBe(0);
  clock.advance(2 * 3_600_000);
  await found(person);
  expect((await tell()).messages).toBe(1);
  clock.advance(3_600_000);
  await found(person);
  expect((await tell()).messages).toBe(0);
  clock.advance(DAY_MS);
  expect((await tell()).messages).toBe(1);
});

test("nobody is written to who did not agree, or agrees no longer", async () => {
  const person = await reachable();
  const silent = await here.enrolled(into);
  clock.advance(2 * 3_600_000);
  await found(person);
  await found(silent.person);
  await here.consent(person, "contact", null, { event: "withdrawn" });
  expect(await tell()).toEqual({ messages: 0, failed: [] });
});

test("an address that nobody has confirmed gets nothing", async () => {
  const person = await reachable({ verified: false });
  clock.advance(2 * 3_600_000);
  await found(person);
  expect(await tell()).toEqual({ messages: 0, failed: [] });
  expect(sent).toEqual([]);
});

test("where the server is away it stays due, and nothing of the message is told", async () => {
  const person = await reachable();
  clock.advance(2 * 3_600_000);
  await found(person);
  serverIsAway = true;
  expect(await tell()).toEqual({ messages: 0, failed: ["away"] });
  serverIsAway = false;
  expect((await tell()).messages).toBe(1);
});
