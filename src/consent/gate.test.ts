import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene, type TestClock } from "../../test/support/scene.ts";
import { acceptGap, beginRestoration } from "../audit/index.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import { inTransaction, openDatabase, type Database, type Db, type Purpose, type Trx } from "../db/index.ts";
import {
  assertPermit,
  companionPermits,
  lookupPermits,
  matchPermits,
  Permit,
  publishPermits,
  recheck,
  recordConsent,
  type Use,
} from "./index.ts";

let database: TestDatabase;
let second: Database;
let db: Db;
let here: Scene;
let clock: TestClock;
let removeKeys: () => Promise<void>;
let collection: Id;

beforeAll(async () => {
  database = await testDatabase();
  // Another process, as it were: sessions of its own.
  second = await openDatabase({ kind: "url", url: database.url });
  db = database.db;
  const store = await testKeys();
  removeKeys = () => store.remove();
  const wiring: Clock = { now: () => clock.now() };
  here = scene(db, store.keys, wiring);
});
afterAll(async () => {
  await second.close();
  await database.close();
  await removeKeys();
});
beforeEach(async () => {
  clock = testClock();
  collection = (await here.collection()).id;
});

async function joined(...purposes: readonly Purpose[]): Promise<Id> {
  const person = await here.person();
  for (const purpose of purposes) await here.consent(person, purpose, collection);
  return person;
}

async function onePermit(): Promise<Permit<"match">> {
  const [permit] = await matchPermits(db, collection, clock);
  if (!permit) throw new Error("no permit");
  return permit;
}

const holders = (permits: readonly Permit<Use>[]): readonly Id[] => permits.map((one) => one.person).sort();

describe("the gate gives permits", () => {
  test("to match for those whose find-me is live in the collection, and for nobody else", async () => {
    const yes = await joined("find-me");
    await joined("keep-template");
    const over = await here.person();
    await here.consent(over, "find-me", collection, { validUntil: new Date(clock.now().getTime() + 1000) });
    const left = await joined("find-me");
    await here.consent(left, "find-me", collection, { event: "withdrawn" });
    const elsewhere = await here.person();
    await here.consent(elsewhere, "find-me", (await here.collection()).id);
    clock.advance(1000);
    const permits = await matchPermits(db, collection, clock);
    expect(holders(permits)).toEqual([yes]);
    expect(permits[0]).toMatchObject({ use: "match", purpose: "find-me", collection, channel: null });
  });

  test("to nobody where matching is off", async () => {
    const off = await here.collection({ matching: "off" });
    const person = await here.person();
    await here.consent(person, "find-me", off.id);
    expect(await matchPermits(db, off.id, clock)).toEqual([]);
    await here.consent(person, "staff-lookup", off.id);
    expect(await lookupPermits(db, off.id, clock)).toEqual([]);
  });

  test("to look somebody up only with find-me and staff-lookup together", async () => {
    await joined("find-me");
    await joined("staff-lookup");
    const both = await joined("find-me", "staff-lookup");
    expect(holders(await lookupPermits(db, collection, clock))).toEqual([both]);
  });

  test("to publish by channel: none speaks for another, companions included", async () => {
    const person = await here.person();
    await here.consent(person, "publish", collection, { channel: "website" });
    expect(holders(await publishPermits(db, collection, "website", clock))).toEqual([person]);
    expect(await publishPermits(db, collection, "press", clock)).toEqual([]);
    expect(await companionPermits(db, collection, clock)).toEqual([]);
    await here.consent(person, "publish", collection, { channel: "companions" });
    expect(holders(await companionPermits(db, collection, clock))).toEqual([person]);
  });

  test("for nobody and nothing while a restore has left a gap, until an officer accepts it", async () => {
    await joined("find-me", "staff-lookup");
    const made = {
      backup: newId(),
      backedUpAt: clock.now(),
      by: "a tester",
      journalEntries: 0,
      lostHead: null,
    };
    await inTransaction(db, (trx) => beginRestoration(trx, { ...made, gap: ["lost"] }, clock));
    try {
      const asked = [
        () => matchPermits(db, collection, clock),
        () => lookupPermits(db, collection, clock),
        () => publishPermits(db, collection, "website", clock),
        () => companionPermits(db, collection, clock),
      ];
      for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: "suspended" });
    } finally {
      await db.updateTable("restoration").set({ state: "suspended" }).execute();
      const accepted = { reason: "everybody was asked again", by: "an officer" };
      await inTransaction(db, (trx) => acceptGap(trx, accepted, clock));
    }
    expect(await matchPermits(db, collection, clock)).toHaveLength(1);
  });

  test("that name the consent which allows it", async () => {
    const person = await joined("find-me");
    await here.consent(person, "find-me", collection);
    const last = await db
      .selectFrom("consent_event")
      .select("id")
      .where("person_id", "=", person)
      .orderBy("sequence", "desc")
      .executeTakeFirstOrThrow();
    expect((await onePermit()).consent).toBe(last.id);
  });

  test("that last a minute, or as long as the consent where that ends sooner", async () => {
    await joined("find-me");
    const permit = await onePermit();
    clock.advance(59_000);
    expect(() => assertPermit(permit, "match", clock)).not.toThrow();
    clock.advance(2_000);
    expect(() => assertPermit(permit, "match", clock)).toThrow("run out");

    const soon = await here.person();
    const validUntil = new Date(clock.now().getTime() + 5_000);
    await here.consent(soon, "publish", collection, { channel: "website", validUntil });
    const [short] = await publishPermits(db, collection, "website", clock);
    expect(short?.expires).toEqual(validUntil);
  });
});

describe("a permit", () => {
  test("cannot be changed", async () => {
    await joined("find-me");
    const permit = await onePermit();
    expect(() => Object.assign(permit, { person: "another" })).toThrow(TypeError);
    expect(Object.isFrozen(permit)).toBe(true);
  });

  test("is good for its use alone", async () => {
    await joined("find-me");
    const permit = await onePermit();
    expect(() => assertPermit(permit, "match", clock)).not.toThrow();
    for (const use of ["publish", "lookup"] as const) {
      expect(() => assertPermit(permit as Permit<Use>, use, clock)).toThrow(
        expect.objectContaining({ code: "no-consent" }) as Error,
      );
    }
  });

  test("is made by nobody but the gate", async () => {
    await joined("find-me");
    const genuine = await onePermit();
    class Forged extends Permit<"match"> {}
    const facts = { ...genuine };
    const make =
      (maker: symbol): (() => unknown) =>
      () =>
        new Permit(maker, "match", facts);
    for (const attempt of [
      make(Symbol("gate")),
      make(Symbol.for("gate")),
      () => new Forged(Symbol("gate"), "match", facts),
      () => Reflect.construct(Permit, [undefined, "match", facts]) as unknown,
      () => new (genuine.constructor as typeof Permit)(Symbol("gate"), "match", facts),
    ]) {
      expect(attempt).toThrow("permits are made by the gate only");
    }
  });

  test.each([
    ["an object with the prototype", () => Object.assign(Object.create(Permit.prototype) as object, {})],
    ["a copy by JSON", (one: Permit<"match">) => JSON.parse(JSON.stringify(one)) as object],
    ["a copy by spreading", (one: Permit<"match">) => ({ ...one })],
    ["a structured clone", (one: Permit<"match">) => structuredClone(one) as object],
    ["a wrapper", (one: Permit<"match">) => new Proxy(one, {})],
    ["an heir", (one: Permit<"match">) => Object.create(one) as object],
    ["nothing", () => null],
    ["a word", () => "match"],
  ])("is not forged by %s", async (_, forge) => {
    await joined("find-me");
    const forged = forge(await onePermit()) as Permit<"match">;
    expect(Permit.isGenuine(forged)).toBe(false);
    expect(() => assertPermit(forged, "match", clock)).toThrow(
      expect.objectContaining({ code: "no-consent" }) as Error,
    );
    await expect(inTransaction(db, (trx) => recheck(trx, [forged], clock))).rejects.toThrow();
  });
});

describe("a recheck", () => {
  const rechecked = (used: readonly Permit<Use>[]): Promise<void> =>
    inTransaction(db, (trx) => recheck(trx, used, clock));

  test("passes while nothing has changed, also for nobody", async () => {
    await joined("find-me");
    await joined("find-me");
    const permits = await matchPermits(db, collection, clock);
    expect(permits).toHaveLength(2);
    await rechecked(permits);
    await rechecked([]);
  });

  test.each([
    ["the same consent withdrawn", "find-me", "withdrawn"],
    ["the same consent given again", "find-me", "given"],
    ["another purpose given", "keep-template", "given"],
    ["another purpose refused", "contact", "refused"],
    ["another purpose expired", "show-name", "expired"],
  ] as const)("fails after %s", async (_, purpose, event) => {
    const person = await joined("find-me");
    const permit = await onePermit();
    await here.consent(person, purpose, collection, { event });
    await expect(rechecked([permit])).rejects.toMatchObject({ code: "no-consent" });
  });

  test("fails for all where one of the people has changed something", async () => {
    await joined("find-me");
    const changes = await joined("find-me");
    const permits = await matchPermits(db, collection, clock);
    await here.consent(changes, "contact", null);
    await expect(rechecked(permits)).rejects.toMatchObject({ code: "no-consent" });
    await rechecked(permits.filter((one) => one.person !== changes));
  });

  test("fails for a permit that has run out, or whose person is gone", async () => {
    const person = await joined("find-me");
    const permit = await onePermit();
    await rechecked([permit]);
    await inTransaction(db, async (trx) => {
      await sql`select set_config('assent.erasing', 'yes', true)`.execute(trx);
      await trx.deleteFrom("person").where("id", "=", person).execute();
    });
    await expect(rechecked([permit])).rejects.toMatchObject({ code: "no-consent" });

    await joined("find-me");
    const other = await onePermit();
    clock.advance(60_000);
    await expect(rechecked([other])).rejects.toMatchObject({ code: "no-consent" });
  });

  test("fails where two permits of one person are of different times", async () => {
    const person = await joined("find-me");
    const older = await onePermit();
    await here.consent(person, "contact", null);
    const newer = await onePermit();
    await expect(rechecked([newer, older])).rejects.toMatchObject({ code: "no-consent" });
    await rechecked([newer, newer]);
  });
});

/** Two transactions in two sessions; what each does next waits for the test's word. */
describe("a recheck and a withdrawal at the same time", () => {
  const withdraw = (trx: Trx, person: Id) =>
    recordConsent(
      trx,
      {
        person,
        purpose: "find-me",
        channel: null,
        collection,
        event: "withdrawn",
        language: "en",
        givenHow: "own-device",
        staff: null,
        validUntil: new Date(clock.now().getTime() + DAY_MS),
      },
      clock,
    );

  function gate(): { opened: Promise<void>; open: () => void } {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    gates.push({ open });
    return { opened, open };
  }

  /** Resolves once some session of this database waits for a lock. */
  async function someoneWaits(): Promise<void> {
    const waiting = async (): Promise<number> => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
      return rows[0]?.n ?? 0;
    };
    await expect.poll(waiting, { interval: 10, timeout: 20_000 }).toBe(1);
  }

  const gates: { open: () => void }[] = [];
  // Also where a test has failed: a transaction left waiting would hold up the end.
  afterEach(() => {
    for (const one of gates.splice(0)) one.open();
  });

  test("the recheck came first: the withdrawal waits until that writing is committed", async () => {
    const person = await joined("find-me");
    const permit = await onePermit();
    const order: string[] = [];
    const [isRechecked, mayWrite] = [gate(), gate()];
    const writing = inTransaction(db, async (trx) => {
      await recheck(trx, [permit], clock);
      isRechecked.open();
      await mayWrite.opened;
      order.push("written");
    });
    await isRechecked.opened;
    const leaving = inTransaction(second.db, async (trx) => {
      await withdraw(trx, person);
      order.push("withdrawn");
    });
    await someoneWaits();
    expect(order).toEqual([]);
    mayWrite.open();
    await Promise.all([writing, leaving]);
    expect(order).toEqual(["written", "withdrawn"]);
  });

  test("the withdrawal came first: the recheck waits for it, and fails", async () => {
    const person = await joined("find-me");
    const permit = await onePermit();
    const [isWithdrawn, mayCommit] = [gate(), gate()];
    const leaving = inTransaction(second.db, async (trx) => {
      await withdraw(trx, person);
      isWithdrawn.open();
      await mayCommit.opened;
    });
    await isWithdrawn.opened;
    let wrote = false;
    const writing = inTransaction(db, async (trx) => {
      await recheck(trx, [permit], clock);
      wrote = true;
    });
    const refused = expect(writing).rejects.toMatchObject({ code: "no-consent" });
    await someoneWaits();
    mayCommit.open();
    await leaving;
    await refused;
    expect(wrote).toBe(false);
  });

  test("the withdrawal was undone: the recheck that waited for it passes", async () => {
    const person = await joined("find-me");
    const permit = await onePermit();
    const [isWithdrawn, mayEnd] = [gate(), gate()];
    const undone = inTransaction(second.db, async (trx) => {
      await withdraw(trx, person);
      isWithdrawn.open();
      await mayEnd.opened;
      throw new Error("undone");
    });
    const failed = expect(undone).rejects.toThrow("undone");
    await isWithdrawn.opened;
    const writing = inTransaction(db, (trx) => recheck(trx, [permit], clock));
    await someoneWaits();
    mayEnd.open();
    await failed;
    await writing;
  });
});
