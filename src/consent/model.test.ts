import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { DAY_MS, scene, testClock, testKeys, type Scene } from "../../test/support/scene.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction, type ConsentEventKind, type Purpose } from "../db/index.ts";
import { isYes, matchPermits, publishPermits, recordConsent, standingOf } from "./index.ts";

/**
 * Random sequences of words said by people, guardians and staff, time passing between them, through the real database;
 * after each the record is compared with a plain reckoning over a list.
 */

interface Word {
  readonly speaker: number | "general";
  readonly purpose: Purpose;
  readonly channel: string | null;
  /** Index of a collection; null: all. */
  readonly collection: number | null;
  readonly event: ConsentEventKind;
  readonly from: number;
  readonly until: number;
}

const SCOPES = [
  { purpose: "find-me", channel: null },
  { purpose: "publish", channel: "website" },
  { purpose: "contact", channel: null },
] as const;

/** Whether a yes stands, by the words alone: `needed` yeses of guardians, unless the person or staff spoke for all. */
function isLive(words: readonly Word[], guardians: number, needed: number | "any", now: number): boolean {
  const yes = (word: Word | undefined): boolean =>
    word !== undefined && isYes(word.event) && word.from <= now && now < word.until;
  const general = words.findLastIndex((word) => word.speaker === "general");
  if (guardians === 0) return yes(words[general]);
  const last = new Map<number, Word>();
  for (const word of words.slice(general + 1)) if (word.speaker !== "general") last.set(word.speaker, word);
  const spoken = [...last.values()];
  if (needed === "any") return spoken.length > 0 ? spoken.some(yes) : yes(words[general]);
  if (spoken.some((word) => !yes(word))) return false;
  return yes(words[general]) || spoken.length >= needed;
}

let database: TestDatabase;
let here: Scene;
let removeKeys: () => Promise<void>;
const clock = testClock();

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  removeKeys = () => store.remove();
  here = scene(database.db, store.keys, clock);
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ days: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      speaker: fc.constantFrom<number | "general">(0, 1, "general"),
      scope: fc.constantFrom(...SCOPES),
      collection: fc.constantFrom(0, 1, null),
      event: fc.constantFrom<ConsentEventKind>(
        "given",
        "given",
        "given",
        "renewed",
        "refused",
        "withdrawn",
        "expired",
        "superseded",
      ),
      days: fc.integer({ min: 1, max: 60 }),
    }),
  },
);

describe("consents, through random sequences of words and time", () => {
  test("stand as a plain reckoning says, for adults and for children with one guardian or two", async () => {
    const collections = [await here.collection({ guardians: 1 }), await here.collection({ guardians: 2 })];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 }),
        fc.array(step, { maxLength: 14 }),
        async (guardians, steps) => {
          const person = await here.person();
          const ids: Id[] = [];
          for (let n = 0; n < guardians; n++) {
            const id = newId();
            const row = { id, person_id: person, created_at: clock.now() };
            await database.db.insertInto("guardian").values(row).execute();
            ids.push(id);
          }
          const said: Word[] = [];
          for (const one of steps) {
            if (!("event" in one)) {
              clock.advance(one.days * DAY_MS);
            } else {
              const isGuardian = one.speaker !== "general" && one.speaker < guardians;
              const speaker = isGuardian ? one.speaker : "general";
              const until = new Date(clock.now().getTime() + one.days * DAY_MS);
              const about = one.collection === null ? null : (collections[one.collection]?.id ?? null);
              const row = await inTransaction(database.db, (trx) =>
                recordConsent(
                  trx,
                  {
                    ...one.scope,
                    person,
                    collection: about,
                    event: one.event,
                    language: "fr",
                    givenHow: speaker === "general" ? "desk" : "own-device",
                    staff: speaker === "general" ? "a tester" : null,
                    guardian: speaker === "general" ? null : (ids[speaker] ?? null),
                    validUntil: until,
                  },
                  clock,
                ),
              );
              const [from, ends] = [row.valid_from.getTime(), row.valid_until.getTime()];
              said.push({
                ...one.scope,
                speaker,
                collection: one.collection,
                event: one.event,
                from,
                until: ends,
              });
            }
            await agrees(
              person,
              guardians,
              said,
              collections.map(({ id }) => id),
            );
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  async function agrees(
    person: Id,
    guardians: number,
    said: readonly Word[],
    collections: readonly Id[],
  ): Promise<void> {
    const now = clock.now().getTime();
    const live = (scope: (typeof SCOPES)[number], n: number): boolean => {
      const words = said.filter(
        (word) =>
          word.purpose === scope.purpose &&
          word.channel === scope.channel &&
          (word.collection === n || word.collection === null),
      );
      return isLive(words, guardians, scope.purpose === "contact" ? "any" : n + 1, now);
    };
    const standing = await standingOf(database.db, person, clock);
    for (const [n, id] of collections.entries()) {
      const holds = async (permits: Promise<readonly { person: Id }[]>): Promise<boolean> =>
        (await permits).some((permit) => permit.person === person);
      expect(await holds(matchPermits(database.db, id, clock))).toBe(live(SCOPES[0], n));
      expect(await holds(publishPermits(database.db, id, "website", clock))).toBe(live(SCOPES[1], n));
      for (const one of standing.filter((row) => row.collection === id)) {
        const scope = SCOPES.find((known) => known.purpose === one.purpose);
        expect([one.purpose, one.live]).toEqual([one.purpose, scope !== undefined && live(scope, n)]);
        if (one.waiting) expect(one.live).toBe(false);
      }
    }
  }
});
