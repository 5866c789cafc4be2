import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "kysely";
import type { Instance } from "../../src/app/index.ts";
import { expand, iou, type Box } from "../../src/core/index.ts";
import { recordConsent } from "../../src/consent/index.ts";
import { inTransaction } from "../../src/db/index.ts";
import {
  confirmMatch,
  deliver,
  findPerson,
  importFolder,
  listFaces,
  listLooks,
  lookUp,
  publish,
  prove,
  rejectMatch,
  tagFace,
  verifyReceipt,
  type Imported,
  type Joined,
} from "../../src/flows/index.ts";
import type { ManifestItem } from "../../src/publishing/index.ts";
import { composeEvent, hasFaces, people, selfieOf, type TruePhoto } from "../support/faces.ts";
import { testInstance, type TestInstance } from "../support/instance.ts";
import { joinAs, makeCollection, nothing, publishTo } from "../support/order.ts";
import { filesBelow, snapshot } from "../support/snapshot.ts";

const SECRET_NAME = "Wilhelmina Testperson-Quux";
const SECRET_MAIL = "wilhelmina.quux@example.org";

/** A few people, often together, in faces large enough that nobody is missed: what is tested is the job, not the model. */
const EVENT = { photos: 10, seed: 5, minPeople: 2, maxPeople: 4, "min-face": 70, "max-face": 200 };

describe.skipIf(!hasFaces)("from a folder of photos to a publishable set", () => {
  let test_: TestInstance;
  let instance: Instance;
  let truth: readonly TruePhoto[];
  let folder: string;
  let imported: Imported;
  /** Joined before the import and after it; the third never joins. */
  let early: Joined & { face: string };
  let late: Joined & { face: string };
  let bystander: string;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    folder = join(test_.folder, "event");
    const cast = people().slice(0, 5);
    const { minPeople, maxPeople, ...rest } = EVENT;
    truth = await composeEvent(folder, {
      ...rest,
      "min-people": minPeople,
      "max-people": maxPeople,
      people: cast.join(","),
    });
    const [first = "", second = "", third = ""] = cast;
    bystander = third;
    await makeCollection(instance, "festival");
    early = {
      face: first,
      ...(await joinAs(
        instance,
        "festival",
        ["find-me", "publish:website", "publish:companions", "contact"],
        {
          face: first,
          name: SECRET_NAME,
          email: SECRET_MAIL,
        },
      )),
    };
    imported = await importFolder(instance, { folder, collection: "festival", progress: nothing });
    late = { face: second, ...(await joinAs(instance, "festival", ["find-me"], { face: second })) };
  }, 180_000);
  afterAll(() => test_.close());

  const photosOf = (face: string): readonly string[] =>
    truth.filter((photo) => photo.faces.some((one) => one.person === face)).map((photo) => photo.file);
  const boxOf = (file: string, face: string): Box => {
    const found = truth.find((photo) => photo.file === file)?.faces.find((one) => one.person === face);
    const [x, y, w, h] = found?.box ?? [0, 0, 0, 0];
    return { x, y, w, h };
  };
  const asBox = ([x, y, w, h]: readonly [number, number, number, number]): Box => ({ x, y, w, h });

  test("every photo is taken once, and every face is found", async () => {
    expect(imported.photos).toBe(truth.length);
    expect(imported.failed).toEqual([]);
    expect(imported.faces).toBeGreaterThanOrEqual(truth.reduce((sum, photo) => sum + photo.faces.length, 0));
    const again = await importFolder(instance, { folder, collection: "festival", progress: nothing });
    expect(again.photos).toBe(0);
    expect(again.skipped).toHaveLength(truth.length + 1);
    expect(again.skipped[0]?.reason).toBe("already imported");
  });

  test("who joined before and who joined after are found in their photos and in no other", async () => {
    for (const person of [early, late]) {
      const found = await findPerson(instance, {
        person: person.person,
        reason: "a test",
        actor: "a tester",
      });
      expect([...new Set(found.map((one) => one.file))].sort()).toEqual([...photosOf(person.face)].sort());
      for (const one of found) {
        expect(iou(asBox(one.box), boxOf(one.file, person.face)), one.file).toBeGreaterThan(0.3);
      }
    }
  });

  test("the joiner's photos are delivered with companions shown only where they agreed", async () => {
    const out = join(test_.folder, "delivered");
    const delivered = await deliver(instance, {
      person: late.person,
      out,
      reason: undefined,
      actor: "a tester",
      progress: nothing,
    });
    expect(delivered.pictures.map((one) => one.file).sort()).toEqual([...photosOf(late.face)].sort());
    for (const { file, rendition } of delivered.pictures) {
      const picture = truth.find((photo) => photo.file === file);
      for (const face of picture?.faces ?? []) {
        const seen = await isSeen(join(folder, file), join(out, rendition), asBox(face.box));
        // The late joiner sees themself, and the early one, who agreed to be seen by companions.
        expect(seen, `${file} ${face.person}`).toBe([late.face, early.face].includes(face.person));
      }
    }
  });

  test("a public channel refuses without a human look", async () => {
    const order = {
      collection: "festival",
      channel: "website",
      out: join(test_.folder, "refused"),
      actor: "a tester",
    };
    await expect(
      publish(instance, { ...order, reveal: "confirmed", reviewedBy: undefined, progress: nothing }),
    ).rejects.toMatchObject({ code: "review-needed" });
  });

  test("a channel shows only who agreed to that channel, confirmed unless chosen otherwise", async () => {
    const out = join(test_.folder, "website");
    const strict = await publishTo(instance, "festival", "website", out, "confirmed");
    expect(strict.shown).toBe(0);
    const done = await publishTo(instance, "festival", "website", out, "matched");
    expect(done.renditions).toBe(truth.length);
    const manifest = JSON.parse(await readFile(done.manifest, "utf8")) as ManifestItem[];
    for (const item of manifest) {
      for (const shown of item.shown) expect(shown.person).toBe(early.person);
      for (const face of truth.find((photo) => photo.file === item.file)?.faces ?? []) {
        const seen = await isSeen(join(folder, item.file), join(out, item.rendition), asBox(face.box));
        expect(seen, `${item.file} ${face.person}`).toBe(face.person === early.face);
      }
      const { exif, xmp, iptc } = await sharp(join(out, item.rendition)).metadata();
      expect([exif, xmp, iptc]).toEqual([undefined, undefined, undefined]);
      expect(item.rendition).toMatch(/^photos\/[0-9a-f]{32}\.jpg$/);
    }
    const press = await publishTo(instance, "festival", "press", join(test_.folder, "press"));
    expect(press.shown).toBe(0);
  });

  test("a bystander's embedding is in no table, file or log", async () => {
    const vision = await instance.vision();
    const probes: Float32Array[] = [];
    for (const file of photosOf(bystander)) {
      const { faces } = await vision.findFaces(join(folder, file), { embed: true, chips: false });
      const mine = faces.filter((face) => iou(face.box, boxOf(file, bystander)) > 0.3);
      probes.push(...mine.flatMap((face) => (face.embedding ? [face.embedding] : [])));
    }
    expect(probes.length).toBeGreaterThan(0);
    // Four floats in a row name an embedding: raw in a file, as hex in a dump, or as numbers in a text.
    const needles = probes.flatMap((probe) => {
      const bytes = Buffer.from(probe.buffer, probe.byteOffset, 16);
      return [
        bytes,
        Buffer.from(bytes.toString("hex")),
        Buffer.from(`${probe[0]}`),
        Buffer.from(bytes.toString("base64").slice(0, 18)),
      ];
    });
    const haystack = [...(await filesBelow(instance.dataFolder))];
    haystack.push(["database", Buffer.from(JSON.stringify(await snapshot(instance.db)))]);
    expect(haystack.length).toBeGreaterThan(20);
    for (const [where, bytes] of haystack) {
      for (const needle of needles) expect(bytes.includes(needle), where).toBe(false);
    }
    const templates = await instance.db.selectFrom("template").select("person_id").execute();
    expect(new Set(templates.map((row) => row.person_id))).toEqual(new Set([early.person, late.person]));
  });

  test("names and addresses are nowhere in the clear", async () => {
    const haystack = [...(await filesBelow(instance.dataFolder))];
    haystack.push(["database", Buffer.from(JSON.stringify(await snapshot(instance.db)))]);
    for (const [where, bytes] of haystack) {
      for (const needle of [SECRET_NAME, SECRET_MAIL]) expect(bytes.includes(needle), where).toBe(false);
    }
  });

  test("a lookup finds nobody who did not agree on their own device, and never says a score", async () => {
    const picture = selfieOf(early.face);
    const before = await lookUp(instance, {
      picture,
      reason: "who is this?",
      actor: "a tester",
      collection: undefined,
    });
    expect(before.faces).toHaveLength(1);
    expect(before.faces[0]?.person).toBeNull();
    await inTransaction(instance.db, (trx) =>
      recordConsent(
        trx,
        {
          person: early.person,
          purpose: "staff-lookup",
          channel: null,
          collection: null,
          event: "given",
          language: "fr",
          givenHow: "own-device",
          staff: null,
          validUntil: new Date(Date.now() + 86_400_000),
        },
        instance.clock,
      ),
    );
    const after = await lookUp(instance, {
      picture,
      reason: "who is this?",
      actor: "a tester",
      collection: undefined,
    });
    expect(after.faces[0]?.person).toMatchObject({ id: early.person, name: SECRET_NAME });
    expect(JSON.stringify(after)).not.toMatch(/0\.\d{3}/);
    const looks = await listLooks(instance, early.person);
    expect(looks.filter((look) => look.kind === "lookup")).toMatchObject([
      { actor: "a tester", reason: "who is this?" },
    ]);
    expect((await listLooks(instance, late.person)).some((look) => look.kind === "lookup")).toBe(false);
  });

  test("a look without a reason is refused, and answers nothing", async () => {
    await expect(
      findPerson(instance, { person: early.person, reason: " ", actor: "a tester" }),
    ).rejects.toMatchObject({ code: "bad-input" });
  });

  test("a claim on an enrolled face is frozen, and shows nothing", async () => {
    const claim = await joinAs(instance, "festival", ["find-me"], { face: early.face });
    expect(claim.state).toBe("frozen");
    expect(await findPerson(instance, { person: claim.person, reason: "a test", actor: "a tester" })).toEqual(
      [],
    );
  });

  test("a selfie without a face, or with two, is refused with what to do, and nothing is left of it", async () => {
    const blank = join(test_.folder, "blank.jpg");
    await sharp({ create: { width: 600, height: 600, channels: 3, background: "#88a" } })
      .jpeg()
      .toFile(blank);
    const two = join(test_.folder, "two.jpg");
    const half = await sharp(selfieOf(early.face)).resize(500).toBuffer();
    const other = await sharp(selfieOf(late.face)).resize(500).toBuffer();
    await sharp({ create: { width: 1000, height: 500, channels: 3, background: "#fff" } })
      .composite([
        { input: half, left: 0, top: 0 },
        { input: other, left: 500, top: 0 },
      ])
      .jpeg()
      .toFile(two);
    const before = await snapshot(instance.db);
    for (const [file, code] of [
      [blank, "no-face"],
      [two, "several-faces"],
    ] as const) {
      const refused = joinAs(instance, "festival", ["find-me"], { selfies: [file] });
      await expect(refused).rejects.toMatchObject({
        code,
        remedy: expect.stringContaining("again") as string,
      });
    }
    const after = await snapshot(instance.db);
    expect(after["person"]).toEqual(before["person"]);
    expect(after["template"]).toEqual(before["template"]);
  });

  test("a rejected match is gone for ever, also after another look through the photos", async () => {
    const found = await findPerson(instance, { person: late.person, reason: "a test", actor: "a tester" });
    const [one, two] = found;
    if (!one || !two) throw new Error("the event must have two photos of the late joiner");
    await rejectMatch(instance, { face: one.face, person: late.person, actor: "a tester" });
    await confirmMatch(instance, { face: two.face, person: late.person, actor: "a tester" });
    // A newcomer makes the machine look at every face again.
    await joinAs(instance, "festival", ["find-me"], { face: people()[40] ?? "" });
    const now = await findPerson(instance, { person: late.person, reason: "a test", actor: "a tester" });
    expect(now.map((each) => each.face)).not.toContain(one.face);
    expect(now.find((each) => each.face === two.face)?.state).toBe("confirmed");
  });

  test("a receipt is genuine as it is, and not with one byte changed", async () => {
    expect(await verifyReceipt(instance, early.receipt)).toMatchObject({ valid: true, kind: "consent" });
    const text = await readFile(early.receipt, "utf8");
    expect(text).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(text).not.toContain(Buffer.from(SECRET_NAME).toString("base64url").slice(0, 16));
    const altered = join(test_.folder, "altered.jws");
    for (const at of [5, Math.floor(text.length / 2), text.length - 3]) {
      const other = text[at] === "A" ? "B" : "A";
      await writeFile(altered, text.slice(0, at) + other + text.slice(at + 1));
      const verdict = await verifyReceipt(instance, altered);
      expect(verdict.valid).toBe(false);
      expect(verdict.reason).not.toBe("");
    }
  });

  test("nothing is left that should not be there", async () => {
    expect(await prove(instance, {})).toMatchObject({ clean: true, residue: [] });
  });

  test("without matching the same route works by hand", async () => {
    await makeCollection(instance, "by hand", { matching: "off", channels: ["website"] });
    const one = join(folder, photosOf(late.face)[0] ?? "");
    const single = join(test_.folder, "single");
    await sharp(one)
      .keepMetadata()
      .toFile(await place(single, "picture.jpg"));
    await importFolder(instance, { folder: single, collection: "by hand", progress: nothing });
    await expect(joinAs(instance, "by hand", ["find-me"], { face: bystander })).rejects.toMatchObject({
      code: "bad-input",
    });
    const joined = await joinAs(instance, "by hand", ["publish:website"]);
    expect(joined).toMatchObject({ templates: 0, state: "without-template" });
    const [face] = await listFaces(instance, { collection: "by hand", file: "picture.jpg" });
    await tagFace(instance, { face: face?.face ?? "", person: joined.person, actor: "a tester" });
    const shown = await publishTo(instance, "by hand", "website", join(test_.folder, "by-hand"), "confirmed");
    expect(shown.shown).toBe(1);
    const chips = await sql<{ n: number }>`select count(*)::int as n from photo p join collection c
      on c.id = p.collection_id where c.name = 'by hand' and p.chips is not null`.execute(instance.db);
    expect(chips.rows[0]?.n).toBe(0);
  });
});

async function place(folder: string, name: string): Promise<string> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(folder, { recursive: true });
  return join(folder, name);
}

/**
 * Whether the face of the original can be seen in the rendition. What is seen differs by JPEG noise alone; what is
 * hidden is one tone over the whole box enlarged by 1.3. Anything in between fails the test.
 */
async function isSeen(original: string, rendition: string, face: Box): Promise<boolean> {
  const { width, height } = await sharp(original).metadata();
  const cut = (box: Box): { left: number; top: number; width: number; height: number } => {
    const left = Math.max(0, Math.ceil(box.x));
    const top = Math.max(0, Math.ceil(box.y));
    return {
      left,
      top,
      width: Math.min(width, Math.floor(box.x + box.w)) - left,
      height: Math.min(height, Math.floor(box.y + box.h)) - top,
    };
  };
  const inner = cut(expand(face, 0.8));
  const [before, after] = await Promise.all(
    [original, rendition].map((file) => sharp(file).extract(inner).removeAlpha().raw().toBuffer()),
  );
  if (!before || !after) throw new Error("no pixels");
  let sum = 0;
  before.forEach((value, i) => (sum += Math.abs(value - (after[i] ?? 0))));
  // sharp's stats() ignore the cut, so the pixels are cut first.
  const whole = await sharp(rendition).extract(cut(face)).removeAlpha().toBuffer();
  const { channels } = await sharp(whole).stats();
  const spread = Math.max(...channels.map((channel) => channel.stdev));
  const same = sum / before.length < 4;
  const uniform = spread < 2.5;
  if (same === uniform)
    throw new Error(`neither seen nor hidden: difference ${sum / before.length}, spread ${spread}`);
  return same;
}
