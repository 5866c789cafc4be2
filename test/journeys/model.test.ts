import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Instance } from "../../src/app/index.ts";
import { createCollection, deleteCollection, erase, settle } from "../../src/flows/index.ts";
import { withDrawnPhotos } from "../support/drawn-photos.ts";
import { testInstance, type TestInstance } from "../support/instance.ts";
import { agrees } from "../support/model-check.ts";
import { sequence } from "../support/model-sequence.ts";
import { codeOf, type Stage, type Step } from "../support/model-stage.ts";
import { INTERNAL_CHANNEL, PUBLIC_CHANNEL, settleWorld, type World } from "../support/model-world.ts";
import { movedClock, type MovedClock } from "../support/moved-clock.ts";

/**
 * Random sequences of joining, agreeing, withdrawing, time, photos, decisions, publishing and leaving, through the real flows and
 * the real database, compared after every step with a plain reckoning (test/support/model-world.ts). Who is in a photo is
 * written in it: networks and renderer are not what is tested here.
 */
const LONG = process.env["MODE"] === "long";
const RUNS = Number(process.env["MODEL_RUNS"] ?? (LONG ? 400 : 20));
const SEED = Number(process.env["MODEL_SEED"] ?? (LONG ? Date.now() % 2 ** 31 : 20261122));
/** On a busy machine fewer sequences are enough: none is begun after so long, except where more were asked for. */
/** However slow the machine is. */
const LEAST_SEQUENCES = 5;
const LIMIT_MS = LONG || process.env["MODEL_RUNS"] !== undefined ? Infinity : 12_000;

let test_: TestInstance;
let instance: Instance;
let clock: MovedClock;
let number = 0;

beforeAll(async () => {
  test_ = await testInstance({ clock: async (url) => (clock = await movedClock(url)) });
  instance = withDrawnPhotos(test_.instance);
});
afterAll(() => test_.close());

function dayIn(days: number): string {
  return new Date(clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
}

async function begin(): Promise<{ readonly model: World; readonly real: Stage }> {
  const run = `run ${++number}`;
  const made = [];
  for (const [kept, joinable] of [
    [300, 150],
    [120, 50],
  ] as const) {
    const { id } = await createCollection(instance, {
      name: `${run}, ${made.length}`,
      purpose: "photos of nobody",
      matching: "enrolled",
      matchOnly: undefined,
      channels: [PUBLIC_CHANNEL, `${INTERNAL_CHANNEL}:internal`],
      retainUntil: dayIn(kept),
      joinUntil: dayIn(joinable),
      attestation: "drawn for tests",
      attestedBy: "a tester",
    });
    const row = await instance.db
      .selectFrom("collection")
      .select(["join_until", "retain_until"])
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const dates = { joinUntil: row.join_until.getTime(), retainUntil: row.retain_until.getTime() };
    made.push({ id, ...dates, closed: false, gone: false, due: false });
  }
  const model: World = {
    now: () => clock.now().getTime(),
    collections: made,
    people: new Map(),
    photos: [],
    renditions: [],
  };
  return { model, real: { parts: instance, clock, folder: test_.folder, run } };
}

/** Everybody and everything goes, and nothing of it is left. */
async function endRun({ people, collections }: World): Promise<void> {
  for (const { id } of people.values()) await erase(instance, { person: id, actor: "a tester" });
  for (const { id, gone } of collections)
    if (!gone) await deleteCollection(instance, { collection: id, actor: "a tester" });
  for (const table of [
    "person",
    "collection",
    "photo",
    "template",
    "match",
    "rendition",
    "pending",
    "doomed_key",
  ] as const) {
    expect([table, await instance.db.selectFrom(table).selectAll().execute()]).toEqual([table, []]);
  }
  for (const kind of ["originals", "chips", "renditions"] as const) {
    for await (const { ref } of instance.blobs.list(kind)) throw new Error(`${ref} is left`);
  }
}

/** One step, in both; then they are compared. */
async function take(step: Step, world: World, stage: Stage): Promise<void> {
  const code = step.refused?.(world);
  if (code !== undefined) {
    const said = await step.act(stage, world).then(() => "done", codeOf);
    expect(said).toBe(code);
    step.applyRefused?.(world, code);
    return agrees(stage, world);
  }
  step.apply(world, await step.act(stage, world));
  await agrees(stage, world, { cutOff: step.restart === true });
  if (step.restart !== true) return;
  await settle(stage.parts);
  settleWorld(world);
  await agrees(stage, world);
}

test("permits, templates, matches, renditions and lookups are what was agreed to, after every step", async () => {
  const started = performance.now();
  let sequences = 0;
  await fc.assert(
    fc.asyncProperty(sequence, async (steps) => {
      if (sequences >= LEAST_SEQUENCES && performance.now() - started > LIMIT_MS) return;
      const { model, real } = await begin();
      const taken: string[] = [];
      try {
        for (const step of steps) {
          if (!step.possible(model)) continue;
          taken.push(step.text);
          await take(step, model, real);
        }
      } catch (error) {
        throw new Error(`after\n  ${taken.join("\n  ")}\n${String(error)}`, { cause: error });
      }
      await endRun(model);
      sequences++;
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true, reporter },
  );
}, 3_600_000);

/** The sequence that failed, as far as it went, with what makes it again. */
function reporter(run: fc.RunDetails<[readonly Step[]]>): void {
  if (!run.failed) return;
  const again = `MODEL_SEED=${run.seed}, run ${run.numRuns}`;
  throw new Error(`${again} failed ${String(run.errorInstance)}`, { cause: run.errorInstance });
}
