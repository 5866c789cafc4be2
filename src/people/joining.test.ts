import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene, type TestClock } from "../../test/support/scene.ts";
import { snapshot } from "../../test/support/snapshot.ts";
import { entriesOf } from "../audit/index.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import { inTransaction, type Trx } from "../db/index.ts";
import {
  addGuardian,
  assertMayAgree,
  attemptsIn,
  childOf,
  contactKey,
  countAttempt,
  createInvitation,
  createPersonalInvitation,
  dayCode,
  devicesOf,
  endDevice,
  endExpired,
  endIdleDevices,
  guardiansOf,
  invitationsOf,
  invitedChildren,
  isDayCode,
  lockInvitation,
  noticesOf,
  openInvitation,
  passkeyByCredential,
  passkeysOf,
  personByDevice,
  registerPasskey,
  removeEnded,
  removePasskey,
  renewRecoveryCode,
  revokeInvitation,
  startDevice,
  takeInvitation,
  takeRecoveryCode,
  touchDevice,
  usePasskey,
  type NewInvitation,
} from "./index.ts";

let database: TestDatabase;
let keys: KeyStore;
let removeKeys: () => Promise<void>;
let clock: TestClock;
let here: Scene;
let collection: Id;

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});
beforeEach(async () => {
  clock = testClock();
  here = scene(database.db, keys, clock);
  collection = (await here.collection()).id;
});

const write = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => inTransaction(database.db, work);

type Wanted = { kind: NewInvitation["kind"]; child?: string; hourlyLimit?: number; days?: number };
function invite({ kind, child, hourlyLimit, days = 30 }: Wanted) {
  const common = { collection, by: "a clerk", expiresAt: new Date(clock.now().getTime() + days * DAY_MS) };
  const wanted: NewInvitation =
    kind === "guardian"
      ? { ...common, kind, child: child ?? "Zoë" }
      : kind === "public"
        ? { ...common, kind, hourlyLimit }
        : { ...common, kind };
  return write((trx) => createInvitation(trx, keys, wanted, clock));
}
const use = (secret: string) =>
  write(async (trx) => takeInvitation(trx, await lockInvitation(trx, secret, clock), clock));

describe("an invitation", () => {
  test("has a secret of 128 bits, of which the database has the hash alone", async () => {
    const { id, secret } = await invite({ kind: "single" });
    expect(Buffer.from(secret, "base64url")).toHaveLength(16);
    expect(JSON.stringify(await snapshot(database.db))).not.toContain(secret);
    expect(await openInvitation(database.db, secret, clock)).toMatchObject({ id, collection_id: collection });
  });

  test("of a secret that is none is not found, and says nothing else", async () => {
    await invite({ kind: "single" });
    for (const guess of ["", "x", Buffer.alloc(16).toString("base64url")]) {
      await expect(openInvitation(database.db, guess, clock)).rejects.toMatchObject({ code: "not-found" });
    }
  });

  test("for one person is used once, and a replayed link is refused", async () => {
    const { secret } = await invite({ kind: "single" });
    await use(secret);
    await expect(use(secret)).rejects.toMatchObject({ code: "refused" });
    await expect(openInvitation(database.db, secret, clock)).rejects.toMatchObject({ code: "refused" });
  });

  test("used by two at once lets one in", async () => {
    const { secret } = await invite({ kind: "single" });
    const tries = await Promise.allSettled([use(secret), use(secret), use(secret)]);
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
  });

  test("is not used up where what it was used for does not commit", async () => {
    const { secret } = await invite({ kind: "single" });
    const undone = write(async (trx) => {
      await takeInvitation(trx, await lockInvitation(trx, secret, clock), clock);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    await use(secret);
  });

  test("ends at its time, and when it is revoked", async () => {
    const late = await invite({ kind: "public", days: 2 });
    const revoked = await invite({ kind: "single" });
    await write((trx) => revokeInvitation(trx, revoked.id, "a clerk", clock));
    await expect(use(revoked.secret)).rejects.toMatchObject({ code: "refused" });
    clock.advance(2 * DAY_MS);
    await expect(use(late.secret)).rejects.toMatchObject({ code: "refused" });
    const states = new Map(
      (await invitationsOf(database.db, collection, clock)).map((one) => [one.id, one.state]),
    );
    expect(states).toEqual(
      new Map([
        [late.id, "expired"],
        [revoked.id, "revoked"],
      ]),
    );
    await expect(invite({ kind: "single", days: 0 })).rejects.toMatchObject({ code: "bad-input" });
  });

  test("that was used is not revoked: whoever joined by it leaves from their own page", async () => {
    const { id, secret } = await invite({ kind: "single" });
    await use(secret);
    const revoke = (which: Id) => write((trx) => revokeInvitation(trx, which, "a clerk", clock));
    await expect(revoke(id)).rejects.toMatchObject({ code: "refused" });
    await expect(revoke(newId())).rejects.toMatchObject({ code: "not-found" });
  });

  test("on a poster lets as many join within an hour as it says", async () => {
    const { secret } = await invite({ kind: "public", hourlyLimit: 3 });
    const tries = await Promise.allSettled([1, 2, 3, 4, 5].map(() => use(secret)));
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(3);
    await expect(use(secret)).rejects.toMatchObject({ code: "too-often" });
    clock.advance(3_600_000);
    await use(secret);
    expect(await invitationsOf(database.db, collection, clock)).toMatchObject([{ uses: 4, state: "open" }]);
    await expect(invite({ kind: "public", hourlyLimit: 0 })).rejects.toMatchObject({ code: "bad-input" });
  });

  test("is an entry when it is made, used and revoked, under the name of who did it", async () => {
    const one = await invite({ kind: "single" });
    const other = await invite({ kind: "single" });
    await use(one.secret);
    await write((trx) => revokeInvitation(trx, other.id, "another clerk", clock));
    const entries = await database.db
      .selectFrom("entry_payload")
      .select(["kind", "payload", "person_id"])
      .execute();
    const about = (id: Id) => entries.filter((row) => JSON.stringify(row.payload).includes(id));
    expect(
      about(one.id)
        .map((row) => row.kind)
        .sort(),
    ).toEqual(["invitation-made", "invitation-used"]);
    expect(about(other.id)).toContainEqual(
      expect.objectContaining({
        kind: "invitation-revoked",
        payload: { invitation: other.id, by: "another clerk" },
      }),
    );
    // Nobody can read from it who joined by which.
    expect(about(one.id).every((row) => row.person_id === null)).toBe(true);
  });
});

describe("a guardian's invitation", () => {
  test("holds the child's name sealed, and lets go of it when it is used", async () => {
    const { id, secret } = await invite({ kind: "guardian", child: " Zoë Exemplaire " });
    expect(JSON.stringify(await snapshot(database.db))).not.toMatch(/Zo|Exemplaire/);
    const row = await openInvitation(database.db, secret, clock);
    const child = await childOf(keys, row);
    expect(child?.name).toBe("Zoë Exemplaire");
    await use(secret);
    const used = await database.db
      .selectFrom("invitation")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    expect(used).toMatchObject({ child_id: null, child_sealed: null, person_id: null });
  });

  test("that is revoked names the key that must go, once", async () => {
    const { id, secret } = await invite({ kind: "guardian" });
    const child = await childOf(keys, await openInvitation(database.db, secret, clock));
    const revoke = () => write((trx) => revokeInvitation(trx, id, "a clerk", clock));
    expect([await revoke(), await revoke()]).toEqual([
      { child: child?.id, letter: null },
      { child: null, letter: null },
    ]);
    expect(await keys.has(contactKey(child?.id ?? ""))).toBe(true);
  });

  test("that has run out lets go of the name, and long after is forgotten", async () => {
    const { id } = await invite({ kind: "guardian", days: 1 });
    clock.advance(DAY_MS);
    const due = await invitedChildren(database.db, { expiredBy: clock.now() });
    expect(due.map((one) => one.invitation)).toContain(id);
    const { child } = due.find((one) => one.invitation === id) ?? {};
    expect(await write((trx) => endExpired(trx, id, clock))).toBe(child);
    expect(await write((trx) => endExpired(trx, id, clock))).toBeNull();
    await write((trx) => removeEnded(trx, clock));
    expect(await invitationsOf(database.db, collection, clock)).toHaveLength(1);
    clock.advance(30 * DAY_MS);
    await write((trx) => removeEnded(trx, clock));
    expect(await invitationsOf(database.db, collection, clock)).toEqual([]);
  });

  test("needs a child with a name", async () => {
    for (const child of ["", "  ", "a\nb"]) {
      await expect(invite({ kind: "guardian", child })).rejects.toMatchObject({ code: "bad-input" });
    }
  });
});

describe("the day's code", () => {
  const at = (time: string): Clock => ({ now: () => new Date(time) });

  test("has six digits of its own for each collection and day", async () => {
    const codes = await Promise.all(
      [collection, newId()].flatMap((one) =>
        ["2026-06-01T00:00:00Z", "2026-06-02T23:59:59Z"].map((time) => dayCode(keys, one, new Date(time))),
      ),
    );
    for (const code of codes) expect(code).toMatch(/^\d{6}$/);
    expect(new Set(codes).size).toBe(4);
    const morning = await dayCode(keys, collection, new Date("2026-06-01T00:00:00Z"));
    expect(await dayCode(keys, collection, new Date("2026-06-01T23:59:59Z"))).toBe(morning);
  });

  test("is good on its day and until three hours after midnight, and on no other day", async () => {
    const code = await dayCode(keys, collection, new Date("2026-06-01T12:00:00Z"));
    const good = (time: string) => isDayCode(keys, collection, code, at(time));
    expect(await good("2026-06-01T00:00:00Z")).toBe(true);
    expect(await good("2026-06-02T02:59:59Z")).toBe(true);
    expect(await good("2026-06-02T03:00:00Z")).toBe(false);
    expect(await good("2026-05-31T23:59:59Z")).toBe(false);
    expect(await isDayCode(keys, newId(), code, at("2026-06-01T12:00:00Z"))).toBe(false);
  });

  test("may be typed with blanks, and is not guessed by leaving it out", async () => {
    const now = at("2026-06-01T12:00:00Z");
    const code = await dayCode(keys, collection, now.now());
    expect(await isDayCode(keys, collection, ` ${code.slice(0, 3)} ${code.slice(3)} `, now)).toBe(true);
    for (const typed of ["", code.slice(1), `${code}0`]) {
      expect(await isDayCode(keys, collection, typed, now)).toBe(false);
    }
  });
});

describe("a device", () => {
  const start = (person: Id, guardian: Id | null = null) =>
    write((trx) => startDevice(trx, { person, guardian, how: "join" }, clock));

  test("tells who asks by a secret of which the hash is kept; ended, it tells nothing", async () => {
    const person = await here.person();
    const { id, secret } = await start(person);
    expect(JSON.stringify(await snapshot(database.db))).not.toContain(secret);
    expect(await personByDevice(database.db, secret, clock)).toMatchObject({ id, person, acting: "person" });
    expect(await personByDevice(database.db, `${secret}x`, clock)).toBeUndefined();
    await write((trx) => endDevice(trx, person, id, clock));
    expect(await personByDevice(database.db, secret, clock)).toBeUndefined();
    expect(await devicesOf(database.db, person)).toEqual([]);
  });

  test("that is new is told of on the person's page, the first one is not", async () => {
    const person = await here.person();
    await start(person);
    expect(await noticesOf(database.db, person)).toEqual([]);
    const second = await start(person);
    expect(await noticesOf(database.db, person)).toMatchObject([
      { kind: "device-added", device: second.id, seen: false },
    ]);
    const kinds = (await entriesOf(database.db, person)).map((entry) => entry.kind);
    expect(kinds.filter((kind) => kind === "device-added")).toHaveLength(2);
  });

  test("is ended by its own person alone", async () => {
    const { id, secret } = await start(await here.person());
    const other = await here.person();
    await expect(write((trx) => endDevice(trx, other, id, clock))).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await personByDevice(database.db, secret, clock)).toBeDefined();
  });

  test("unused for a year is signed out; in use it stays", async () => {
    const person = await here.person();
    const idle = await start(person);
    const used = await start(person);
    clock.advance(364 * DAY_MS);
    await touchDevice(database.db, used.id, clock);
    clock.advance(2 * DAY_MS);
    expect(await personByDevice(database.db, idle.secret, clock)).toBeUndefined();
    expect(await personByDevice(database.db, used.secret, clock)).toMatchObject({ id: used.id });
    await write((trx) => endIdleDevices(trx, clock));
    expect((await devicesOf(database.db, person)).map((one) => one.id)).toEqual([used.id]);
  });

  test("of a guardian acts for the child; the child's own agrees to nothing alone", async () => {
    const child = await here.person();
    const guardian = await write((trx) => addGuardian(trx, child, clock));
    const { secret } = await start(child, guardian);
    const own = await start(child);
    expect(await guardiansOf(database.db, child)).toEqual([guardian]);
    const acting = await personByDevice(database.db, secret, clock);
    expect(acting).toMatchObject({ person: child, guardian, acting: "guardian" });
    await assertMayAgree(database.db, { person: child, guardian });
    const alone = (await personByDevice(database.db, own.secret, clock)) ?? { person: "", guardian: null };
    await expect(assertMayAgree(database.db, alone)).rejects.toMatchObject({ code: "refused" });
    await assertMayAgree(database.db, { person: await here.person(), guardian: null });
  });
});

describe("a recovery code", () => {
  const make = (person: Id) => write((trx) => renewRecoveryCode(trx, { person, guardian: null }, clock));
  const take = (code: string) => write((trx) => takeRecoveryCode(trx, code, clock));

  test("is four groups of four, kept as a hash, and good once", async () => {
    const person = await here.person();
    const code = await make(person);
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(JSON.stringify(await snapshot(database.db))).not.toContain(code);
    expect(await take(code)).toEqual({ person, guardian: null });
    await expect(take(code)).rejects.toMatchObject({ code: "not-found" });
  });

  test("is read as people write it: small letters, no dashes, O for 0, I and L for 1", async () => {
    const person = await here.person();
    const code = await make(person);
    const written = code.toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
    expect(await take(` ${written} `)).toEqual({ person, guardian: null });
  });

  test("takes the place of the one before", async () => {
    const person = await here.person();
    const first = await make(person);
    const second = await make(person);
    await expect(take(first)).rejects.toMatchObject({ code: "not-found" });
    expect(await take(second)).toMatchObject({ person });
  });

  test("tried by two at once brings one back", async () => {
    const code = await make(await here.person());
    const tries = await Promise.allSettled([take(code), take(code)]);
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
  });
});

describe("a personal link", () => {
  test("ends the one before, and is not in the list that staff see", async () => {
    const person = await here.person();
    const make = () =>
      write((trx) => createPersonalInvitation(trx, { person, guardian: null, by: "a clerk" }, clock));
    const first = await make();
    const second = await make();
    await expect(openInvitation(database.db, first.secret, clock)).rejects.toMatchObject({ code: "refused" });
    expect(await openInvitation(database.db, second.secret, clock)).toMatchObject({ person_id: person });
    expect(await invitationsOf(database.db, collection, clock)).toEqual([]);
    await expect(write((trx) => revokeInvitation(trx, second.id, "a clerk", clock))).rejects.toMatchObject({
      code: "not-found",
    });
    clock.advance(DAY_MS);
    await expect(openInvitation(database.db, second.secret, clock)).rejects.toMatchObject({
      code: "refused",
    });
  });
});

describe("a passkey", () => {
  const passkey = (person: Id, credentialId = newId()) => ({
    person,
    guardian: null,
    credentialId,
    publicKey: Uint8Array.of(1, 2, 3),
    counter: 5,
    transports: ["internal", "hybrid"],
  });
  const register = (person: Id, credentialId?: string) =>
    write((trx) => registerPasskey(trx, passkey(person, credentialId), clock));
  const use = (credentialId: string, counter: number) =>
    write((trx) => usePasskey(trx, credentialId, counter, clock));

  test("is found by its credential, as it was registered", async () => {
    const person = await here.person();
    const id = await register(person, "credential-1");
    expect(await passkeyByCredential(database.db, "credential-1")).toMatchObject({
      ...passkey(person, "credential-1"),
      id,
      lastUsed: null,
    });
    expect(await passkeyByCredential(database.db, "credential-2")).toBeUndefined();
    await expect(register(await here.person(), "credential-1")).rejects.toMatchObject({ code: "exists" });
  });

  test("whose counter does not rise may be a copy, and is refused", async () => {
    const person = await here.person();
    await register(person, "counted");
    expect(await use("counted", 6)).toMatchObject({ person, counter: 6 });
    for (const counter of [6, 5, 0]) {
      await expect(use("counted", counter)).rejects.toMatchObject({ code: "refused" });
    }
    await expect(use("unknown", 1)).rejects.toMatchObject({ code: "not-found" });
  });

  test("of an authenticator that does not count always says 0", async () => {
    const person = await here.person();
    await write((trx) => registerPasskey(trx, { ...passkey(person, "uncounted"), counter: 0 }, clock));
    await use("uncounted", 0);
    expect(await use("uncounted", 0)).toMatchObject({ person });
  });

  test("is removed by its own person alone, and a person has ten at most", async () => {
    const person = await here.person();
    const id = await register(person);
    const other = await here.person();
    await expect(write((trx) => removePasskey(trx, other, id, clock))).rejects.toMatchObject({
      code: "not-found",
    });
    for (let i = 1; i < 10; i++) await register(person);
    await expect(register(person)).rejects.toMatchObject({ code: "refused" });
    await write((trx) => removePasskey(trx, person, id, clock));
    expect(await passkeysOf(database.db, person)).toHaveLength(9);
  });
});

describe("attempts at the challenge", () => {
  test("are counted by day, outcome and reason, without anybody in them", async () => {
    const attempt = (outcome: "passed" | "refused", reason = "") =>
      countAttempt(database.db, { collection, outcome, reason }, clock);
    await Promise.all([attempt("passed"), attempt("refused", "plane"), attempt("refused", "plane")]);
    await attempt("refused", "still");
    const today = clock.now().toISOString().slice(0, 10);
    expect(await attemptsIn(database.db, collection)).toEqual([
      { day: today, outcome: "passed", reason: "", attempts: 1 },
      { day: today, outcome: "refused", reason: "plane", attempts: 2 },
      { day: today, outcome: "refused", reason: "still", attempts: 1 },
    ]);
    const { rows } = await sql<{ column: string }>`
      select column_name as column from information_schema.columns where table_name = 'liveness_attempt'`.execute(
      database.db,
    );
    expect(rows.map((row) => row.column)).not.toContain("person_id");
  });
});
