import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  exportLog,
  invite,
  joinOnline,
  leave,
  logHead,
  proofOf,
  sequenceLog,
  switchConsent,
  takeCosignature,
  verifyReceiptText,
  witnessLog,
  type JoinedOnline,
} from "../src/flows/index.ts";
import { testServer } from "../src/http/test-server.testing.ts";
import { verifyPage } from "../tools/make-verify-page.ts";
import { en } from "../web/person/src/words/en.ts";
import { fr } from "../web/person/src/words/fr.ts";
// @ts-expect-error: a program for itself, without types.
import { check as checkUntyped } from "../verify/assent-verify.mjs";
import { barriers, chromiumPath, launchBrowser } from "./support/browser.ts";
import { testInstance, type TestInstance } from "./support/instance.ts";
import { makeCollection } from "./support/order.ts";
import { pageWords } from "./support/page-words.ts";
import { openSite, type Site } from "./support/phone.ts";

interface Answer {
  readonly verdict: "valid" | "invalid" | "unknown signer";
  readonly why: string;
  readonly signedBy: string;
  readonly checks: readonly { readonly check: string; readonly result: string; readonly says: string }[];
}
interface Given {
  readonly text: string;
  readonly keys?: string;
  readonly earlier?: string;
  readonly checkpoint?: string;
  readonly witness?: string;
  /** A folder. */
  readonly log?: string;
}

/** A busy machine takes its time; a test that fails waits in vain. */
const SOON = { timeout: 20_000 };
/** One grey point. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);
const PROJECT = join(import.meta.dirname, "..");
const CHECKER = join(PROJECT, "verify/assent-verify.mjs");

let test_: TestInstance;
let instance: TestInstance["instance"];
/** Everything that anybody needs: receipts of several kinds and times, lists of keys, the log as files, a witness. */
let own: Awaited<ReturnType<typeof makeAll>>;

beforeAll(async () => {
  test_ = await testInstance();
  ({ instance } = test_);
  own = await makeAll();
}, 120_000);
afterAll(() => test_.close());

async function joinOne(instance = test_.instance): Promise<JoinedOnline> {
  const { invitations } = await invite(instance, { collection: "gala", kind: "single", actor: "a clerk" });
  return joinOnline(instance, {
    invitation: invitations[0]?.secret ?? "",
    language: "fr",
    declared: true,
    minimumAge: 15,
    consents: [{ purpose: "publish", channel: "website" }],
  });
}

async function makeAll() {
  await makeCollection(instance, "gala", { matching: "off" });
  await sequenceLog(instance);
  const first = await joinOne();
  await sequenceLog(instance);
  const second = await joinOne();
  const off = {
    purpose: "publish",
    channel: "website",
    collection: second.collection,
    language: "fr",
  } as const;
  const withdrawn = await switchConsent(instance, second.person, { ...off, on: false });
  const gone = await leave(instance, first.person);
  const head = (await logHead(instance)).checkpoint;
  const server = await testServer(instance);
  const keys = async (): Promise<string> => (await server.ask("GET", "/.well-known/assent-keys.json")).body;
  const keysBefore = await keys();
  const old = await instance.keys.signCompact(
    { jti: "1", iat: 1, instance: instance.id, person: second.person, language: "fr", consents: [] },
    "assent-consent+jwt",
  );
  await instance.keys.rotateSigningKey();
  await instance.keys.rotateSigningKey("log");
  const late = await leave(instance, second.person);
  const entry = await instance.db
    .selectFrom("log_position")
    .select("entry_id")
    .where("position", "=", 3)
    .executeTakeFirstOrThrow();
  const proof = (await proofOf(instance, entry.entry_id)).proof;
  const folder = join(test_.folder, "log");
  await exportLog(instance, folder);
  const witnessed = await witnessLog(instance, {
    folder,
    key: join(test_.folder, "witness.json"),
    name: "witness.example.org/assent",
  });
  const cosigned = await readFile(witnessed.file, "utf8");
  await takeCosignature(instance, { note: cosigned, witness: witnessed.vkey });
  const keysAfter = await keys();
  await server.close();
  return {
    consent: first.receipt,
    other: second.receipt,
    withdrawn: withdrawn.receipt,
    erased: gone.receipt,
    late: late.receipt,
    old,
    head,
    cosigned,
    proof,
    keysBefore,
    keys: keysAfter,
    folder,
    witness: witnessed.vkey,
  };
}

async function ask({ log, ...given }: Given): Promise<Answer> {
  const read = async (path: string): Promise<Uint8Array | undefined> =>
    readFile(join(log ?? "", path)).then(
      (bytes) => new Uint8Array(bytes),
      () => undefined,
    );
  const check = checkUntyped as (given: unknown) => Promise<Answer>;
  return check({ ...given, read: log === undefined ? undefined : read });
}

const says = (answer: Answer, check: string): string | undefined =>
  answer.checks.find((one) => one.check === check)?.says;
const payloadOf = (jws: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<string, unknown>;

/** What lies are about. */
interface Facts {
  version: number;
  erasure: string | undefined;
  instance: string;
  signer: { x: string };
  refused: unknown[];
  checks: { check: string; residue: number }[];
  log: {
    key: string;
    proof: string;
    entry: { payload: { residue: number } };
    earlier: [{ root: string; proof: string[] | null }];
  } | null;
  receipt: {
    "dpv:hasRecordOfActivity": [{ "dpv:hasNotice": { "dct:description": { "@value": string } } }];
  };
}
type Log = NonNullable<Facts["log"]>;

/** Something that is signed by the organisation, and is not what it did. */
async function lie(jws: string, change: (facts: Facts, log: Log) => void): Promise<string> {
  const facts = payloadOf(jws) as unknown as Facts;
  const { jwk } = (await instance.keys.publicKeys()).at(-1) ?? {};
  facts.signer = { ...facts.signer, ...jwk };
  change(facts, facts.log as Log);
  const typ = facts.erasure === undefined ? "assent-consent+jwt" : "assent-erasure+jwt";
  return instance.keys.signCompact(facts, typ);
}

/** The cases on which every form of the checker is asked. */
const CASES: Readonly<Record<string, () => readonly [Given, Answer["verdict"]]>> = {
  "a consent receipt, by the keys": () => [{ text: own.consent, keys: own.keys }, "valid"],
  "an erasure receipt, by the keys": () => [{ text: own.erased, keys: own.keys }, "valid"],
  "an erasure receipt, by the earlier receipt alone": () => [
    { text: `${own.erased}\n`, earlier: own.consent },
    "valid",
  ],
  "an erasure receipt by a retired key, and the earlier receipt": () => [
    { text: own.erased, keys: own.keys, earlier: own.consent },
    "valid",
  ],
  "a receipt by a new key, of which the earlier receipt knows nothing": () => [
    { text: own.late, earlier: own.other },
    "unknown signer",
  ],
  "the same, by the keys with their history": () => [
    { text: own.late, keys: own.keys, earlier: own.other },
    "valid",
  ],
  "a list of keys without the new one": () => [{ text: own.late, keys: own.keysBefore }, "unknown signer"],
  "nobody to trust": () => [{ text: own.erased }, "unknown signer"],
  "a receipt of the form before": () => [{ text: own.old, keys: own.keys }, "valid"],
  "the same, and nobody to trust": () => [{ text: own.old }, "unknown signer"],
  "somebody else's earlier receipt": () => [
    { text: own.erased, keys: own.keys, earlier: own.other },
    "invalid",
  ],
  "the log and a witness": () => [
    { text: own.erased, keys: own.keys, earlier: own.consent, log: own.folder, witness: own.witness },
    "valid",
  ],
  "a witness, but nothing that they signed": () => [
    { text: own.erased, keys: own.keys, witness: own.witness },
    "valid",
  ],
  "a checkpoint that a witness signed": () => [
    { text: own.cosigned, keys: own.keys, witness: own.witness },
    "valid",
  ],
  "the proof of an entry": () => [{ text: own.proof, keys: own.keys, checkpoint: own.head }, "valid"],
  "something else": () => [{ text: "hello", keys: own.keys }, "invalid"],
  nothing: () => [{ text: "" }, "invalid"],
};

describe("the checker", () => {
  test.each(Object.entries(CASES))("%s", async (_, make) => {
    const [given, verdict] = make();
    const answer = await ask(given);
    expect(answer).toMatchObject({ verdict });
    expect(answer.why === "").toBe(verdict === "valid");
  });

  test("says who signed, and never more than was shown", async () => {
    const byKeys = await ask({ text: own.erased, keys: own.keys });
    expect(byKeys.signedBy).toBe("the organisation");
    expect(says(byKeys, "entry")).toMatch(/^number \d+ of the log's \d+ entries/);
    const withEarlier = await ask({ text: own.erased, earlier: own.consent });
    expect(says(withEarlier, "consistency")).toMatch(
      /goes on from the \d+ entries that the earlier receipt pins/,
    );
    const witness = { keys: own.keys, witness: own.witness };
    expect((await ask({ text: own.erased, ...witness, log: own.folder })).signedBy).toMatch(
      /^the organisation, and seen by witness\.example\.org\/assent at /,
    );
    const unseen = await ask({ text: own.erased, ...witness });
    expect(unseen.signedBy).toBe("the organisation");
    expect(says(unseen, "witness")).toContain("by the organisation alone");
  });

  test("agrees with the instance about its own receipts", async () => {
    for (const text of [own.consent, own.withdrawn, own.erased, own.late, own.old]) {
      expect((await verifyReceiptText(instance, text)).valid).toBe(true);
      expect((await ask({ text, keys: own.keys })).verdict).toBe("valid");
    }
  });

  test("finds out a receipt that is signed by the organisation and does not fit its log", async () => {
    const lies: readonly [RegExp, string, (facts: Facts, log: Log) => void][] = [
      [/not the one that the log has/, own.erased, (_, log) => (log.entry.payload.residue = 7)],
      [/about something else/, own.erased, (facts) => (facts.erasure = facts.instance)],
      [/about something else/, own.erased, (facts) => facts.checks.push({ check: "one more", residue: 1 })],
      [
        /does not lead from the entry/,
        own.erased,
        (_, log) => (log.proof = log.proof.replace(/index \d+/, "index 0")),
      ],
      [/does not go on from its/, own.erased, (_, log) => log.earlier[0].proof?.push(log.earlier[0].root)],
      [/lacks them now/, own.erased, (_, log) => (log.earlier[0].proof = null)],
      [/names no key of a log/, own.erased, (_, log) => (log.key = own.witness)],
      [
        /not the one that was agreed to/,
        own.consent,
        (facts) =>
          (facts.receipt["dpv:hasRecordOfActivity"][0]["dpv:hasNotice"]["dct:description"]["@value"] += "."),
      ],
      [/records are not those/, own.consent, (facts) => facts.refused.pop()],
      [
        /not the one that its header names/,
        own.consent,
        (facts) => (facts.signer.x = Buffer.alloc(32, 7).toString("base64url")),
      ],
      [/version that this checker does not know/, own.consent, (facts) => (facts.version = 3)],
    ];
    for (const [why, text, change] of lies) {
      const answer = await ask({ text: await lie(text, change), keys: own.keys });
      expect(answer.verdict === "invalid" ? answer.why : answer.verdict).toMatch(why);
    }
    const forgotten = await lie(own.erased, (facts) => (facts.log = null));
    expect(await ask({ text: forgotten, keys: own.keys })).toMatchObject({ verdict: "valid" });
    expect(await ask({ text: forgotten, keys: own.keys, earlier: own.consent })).toMatchObject({
      verdict: "invalid",
      why: expect.stringContaining("does not prove that the log goes on") as string,
    });
  });

  test("finds out a log whose folder is not the one that was signed", async () => {
    const cut = join(test_.folder, "cut");
    await cp(own.folder, cut, { recursive: true });
    const size = Number(own.cosigned.split("\n")[1]);
    const tile = join(cut, `tile/0/000.p/${size}`);
    const bytes = await readFile(tile);
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    await writeFile(tile, bytes);
    const answer = await ask({ text: own.erased, keys: own.keys, log: cut });
    expect(answer).toMatchObject({ verdict: "invalid" });
    expect(answer.why).toMatch(/the log does not begin with the \d+ entries of/);
    await mkdir(join(cut, "empty"));
    expect(await ask({ text: own.erased, keys: own.keys, log: join(cut, "empty") })).toMatchObject({
      verdict: "invalid",
      why: "the folder of the log has no checkpoint",
    });
  });
});

/** Mulberry32: the same numbers in each run, so that a failure can be looked at again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

describe("one byte changed", () => {
  const EACH = 150;
  /** `since` decides nothing, and nothing else says it: a list with another date there is as good. */
  const SINCE = /"since":"[^"]*"/g;
  const targets: Readonly<Record<string, () => readonly [keyof Given, Given]>> = {
    "in a consent receipt": () => ["text", { text: own.consent, keys: own.keys }],
    "in an erasure receipt": () => ["text", { text: own.erased, keys: own.keys, earlier: own.consent }],
    "in a receipt that nobody vouches for": () => ["text", { text: own.withdrawn }],
    "in a receipt of the form before": () => ["text", { text: own.old, keys: own.keys }],
    "in the earlier receipt": () => ["earlier", { text: own.erased, earlier: own.consent }],
    "in the proof of an entry": () => ["text", { text: own.proof, keys: own.keys }],
    "in a checkpoint": () => ["text", { text: own.head, keys: own.keys }],
    "in a checkpoint with its witness": () => [
      "text",
      { text: own.cosigned, keys: own.keys, witness: own.witness },
    ],
    "in the list of keys": () => ["keys", { text: own.erased, keys: own.keys }],
    "in a witness's key": () => ["witness", { text: own.cosigned, keys: own.keys, witness: own.witness }],
  };

  test.each(Object.entries(targets))("%s is found out, with a reason", async (name, make) => {
    const [member, given] = make();
    const bytes = Buffer.from(given[member] ?? "", "utf8");
    const free = new Set<number>();
    if (member === "keys") {
      for (const { index, 0: found } of given.keys?.matchAll(SINCE) ?? [])
        for (let i = 0; i < found.length; i++) free.add(index + i);
    }
    const random = numbers(name.length);
    let tried = 0;
    while (tried < EACH) {
      const at = random(bytes.length);
      if (free.has(at)) continue;
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed.readUInt8(at) + 1 + random(255)) % 256, at);
      const answer = await ask({ ...given, [member]: changed.toString("utf8") });
      const where = `byte ${at} of ${bytes.length}: ${JSON.stringify(answer)}`;
      // A signature of somebody unknown counts for nothing: the head holds, and the witness has not seen it.
      if (name === "in a checkpoint with its witness" && says(answer, "witness")?.includes("alone")) {
        expect(answer.signedBy, where).toBe("the organisation");
        tried++;
        continue;
      }
      expect(answer.why, where).not.toBe("");
      if (name === "in a receipt that nobody vouches for") {
        expect(answer.verdict, where).toBe("invalid");
      }
      expect(answer.verdict, where).not.toBe("valid");
      tried++;
    }
  });
});

describe("the checker stands alone", () => {
  test("it imports nothing but what node brings, and the page is made of it", async () => {
    const program = await readFile(CHECKER, "utf8");
    const imported = [...program.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map(
      ([, name]) => name,
    );
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !name?.startsWith("node:"))).toEqual([]);
    expect(await readFile(join(PROJECT, "verify/index.html"), "utf8")).toBe(await verifyPage());
  });

  test("as a command it gives the same answers, and exits by them", async () => {
    const folder = join(test_.folder, "elsewhere");
    await mkdir(folder);
    await cp(CHECKER, join(folder, "assent-verify.mjs"));
    for (const [name, make] of Object.entries(CASES)) {
      const [given, verdict] = make();
      const { code, out } = await command(folder, given, "--json");
      expect(JSON.parse(out), name).toEqual(JSON.parse(JSON.stringify(await ask(given))));
      expect(code, name).toBe({ valid: 0, invalid: 1, "unknown signer": 2 }[verdict]);
    }
    const words = await command(folder, { text: own.erased, earlier: own.other });
    expect(words.code).toBe(1);
    expect(words.out).toMatch(/^invalid: the receipt does not prove/);
    expect(words.out).toContain("NOT consistency");
    const alone = await run(folder, []);
    expect(alone).toMatchObject({ code: 3, error: expect.stringContaining("Usage: ") as string });
    expect(await run(folder, ["no-such-file"])).toMatchObject({ code: 3 });
  });

  async function command(folder: string, given: Given, ...more: readonly string[]) {
    const words = [...(await filesOf(folder, given)), ...more];
    return run(folder, words);
  }

  async function run(folder: string, words: readonly string[]) {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, ["assent-verify.mjs", ...words], {
        cwd: folder,
      });
      return { code: 0, out: stdout, error: "" };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, error: stderr };
    }
  }

  async function filesOf(folder: string, given: Given): Promise<readonly string[]> {
    await writeFile(join(folder, "text"), given.text);
    const words = ["text"];
    for (const name of ["keys", "earlier", "checkpoint"] as const) {
      const content = given[name];
      if (content === undefined) continue;
      await writeFile(join(folder, name), content);
      words.push(`--${name}`, name);
    }
    if (given.witness !== undefined) words.push("--witness", given.witness);
    if (given.log !== undefined) words.push("--log", given.log);
    return words;
  }
});

describe.skipIf(chromiumPath === undefined)("the checker as a page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test("opened from a disk, without a network, gives the same answers", async () => {
    const context = await browser.newContext({ offline: true, locale: "fr-FR" });
    const page = await context.newPage();
    const trouble: string[] = [];
    page.on("pageerror", (error) => trouble.push(error.message));
    page.on("console", (line) => line.type() === "error" && trouble.push(line.text()));
    const wanted: string[] = [];
    page.on("request", (request) => wanted.push(request.url()));
    const address = pathToFileURL(join(PROJECT, "verify/index.html")).href;
    for (const [name, make] of Object.entries(CASES)) {
      const [given, verdict] = make();
      await page.goto(address);
      expect(await answerOn(page, given), name).toEqual(JSON.parse(JSON.stringify(await ask(given))));
      expect(await page.getByRole("status").locator("h2").textContent(), name).toMatch(
        { valid: /est valable/, invalid: /pas valable/, "unknown signer": /Signataire inconnu/ }[verdict],
      );
    }
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel("Language · Langue").selectOption("en");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Check a receipt");
    expect(wanted.filter((url) => url !== address)).toEqual([]);
    expect(trouble).toEqual([]);
    await context.close();
  });

  async function answerOn(page: Page, given: Given): Promise<unknown> {
    // A line at the end is lost where text is pasted, so it is given as a file.
    const file = (name: string, text: string) => ({
      name,
      mimeType: "text/plain",
      buffer: Buffer.from(text),
    });
    await page.locator("#file").setInputFiles(file("receipt.jws", given.text));
    for (const name of ["keys", "earlier", "checkpoint"] as const) {
      const text = given[name];
      if (text !== undefined) await page.locator(`#${name}`).setInputFiles(file(name, text));
    }
    await page
      .locator("details")
      .first()
      .evaluate((details) => details.setAttribute("open", ""));
    if (given.witness !== undefined) await page.locator("#witness").fill(given.witness);
    if (given.log !== undefined) await page.locator("#log").setInputFiles(given.log);
    await page.locator("button[type=submit]").click();
    const answer = await page.locator("#answer").textContent();
    return JSON.parse(answer ?? "null") as unknown;
  }
});

describe.skipIf(chromiumPath === undefined)("the page at /verify", () => {
  let site: Site;
  let elsewhere: string;
  beforeAll(async () => {
    site = await openSite(instance);
    elsewhere = await fromElsewhere();
  }, 180_000);
  afterAll(() => site?.close());

  /** A receipt that another instance signed. */
  async function fromElsewhere(): Promise<string> {
    const other = await testInstance();
    await makeCollection(other.instance, "gala", { matching: "off" });
    await sequenceLog(other.instance);
    const { receipt } = await joinOne(other.instance);
    await other.close();
    return receipt;
  }

  test.each([
    ["en", en],
    ["fr", fr],
  ] as const)(
    "checks what is dropped, chosen or pasted, in the browser alone (%s)",
    async (language, catalogue) => {
      const { page, context } = await site.phone(language);
      const { button, field, t, text } = pageWords(page, catalogue);
      await page.goto(`${site.address}/verify`);
      await expect.poll(() => button("verify.check").getAttribute("aria-disabled"), SOON).toBe("false");
      // From here on nothing can be fetched or sent.
      await context.setOffline(true);
      const wanted: string[] = [];
      page.on("request", (request) => wanted.push(request.url()));
      const status = page.getByRole("status").last();
      const choose = async (name: string, content: string | Buffer): Promise<void> =>
        page
          .locator("form.drop > .buttons input[type=file]")
          .setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
      const told = async (key: keyof typeof en): Promise<void> => {
        await text(key).waitFor();
        expect(await status.getByText(t(key)).count()).toBe(1);
      };

      // Pasted, and a witness is not claimed; what cannot be known is said.
      await field("verify.paste").fill(own.erased);
      await button("verify.check").click();
      await told("verify.valid");
      await told("verify.beyond.witness");
      const steps = (await status.locator(".steps").first().textContent()) ?? "";
      for (const step of ["verify.step.signature", "verify.step.entry"] as const)
        expect(steps).toContain(t(step));
      expect(steps).toContain(t("verify.is.open"));
      const { kid } = JSON.parse(Buffer.from(own.erased.split(".")[0] ?? "", "base64url").toString()) as {
        kid: string;
      };
      expect(await status.locator("code").textContent()).toBe(kid);
      expect(await barriers(page)).toEqual([]);

      // With the receipt of joining the log's growth is looked at too.
      await page.locator("form details > summary").click();
      await page
        .locator("form details input[type=file]")
        .setInputFiles({ name: "joined.jws", mimeType: "text/plain", buffer: Buffer.from(own.consent) });
      await text("verify.earlier.chosen").waitFor();
      await button("verify.check").click();
      await told("verify.step.earlier");
      expect(await status.locator(".steps").first().textContent()).not.toContain(t("verify.is.open"));
      await context.setOffline(false);
      await page.goto(`${site.address}/verify`);
      await expect.poll(() => button("verify.check").getAttribute("aria-disabled"), SOON).toBe("false");

      // Chosen as files: one letter changed, a picture, nothing, another organisation's.
      const [header = "", payload = "", signature = ""] = own.consent.split(".");
      const other = payload.at(40) === "A" ? "B" : "A";
      await choose(
        "changed.jws",
        [header, payload.slice(0, 40) + other + payload.slice(41), signature].join("."),
      );
      await told("verify.changed");
      await choose("picture.png", PNG);
      await told("verify.no-receipt");
      await choose("empty.jws", "");
      await told("verify.empty");
      await choose("elsewhere.jws", elsewhere);
      await told("verify.unknown");
      expect(await barriers(page)).toEqual([]);

      // Dropped.
      const data = await page.evaluateHandle(`(() => {
        const made = new DataTransfer();
        made.items.add(new File([${JSON.stringify(own.consent)}], "receipt.jws"));
        return made;
      })()`);
      await page.locator("form.drop").dispatchEvent("drop", { dataTransfer: data });
      await told("verify.valid");
      expect(wanted.filter((url) => url.includes("/api/"))).toEqual([]);
      await context.close();
    },
  );
});
