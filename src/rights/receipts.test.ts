import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabase, type TestDatabase } from "../../test/support/database.ts";
import { scene, testKeys, type Scene } from "../../test/support/scene.ts";
import { newId, systemClock, type Id } from "../core/index.ts";
import { verifyCompact, type KeyStore } from "../crypto/index.ts";
import {
  CONSENT_RECEIPT,
  ERASURE_RECEIPT,
  issueReceipt,
  openReceiptFolder,
  receiptFilesOf,
  type ConsentReceiptFacts,
  type ErasureReceiptFacts,
  type ReceiptFolder,
} from "./index.ts";

let database: TestDatabase;
let keys: KeyStore;
let here: Scene;
let removeKeys: () => Promise<void>;
let scratch: string;
let folder: ReceiptFolder;
let person: Id;

beforeAll(async () => {
  database = await testDatabase();
  const store = await testKeys();
  keys = store.keys;
  removeKeys = () => store.remove();
  here = scene(database.db, keys, systemClock);
  scratch = await mkdtemp(join(tmpdir(), "assent-receipts-"));
});
afterAll(async () => {
  await database.close();
  await removeKeys();
  await rm(scratch, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = openReceiptFolder(join(scratch, newId()));
  person = await here.person();
});

const consentFacts = (): ConsentReceiptFacts => ({
  instance: newId(),
  person,
  language: "fr",
  collection: { id: newId(), name: "festival", purpose: "the pictures of a made-up festival" },
  consents: [],
  refused: [],
  log: null,
});
const records = {
  controller: {
    name: "The Festival",
    contact: "https://festival.example",
    address: null,
    jurisdiction: "FR",
    storedIn: null,
    url: "https://festival.example",
  },
  answers: [],
} as const;
const erasureFacts = (): ErasureReceiptFacts => ({
  instance: newId(),
  erasure: newId(),
  kind: "withdraw",
  purposes: ["find-me"],
  stoppedAt: "2026-06-01T12:00:00.000Z",
  erasedAt: "2026-06-01T12:00:02.000Z",
  erased: { templates: 1 },
  stays: [],
  leftEarlier: [],
  checks: [],
  keyEpoch: { number: 1, since: "2026-06-01T00:00:00.000Z" },
  log: null,
});

function issue(
  receipt: Parameters<typeof issueReceipt>[1],
  sign = (payload: Record<string, unknown>, typ: string) => keys.signCompact(payload, typ),
) {
  const publicKeys = () => keys.publicKeys();
  return issueReceipt({ db: database.db, folder, sign, publicKeys, clock: systemClock }, receipt);
}

describe("a receipt", () => {
  test("is one compact JWS in a file of its own, signed by the instance, that says what was given", async () => {
    const facts = consentFacts();
    const { id, path, jws } = await issue({ kind: "consent", facts, records });
    expect(path).toBe(join(folder.path, `${id}.jws`));
    expect(await readFile(path, "utf8")).toBe(jws);
    const checked = await verifyCompact(jws, await keys.publicKeys(), [CONSENT_RECEIPT, ERASURE_RECEIPT]);
    expect(checked).toMatchObject({
      valid: true,
      header: { typ: CONSENT_RECEIPT },
      payload: { jti: id, ...facts },
    });
  });

  test("is written whole, readable by this account only, and leaves nothing half-written", async () => {
    const { id, path } = await issue({ kind: "consent", facts: consentFacts(), records });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder.path)).toEqual([`${id}.jws`]);
  });

  test("of a consent is found by its person; of an erasure by nobody", async () => {
    const { id } = await issue({ kind: "consent", facts: consentFacts(), records });
    const facts = erasureFacts();
    await database.db
      .insertInto("erasure")
      .values({
        id: facts.erasure,
        person_id: null,
        kind: "withdraw",
        events: "[]",
        counts: "{}",
        index_version: 0,
        stopped_at: new Date(),
        erased_at: null,
      })
      .execute();
    const erased = await issue({ kind: "erasure", facts });
    expect(await receiptFilesOf(database.db, person)).toEqual([`${id}.jws`]);
    const row = await database.db
      .selectFrom("receipt")
      .selectAll()
      .where("id", "=", erased.id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ kind: "erasure", person_id: null, erasure_id: facts.erasure });
    expect(erased.jws).not.toContain(person);
  });

  test("has neither file nor row where it cannot be signed", async () => {
    const failed = issue({ kind: "consent", facts: consentFacts(), records }, () =>
      Promise.reject(new Error("the key is gone")),
    );
    await expect(failed).rejects.toThrow("the key is gone");
    await expect(readdir(folder.path)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await receiptFilesOf(database.db, person)).toEqual([]);
  });

  test("is not issued where the signing key was changed meanwhile: it would name another signer", async () => {
    const failed = issue({ kind: "consent", facts: consentFacts(), records }, async (payload, typ) => {
      await keys.rotateSigningKey();
      return keys.signCompact(payload, typ);
    });
    await expect(failed).rejects.toMatchObject({ code: "interrupted" });
    expect(await receiptFilesOf(database.db, person)).toEqual([]);
  });

  test("is removed by its file's name, however often, and never outside its folder", async () => {
    const { id, path } = await issue({ kind: "consent", facts: consentFacts(), records });
    for (const name of ["../keys/kek", `../${id}.jws`, "a\\b"]) {
      await expect(folder.remove(name)).rejects.toMatchObject({ code: "internal" });
    }
    await folder.remove(`${id}.jws`);
    await folder.remove(`${id}.jws`);
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
