import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Instance } from "../../src/app/index.ts";
import { deliver, importFolder } from "../../src/flows/index.ts";
import { inParallel } from "../../src/flows/in-parallel.ts";
import { composeEvent, hasFaces, people } from "../support/faces.ts";
import {
  compileInto,
  copyOf,
  runKilled,
  runWhole,
  withInstance,
  type AtRest,
} from "../support/killed-copy.ts";
import { differences, leftovers, normaliser, rowsOf, stateOf, type State } from "../support/killed-state.ts";
import { CHANNEL, COLLECTION, CONSENTS, run, type Verb } from "../support/killed-verbs.ts";
import { joinAs, makeCollection, nothing, publishTo } from "../support/order.ts";

/** Children at once: the machine for which the time of the tests is reckoned has two cores. */
const AT_ONCE = 2;

/** Before the effect of that number, counted from 1; after the last, one more. Or while a picture is half written. */
type Step = number | "rendering";

function everyStep(effects: readonly string[]): readonly Step[] {
  return Array.from({ length: effects.length + 1 }, (_, i) => i + 1);
}

/** Before the last of each kind of effect, and at the end: what was done before is then there, and something is missing. */
function eachKind(effects: readonly string[]): readonly Step[] {
  return everyStep(effects).filter(
    (_, i) => effects.lastIndexOf(effects[i] ?? "") === i || i === effects.length,
  );
}

/** The commit, what follows it, every other kind, and the end. */
function everyOther(effects: readonly string[]): readonly Step[] {
  const commit = effects.indexOf("commit") + 1;
  const kinds = eachKind(effects);
  return kinds.filter(
    (step, i) => i % 2 === 0 || step === commit || step === commit + 1 || i === kinds.length - 1,
  );
}

/** Each step is a process of its own and costs seconds: in each run every other kind of step, with `npm run test:long` all steps. */
const steps = process.env["MODE"] === "long" ? everyStep : everyOther;

/** Around the first commit and at the end: where what follows is the same code as another command's, or begun again whole. */
function gravest(effects: readonly string[]): readonly Step[] {
  if (steps === everyStep) return everyStep(effects);
  const commit = effects.indexOf("commit") + 1;
  return [commit, commit + 1, effects.length + 1];
}

interface Killed {
  readonly instance: Instance;
  /** Whether the first of the command's transactions was through. */
  readonly committed: boolean;
  /** After the next start. */
  readonly settled: State;
  /** As before the command; as after one that nobody killed. */
  readonly before: State;
  readonly done: State;
  again(): Promise<State>;
}

describe.skipIf(!hasFaces)("killed at any step, the next start completes or undoes", () => {
  let shared: string;
  let event: string;
  let early: string;
  let late: string;
  let guest: string;
  const face = { early: "", late: "" };
  /** One person has joined; then the photos are in; then the other has joined; then all is published and delivered. */
  let joined: AtRest;
  let imported: AtRest;
  let full: AtRest;
  let published: AtRest;

  beforeAll(async () => {
    shared = await mkdtemp(join(tmpdir(), "assent-killed-shared-"));
    event = join(shared, "event");
    compileInto(join(shared, "compiled"));
    const cast = people().slice(0, 2);
    [face.early = "", face.late = ""] = cast;
    // Both are in the first photo, the early one alone is in the second.
    await composeEvent(event, {
      photos: 2,
      seed: 5,
      width: 900,
      height: 600,
      "min-people": 1,
      "max-people": 2,
      "min-face": 70,
      "max-face": 200,
      people: cast.join(","),
    });
    joined = await copyOf();
    await withInstance(joined, async (instance) => {
      await makeCollection(instance, COLLECTION, { channels: [CHANNEL] });
      early = (await joinAs(instance, COLLECTION, CONSENTS, { face: face.early })).person;
      guest = (await joinAs(instance, COLLECTION, ["publish:website"])).person;
    });
    imported = await copyOf(joined);
    await withInstance(imported, (instance) =>
      importFolder(instance, { folder: event, collection: COLLECTION, progress: nothing }),
    );
    full = await copyOf(imported);
    late = await withInstance(full, (instance) =>
      joinAs(instance, COLLECTION, CONSENTS, { face: face.late }),
    ).then((one) => one.person);
    published = await copyOf(full);
    await withInstance(published, async (instance) => {
      await publishTo(instance, COLLECTION, CHANNEL, join(published.folder, "website"));
      for (const person of [early, late]) {
        const out = join(published.folder, person === early ? "early" : "late");
        await deliver(instance, { person, out, reason: undefined, actor: "a tester", progress: nothing });
      }
    });
  }, 300_000);

  afterAll(async () => {
    // Those that were made: one may have failed.
    for (const at of [joined, imported, full, published] as (AtRest | undefined)[]) await at?.remove();
    await rm(shared, { recursive: true, force: true });
  });

  /** Kills the command before each of its effects, on a copy each time; what is wrong afterwards, step by step. */
  async function wrongAfterKills(
    at: AtRest,
    command: (folder: string) => Verb,
    check: (killed: Killed) => Promise<readonly string[]>,
    killedAt: (effects: readonly string[]) => readonly Step[] = steps,
  ): Promise<readonly string[]> {
    const plain = normaliser(Object.values(await withInstance(at, ({ db }) => rowsOf(db))).flat());
    const state = (copy: AtRest) => (instance: Instance) => stateOf(instance, copy.folder, plain);
    const before = await withInstance(at, state(at));
    const { effects, done, wrong } = await unkilled(at, command, plain);
    await inParallel(killedAt(effects), AT_ONCE, async (step) => {
      const name =
        step === "rendering" ? "while rendering" : `before ${step} (${effects[step - 1] ?? "the end"})`;
      const committed = step !== "rendering" && step > effects.indexOf("commit") + 1;
      const copy = await copyOf(at);
      try {
        await runKilled(copy, command(copy.folder), step);
        const found = await withInstance(copy, async (instance) => {
          const left = await leftovers(instance);
          const settled = await state(copy)(instance);
          const again = async (): Promise<State> => {
            await run(instance, command(copy.folder));
            return state(copy)(instance);
          };
          return [...left, ...(await check({ instance, committed, settled, before, done, again }))];
        });
        wrong.push(...found.map((one) => `killed ${name}: ${one}`));
      } catch (error) {
        wrong.push(`killed ${name}: ${(error as Error).stack}`);
      } finally {
        await copy.remove();
      }
    });
    return wrong;
  }

  async function unkilled(
    at: AtRest,
    command: (folder: string) => Verb,
    plain: (text: string) => string,
  ): Promise<{ effects: readonly string[]; done: State; wrong: string[] }> {
    const copy = await copyOf(at);
    try {
      const effects = await runWhole(copy, command(copy.folder));
      return await withInstance(copy, async (instance) => {
        const left = await leftovers(instance);
        const done = await stateOf(instance, copy.folder, plain);
        return { effects, done, wrong: left.map((one) => `not killed at all: ${one}`) };
      });
    } finally {
      await copy.remove();
    }
  }

  /**
   * All or nothing: from the commit on as after a command that nobody killed; until then as before, and then the same
   * command does it.
   */
  async function allOrNothing({
    committed,
    settled,
    before,
    done,
    again,
  }: Killed): Promise<readonly string[]> {
    const wrong = differences(settled, committed ? done : before);
    return committed || wrong.length > 0 ? wrong : differences(await again(), done);
  }

  /** What may be there twice once a command has been started twice: that it was looked and that pictures left. */
  const TWICE = [
    "look",
    "look_person",
    "disclosure",
    "disclosure_rendition",
    "disclosure_person",
    "entry",
    "entry_payload",
    "log_waiting",
  ];

  async function completeWhenRepeated({ instance, done, again }: Killed): Promise<readonly string[]> {
    const repeated = differences(await again(), done, TWICE);
    return [...repeated, ...(await leftovers(instance))];
  }

  test("a withdrawal is done or not begun", async () => {
    const command = (): Verb => ({ verb: "withdraw", person: late });
    expect(await wrongAfterKills(published, command, allOrNothing)).toEqual([]);
  }, 600_000);

  test("an erasure with the person's photos is done or not begun", async () => {
    const command = (): Verb => ({ verb: "erase-with-photos", person: early });
    expect(await wrongAfterKills(published, command, allOrNothing, gravest)).toEqual([]);
  }, 600_000);

  // The same effects as above, and fewer.
  test.runIf(process.env["MODE"] === "long")(
    "an erasure is done or not begun",
    async () => {
      const command = (): Verb => ({ verb: "erase", person: late });
      expect(await wrongAfterKills(published, command, allOrNothing)).toEqual([]);
    },
    600_000,
  );

  test("a publication started again is complete", async () => {
    const command = (folder: string): Verb => ({ verb: "publish", out: join(folder, "website") });
    const andRendering = (effects: readonly string[]): readonly Step[] => ["rendering", ...gravest(effects)];
    expect(await wrongAfterKills(full, command, completeWhenRepeated, andRendering)).toEqual([]);
  }, 600_000);

  test("a delivery started again is complete", async () => {
    const command = (folder: string): Verb => ({
      verb: "deliver",
      person: early,
      out: join(folder, "early"),
    });
    expect(await wrongAfterKills(full, command, completeWhenRepeated, gravest)).toEqual([]);
  }, 600_000);

  test("an import started again is complete", async () => {
    const command = (): Verb => ({ verb: "import", folder: event });
    expect(await wrongAfterKills(joined, command, completeWhenRepeated, gravest)).toEqual([]);
  }, 600_000);

  test("somebody has joined or has not", async () => {
    const command = (): Verb => ({ verb: "join", face: face.late, person: null });
    expect(await wrongAfterKills(imported, command, allOrNothing, gravest)).toEqual([]);
  }, 600_000);

  // The same effects as above, but for those before the first commit.
  test.runIf(process.env["MODE"] === "long")(
    "somebody known has been enrolled or has not",
    async () => {
      const command = (): Verb => ({ verb: "join", face: face.late, person: guest });
      const untilJoined = (effects: readonly string[]): readonly Step[] =>
        steps(effects.slice(0, effects.indexOf("commit")));
      expect(await wrongAfterKills(imported, command, allOrNothing, untilJoined)).toEqual([]);
    },
    600_000,
  );
});
