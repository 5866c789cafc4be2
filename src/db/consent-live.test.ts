import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { scene, testKeys } from "../../test/support/scene.ts";
import { newId, systemClock, type Id } from "../core/index.ts";
import type { ConsentEventKind, Purpose } from "./index.ts";

/** An event with its times in hours from a fixed moment; `collection` is a position in the list of collections. */
interface Event {
  readonly scope: { readonly purpose: Purpose; readonly channel: string | null };
  readonly collection: 0 | 1 | null;
  readonly event: ConsentEventKind;
  readonly from: number;
  readonly lasts: number;
}

const SCOPES: readonly Event["scope"][] = [
  { purpose: "find-me", channel: null },
  { purpose: "keep-template", channel: null },
  { purpose: "publish", channel: "website" },
  { purpose: "publish", channel: "press" },
];
const HOURS = 8;
const START = Date.parse("2026-06-01T00:00:00Z");
const at = (hour: number): Date => new Date(START + hour * 3_600_000);

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.record({
    scope: fc.constantFrom(...SCOPES),
    collection: fc.constantFrom(0 as const, 1 as const, null),
    event: fc.oneof(
      fc.constant("given" as const),
      fc.constantFrom("refused" as const, "withdrawn" as const, "expired" as const),
    ),
    from: fc.integer({ min: 0, max: HOURS }),
    lasts: fc.integer({ min: 0, max: HOURS }),
  }),
  { maxLength: 14 },
);

/** What the words say: the last event about the scope, whether for this collection or for every one, decides. */
function isLive(all: readonly Event[], scope: Event["scope"], collection: 0 | 1, hour: number): boolean {
  let live = false;
  for (const one of all) {
    if (one.scope !== scope || (one.collection !== null && one.collection !== collection)) continue;
    live = one.event === "given" && one.from <= hour && hour < one.from + one.lasts;
  }
  return live;
}

let database: TestDatabase;
let removeKeys: () => Promise<void>;
let collections: readonly Id[];
let person: () => Promise<Id>;

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  removeKeys = () => store.remove();
  const here = scene(database.db, store.keys, systemClock);
  collections = [(await here.collection()).id, (await here.collection()).id];
  person = () => here.person();
});
afterAll(async () => {
  await database.close();
  await removeKeys();
});

test("consent_live says what the last event about a scope says, at every moment", async () => {
  const probes = SCOPES.flatMap((scope) =>
    ([0, 1] as const).flatMap((collection) =>
      Array.from({ length: 2 * HOURS + 2 }, (_, hour) => ({ scope, collection, hour })),
    ),
  );
  await fc.assert(
    fc.asyncProperty(events, async (sequence) => {
      const who = await person();
      if (sequence.length > 0) {
        await database.db
          .insertInto("consent_event")
          .values(
            sequence.map((one) => ({
              id: newId(),
              person_id: who,
              ...one.scope,
              collection_id: one.collection === null ? null : (collections[one.collection] ?? ""),
              event: one.event,
              text_version: "v",
              text_language: "en" as const,
              text_digest: "d",
              given_how: "own-device" as const,
              staff: null,
              valid_from: at(one.from),
              valid_until: at(one.from + one.lasts),
              epoch: 0,
              at: at(one.from),
            })),
          )
          .execute();
      }
      const asked = JSON.stringify(
        probes.map((probe, n) => ({
          n,
          purpose: probe.scope.purpose,
          channel: probe.scope.channel,
          collection: collections[probe.collection],
          moment: at(probe.hour),
        })),
      );
      const { rows } = await sql<{ live: boolean }>`
        select consent_live(${who}, purpose, collection, channel, moment) as live
        from jsonb_to_recordset(${asked}::jsonb)
          as probe (n int, purpose text, channel text, collection uuid, moment timestamptz)
        order by n`.execute(database.db);
      expect(rows.map((row) => row.live)).toEqual(
        probes.map((probe) => isLive(sequence, probe.scope, probe.collection, probe.hour)),
      );
    }),
    { numRuns: 60 },
  );
});
