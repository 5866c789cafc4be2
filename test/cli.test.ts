import { createRequire } from "node:module";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CommanderError, type Command } from "commander";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram } from "../src/cli/main.ts";
import { expand, isId, newId } from "../src/core/index.ts";
import { commandsOf } from "../tools/make-cli-docs.ts";
import { json, run, runHere, start } from "./support/command-line.ts";
import { hasFaces, people, selfieOf } from "./support/faces.ts";
import { environmentOf, testInstance, type TestInstance } from "./support/instance.ts";
import { inDays } from "./support/order.ts";

/** Group photos that an npm package ships; nobody in them is known by name. */
const SAMPLES = join(
  dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")),
  "demo",
);

type Box = readonly [number, number, number, number];

let test_: TestInstance;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  test_ = await testInstance();
  // Half of a command's time would go into reading the project anew: the first leaves it compiled.
  const fast = { ASSENT_PROCESSES: "1", NODE_COMPILE_CACHE: inFolder("compiled") };
  environment = { ...environmentOf(test_), ...fast };
});
afterAll(() => test_.close());

const assent = <T>(...args: readonly string[]) => json<T>(environment, ...args);

const inFolder = (name: string): string => join(test_.folder, name);

function create(name: string, ...more: readonly string[]) {
  const terms = ["--purpose", "a test", "--attest", "taken by us", "--retain-until", inDays(300)];
  return assent<{ id: string; name: string }>("collection", "create", name, ...terms, ...more);
}

/** The help of one command as its own text; in this process, because a launch takes a second. */
async function helpOf(name: readonly string[]): Promise<{ status: number; text: string }> {
  const program = buildProgram({
    configuration: () => {
      throw new Error("help needs no configuration");
    },
  });
  let text = "";
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: (more) => void (text += more) });
    for (const child of command.commands) quiet(child);
  };
  quiet(program);
  try {
    await program.parseAsync(["node", "assent", ...name, "--help"]);
  } catch (error) {
    if (error instanceof CommanderError) return { status: error.exitCode, text };
    throw error;
  }
  throw new Error("the help did not end the command");
}

describe("the launcher", () => {
  const program = buildProgram({ configuration: () => ({}) as never });
  const commands = [[], ...commandsOf(program).map(({ name }) => name.split(" "))];

  test("prints the help of every command, without touching any data", async () => {
    for (const name of commands) {
      const { status, text } = await helpOf(name);
      expect(status, name.join(" ")).toBe(0);
      expect(text).toMatch(new RegExp(`^${["Usage: assent", ...name].join(" ")} `));
    }
    const nowhere = { ...process.env, ASSENT_DATA: "/proc/nowhere", DATABASE_URL: "no address" };
    for (const name of [[], ["collection", "create"]]) {
      expect(await run(nowhere, ...name, "--help")).toMatchObject({
        status: 0,
        complaints: "",
        output: expect.stringContaining(["Usage: assent", ...name].join(" ")) as string,
      });
    }
  });

  test.each([
    ["an unknown command", ["nonsense"]],
    ["a missing option", ["import", "."]],
    [
      "a choice that is none",
      ["publish", "--collection", "x", "--channel", "y", "--out", "z", "--reveal", "all"],
    ],
  ])("ends with 2 for %s, and says so as JSON where that was asked for", async (_, args) => {
    const { status, output, complaints } = await runHere(environment, ...args, "--json");
    expect(status).toBe(2);
    expect(complaints).toMatch(/^error: .+--help/s);
    expect(JSON.parse(output)).toEqual({
      error: { code: "bad-input", message: expect.any(String), remedy: expect.any(String) },
    });
  });

  test("ends with 1 where it fails, and says why and what to do", async () => {
    const { status, output, complaints } = await run(environment, "collection", "show", "nowhere");
    expect([status, output]).toEqual([1, ""]);
    expect(complaints).toBe(
      'assent: there is no collection named "nowhere"\n`assent collection list` shows them all.\n',
    );
  });
});

describe("an error with --json", () => {
  test.each([
    ["an id that is none", "bad-input", ["find", "me", "--reason", "x"]],
    ["an id of nobody", "not-found", ["withdraw", newId()]],
    ["an id of a face that is none", "bad-input", ["tag", "x", newId()]],
    ["a file that is not there", "not-found", ["verify", "/nowhere/at/all"]],
    ["a person to prove that is none", "bad-input", ["prove", "--person", "me"]],
  ])("of %s is %s, with message and remedy, and status 1", async (_, code, args) => {
    const { status, answer } = await assent<{ error: Record<string, string> }>(...args);
    expect(status).toBe(1);
    expect(answer).toEqual({ error: expect.objectContaining({ code, message: expect.any(String) }) });
    expect(Object.keys(answer.error).every((key) => ["code", "message", "remedy"].includes(key))).toBe(true);
  });
});

describe("the fields that other programs rely on", { timeout: 120_000 }, () => {
  let photos: string;
  let face: { face: string; box: Box };
  let person: string;
  let receipt: string;

  beforeAll(async () => {
    photos = inFolder("photos");
    await mkdir(join(photos, "day"), { recursive: true });
    await copyFile(join(SAMPLES, "sample1.jpg"), join(photos, "day/group.jpg"));
    await copyFile(join(SAMPLES, "sample1.jpg"), join(photos, "same.jpg"));
    const cut = await readFile(join(SAMPLES, "sample3.jpg"));
    await writeFile(join(photos, "cut.jpg"), cut.subarray(0, 20_000));
    await writeFile(join(photos, "notes.txt"), "notes");
  });

  test("collection create -> id and name", async () => {
    const made = await create("festival", "--matching", "enrolled", "--channel", "website");
    expect(made).toEqual({ status: 0, answer: { id: expect.any(String) as string, name: "festival" } });
    expect(isId(made.answer.id)).toBe(true);
    expect((await create("Festival")).answer).toMatchObject({ error: { code: "exists" } });
  });

  test("import -> photos, faces, what was skipped and what failed, with its reason", async () => {
    const { status, answer } = await assent("import", photos, "--collection", "festival");
    expect(status).toBe(0);
    expect(answer).toMatchObject({
      photos: 1,
      faces: 3,
      skipped: [
        { file: "notes.txt", reason: expect.stringContaining("not a picture") as string },
        { file: "same.jpg", reason: "the same bytes as day/group.jpg" },
      ],
      failed: [{ file: "cut.jpg", reason: expect.stringContaining("damaged") as string }],
    });
  });

  test("join -> person and receipt", async () => {
    const faces = await assent<{ face: string; box: Box }[]>(
      "faces",
      "day/group.jpg",
      "--collection",
      "festival",
    );
    expect(faces.answer).toHaveLength(3);
    // From left to right; the one on the right looks into the camera.
    face = faces.answer[2] ?? { face: "", box: [0, 0, 0, 0] };
    const selfie = inFolder("selfie.jpg");
    await cutOut(join(photos, "day/group.jpg"), face.box, selfie);
    const order = ["--selfie", selfie, "--staff", "the desk", "--name", "Wilhelmina Testperson-Quux"];
    const consents = ["--consent", "find-me", "--consent", "publish:website"];
    const joined = await assent<{ person: string; receipt: string }>(
      "join",
      "--collection",
      "festival",
      ...order,
      ...consents,
    );
    expect(joined).toMatchObject({ status: 0, answer: { matched: 1 } });
    ({ person, receipt } = joined.answer);
    expect(isId(person)).toBe(true);
    expect((await stat(receipt)).isFile()).toBe(true);
  });

  test("find -> file, box and state", async () => {
    const found = await assent<Record<string, unknown>[]>("find", person, "--reason", "a test");
    expect(found).toMatchObject({
      status: 0,
      answer: [{ file: "day/group.jpg", box: face.box, state: "matched" }],
    });
    for (const n of face.box) expect(Number.isInteger(n)).toBe(true);
  });

  test("lookup -> faces with a box and a person or nobody, and no score", async () => {
    const { status, answer } = await assent<{ faces: { box: Box; person: unknown }[] }>(
      "lookup",
      join(photos, "day/group.jpg"),
      "--reason",
      "a test",
    );
    expect(status).toBe(0);
    expect(answer.faces).toHaveLength(3);
    // Nobody has agreed to be looked up: that is given on the person's own device only.
    for (const one of answer.faces) expect(one).toEqual({ box: expect.any(Array), person: null });
    const looks = await assent<{ kind: string; actor: string }[]>("looks", person);
    expect(looks.answer.map((look) => [look.kind, look.actor])).toEqual([["find", "a tester"]]);
  });

  test("publish -> renditions and a manifest of files, renditions, shown and hidden faces", async () => {
    const order = [
      "publish",
      "--collection",
      "festival",
      "--channel",
      "website",
      "--out",
      inFolder("website"),
    ];
    expect(await assent(...order)).toMatchObject({ status: 1, answer: { error: { code: "review-needed" } } });
    expect((await assent("match", "confirm", face.face, person)).status).toBe(0);
    const { status, answer } = await assent<{ renditions: number; manifest: string }>(
      ...order,
      "--reviewed-by",
      "a reviewer",
    );
    expect([status, answer.renditions]).toEqual([0, 1]);
    const manifest = JSON.parse(await readFile(answer.manifest, "utf8")) as {
      file: string;
      rendition: string;
      shown: { box: Box; person: string; consent: string }[];
      hidden: { box: Box }[];
    }[];
    expect(manifest).toEqual([
      {
        file: "day/group.jpg",
        rendition: expect.stringMatching(/^photos\/[0-9a-f]{32}\.jpg$/) as string,
        shown: [{ box: face.box, person, consent: expect.any(String) as string }],
        hidden: [{ box: expect.any(Array) as number[] }, { box: expect.any(Array) as number[] }],
      },
    ]);
    const picture = sharp(join(dirname(answer.manifest), manifest[0]?.rendition ?? ""));
    expect(await picture.metadata()).toMatchObject({ width: 1920, height: 1280 });
  });

  test("deliver -> photos, each with its rendition", async () => {
    const { status, answer } = await assent("deliver", person, "--out", inFolder("delivered"));
    expect(status).toBe(0);
    expect(answer).toMatchObject({ photos: 1, pictures: [{ file: "day/group.jpg" }] });
  });

  test("access, correct, object -> what was handed over, corrected, taken off and brought back", async () => {
    const handed = inFolder("handed");
    const given = await assent<{ index: string }>("access", person, "--out", handed);
    expect(given).toMatchObject({ status: 0, answer: { photos: 1, asked: 0, receipts: 1 } });
    expect(await readFile(given.answer.index, "utf8")).toContain("Wilhelmina Testperson-Quux");
    const corrected = await assent("correct", person, "--name", "Wilma Testperson-Quux", "--language", "en");
    expect(corrected).toEqual({ status: 0, answer: { person, corrected: ["name", "language"] } });
    const published = () => readdir(join(inFolder("website"), "photos"));
    expect(await assent("object", person)).toEqual({
      status: 0,
      answer: { about: "person", photos: 1, suspended: 1 },
    });
    expect(await published()).toEqual([]);
    const back = await assent("object", person, "--take-back");
    expect(back).toEqual({ status: 0, answer: { about: "person", rendered: 1 } });
    expect(await published()).toHaveLength(1);
    expect(await assent("object", person, "--take-back")).toMatchObject({
      status: 1,
      answer: { error: { code: "not-found" } },
    });
  });

  test("withdraw -> receipt and times; verify -> valid, reason and a status", async () => {
    const withdrawn = await assent<{ receipt: string }>("withdraw", person, "--purpose", "publish:website");
    expect(withdrawn).toMatchObject({
      status: 0,
      answer: { stoppedMs: expect.any(Number) as number, erasedMs: expect.any(Number) as number },
    });
    for (const file of [receipt, withdrawn.answer.receipt]) {
      expect(await assent("verify", file)).toMatchObject({
        status: 0,
        answer: { valid: true, reason: expect.any(String) as string },
      });
    }
    const forged = inFolder("forged.jws");
    const jws = await readFile(withdrawn.answer.receipt, "utf8");
    await writeFile(
      forged,
      jws.replace(/\.[^.]+\./, `.${Buffer.from('{"erased":{}}').toString("base64url")}.`),
    );
    expect(await assent("verify", forged)).toMatchObject({
      status: 1,
      answer: { valid: false, reason: expect.any(String) as string },
    });
    const manifest = await readFile(join(inFolder("website"), "manifest.json"), "utf8");
    expect(JSON.parse(manifest)).toMatchObject([{ shown: [] }]);
  });

  test("erase -> receipt and times; prove -> clean, residue and a status", async () => {
    const erased = await assent("erase", person);
    expect(erased).toMatchObject({
      status: 0,
      answer: {
        receipt: expect.stringMatching(/\.jws$/) as string,
        stoppedMs: expect.any(Number) as number,
        erasedMs: expect.any(Number) as number,
      },
    });
    expect(await assent("prove", "--person", person)).toMatchObject({
      status: 0,
      answer: { clean: true, residue: [] },
    });
    const { id } = (await create("another", "--matching", "enrolled")).answer;
    await test_.instance.keys.destroy({ kind: "chips", id });
    await test_.instance.keys.create({ kind: "chips", id: newId() });
    expect(await assent("prove")).toMatchObject({
      status: 1,
      answer: {
        clean: false,
        residue: [{ where: "key store", count: 1, check: expect.any(String) as string }],
      },
    });
  });

  test("log -> the signed head with all that was written, the proof of an entry, whole or not, and files for a witness", async () => {
    const { answer: head } = await assent<{ origin: string; size: number; checkpoint: string }>(
      "log",
      "checkpoint",
    );
    const { n } = await test_.database.db
      .selectFrom("entry")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    expect(head.size).toBe(n);
    expect(head.checkpoint.split("\n").slice(0, 2)).toEqual([head.origin, String(n)]);
    const { id } = await test_.database.db
      .selectFrom("entry")
      .select("id")
      .orderBy("sequence")
      .limit(1)
      .executeTakeFirstOrThrow();
    const proof = await runHere(environment, "log", "proof", id);
    expect(proof.output).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra .{44}\nindex 0\n/);
    const folder = inFolder("log");
    expect((await assent("log", "export", "--out", folder)).answer).toMatchObject({ folder, size: n });
    const key = inFolder("witness.json");
    const witnessed = await assent<{ file: string }>(
      "witness",
      folder,
      "--key",
      key,
      "--name",
      "witness.example.org",
    );
    expect(witnessed.answer).toMatchObject({ origin: head.origin, size: n, from: null });
    const against = witnessed.answer.file;
    expect((await assent("log", "check", "--against", against)).answer).toMatchObject({
      whole: true,
      damage: [],
    });
    await writeFile(against, (await readFile(against, "utf8")).replace(`\n${n}\n`, `\n${n + 1}\n`));
    const { status, output } = await runHere(environment, "log", "check", "--against", against);
    expect(status).toBe(1);
    expect(output).toContain(`checkpoint of ${n + 1} entries: the signature does not match\n`);
    expect(output).toMatch(/\nNot whole\.\n$/);
  });
});

describe("asked to stop", { timeout: 120_000 }, () => {
  /** More photos than are looked through before the word arrives. */
  const PHOTOS = 8;

  test("an import ends after the photos in hand, and a second one does the rest", async () => {
    const folder = inFolder("many");
    await mkdir(folder);
    const source = sharp(join(SAMPLES, "sample1.jpg"));
    for (let i = 0; i < PHOTOS; i++) {
      await source
        .clone()
        .resize({ width: 400 + i })
        .toFile(join(folder, `${i}.jpg`));
    }
    await create("many");
    const command = ["import", folder, "--collection", "many", "--json"];
    const first = start(environment, ...command);
    await untilScanned("many");
    // As a terminal does it: every process of the group is told.
    process.kill(-(first.child.pid ?? 0), "SIGINT");
    const { status, output } = await first.ended;
    const stopped = JSON.parse(output) as { photos: number; failed: unknown[]; interrupted: boolean };
    expect(status).toBe(1);
    expect(stopped).toMatchObject({ failed: [], interrupted: true });
    expect(stopped.photos).toBeGreaterThan(0);
    expect(stopped.photos).toBeLessThan(PHOTOS);
    expect((await assent("collection", "show", "many")).answer).toMatchObject({
      photos: stopped.photos,
      waiting: 0,
    });
    expect(await json(environment, ...command.slice(0, -1))).toMatchObject({
      status: 0,
      answer: { photos: PHOTOS - stopped.photos, interrupted: false, failed: [] },
    });
  });

  async function untilScanned(collection: string): Promise<void> {
    const scanned = (): Promise<number> =>
      test_.instance.db
        .selectFrom("photo")
        .innerJoin("collection", "collection.id", "photo.collection_id")
        .select("photo.id")
        .where("collection.name", "=", collection)
        .where("photo.state", "=", "scanned")
        .execute()
        .then((rows) => rows.length);
    await expect.poll(scanned, { interval: 50, timeout: 100_000 }).toBeGreaterThan(0);
  }

  describe("serve, on a folder with its own server", () => {
    let folder: string;
    let embedded: NodeJS.ProcessEnv;
    const running = (): Promise<boolean> =>
      stat(join(folder, "postgres/postmaster.pid")).then(
        () => true,
        () => false,
      );

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "assent-served-"));
      await chmod(folder, 0o711);
      embedded = { ...environment, ASSENT_DATA: folder, DATABASE_URL: "" };
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    test.each([
      ["Ctrl-C", (launcher: number) => process.kill(-launcher, "SIGINT")],
      ["SIGTERM to the launcher alone", (launcher: number) => process.kill(launcher, "SIGTERM")],
    ])(
      "refuses a second by name, lets other commands work beside it, and ends cleanly at %s",
      async (_, stop) => {
        const first = start(embedded, "serve", "--json");
        await first.said("}\n");
        const [second, list] = await Promise.all([
          run(embedded, "serve", "--json"),
          run(embedded, "collection", "list", "--json"),
        ]);
        expect(list).toMatchObject({ status: 0, output: "[]\n" });
        expect(await running()).toBe(true);
        stop(first.child.pid ?? 0);
        const { status, output, complaints } = await first.ended;
        const { pid } = JSON.parse(output) as { pid: number };
        expect(status).toBe(0);
        // Its log is there, one JSON object a line, and nothing else.
        for (const line of complaints.split("\n").filter((one) => one !== "")) {
          expect(JSON.parse(line)).toMatchObject({ level: "info" });
        }
        expect(await running()).toBe(false);
        expect(second.status).toBe(1);
        expect(JSON.parse(second.output)).toMatchObject({
          error: {
            code: "instance-busy",
            message: expect.stringMatching(new RegExp(`^process ${pid} on .+ already serves`)) as string,
          },
        });
      },
    );
  });
});

/** A picture of one person alone: the surroundings of a face in a group photo. */
async function cutOut(picture: string, [x, y, w, h]: Box, target: string): Promise<void> {
  const { width, height } = await sharp(picture).metadata();
  const wide = expand({ x, y, w, h }, 1.6);
  const left = Math.max(0, Math.round(wide.x));
  const top = Math.max(0, Math.round(wide.y));
  await sharp(picture)
    .extract({
      left,
      top,
      width: Math.min(Math.round(wide.w), width - left),
      height: Math.min(Math.round(wide.h), height - top),
    })
    .toFile(target);
}

test.skipIf(!hasFaces)(
  "what was measured is told, also where it cannot be kept",
  async () => {
    const [event, selfies] = [inFolder("measured"), inFolder("measured-selfies")];
    await mkdir(event);
    await mkdir(selfies);
    await copyFile(join(SAMPLES, "sample1.jpg"), join(event, "a.jpg"));
    await writeFile(
      join(event, "truth.json"),
      JSON.stringify([{ file: "a.jpg", width: 9, height: 9, faces: [] }]),
    );
    await copyFile(selfieOf(people()[20] ?? ""), join(selfies, "somebody.jpg"));
    const folders = ["--event", event, "--selfies", selfies];
    const nowhere = { ...environment, DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
    const { status, output, complaints } = await runHere(nowhere, "evaluate", ...folders, "--keep");
    expect(output).toContain("Model pack");
    expect(complaints).toContain("database");
    expect(status).toBe(1);
  },
  60_000,
);
