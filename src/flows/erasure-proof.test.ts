import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { latestCheckpoint, record } from "../audit/index.ts";
import { systemClock } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { enterFinished, proveErasure } from "./erasure-proof.ts";
import { leave } from "./leave.ts";
import { prove } from "./prove.ts";
import { sequenceLog } from "./sequence-log.ts";
import { switchConsent } from "./switch-consent.ts";
import { verifyReceiptText } from "./verify.ts";

let test_: TestInstance;
let instance: Instance;
let here: Scene;

beforeAll(async () => {
  test_ = await testInstance();
  ({ instance } = test_);
  here = scene(instance.db, instance.keys, systemClock);
});
afterAll(() => test_.close());

async function payloadOf(receipt: string): Promise<Readonly<Record<string, unknown>>> {
  const verdict = await verifyReceiptText(instance, receipt);
  expect(verdict.valid).toBe(true);
  return verdict.payload ?? {};
}

async function joined() {
  const collection = (await here.collection()).id;
  const { person } = await here.enrolled(collection);
  const on = { purpose: "publish", channel: "companions", collection, language: "en", on: true } as const;
  await sequenceLog(instance);
  const { receipt } = await switchConsent(instance, person, on);
  return { person, on, receipt };
}

const sizeOf = (note: unknown): number => Number(String(note).split("\n")[1]);

describe("the receipt of an erasure", () => {
  test("proves its entry, and that the log goes on from each head that the person's receipts pin", async () => {
    const { person, on, receipt } = await joined();
    const first = (await payloadOf(receipt))["log"] as { readonly checkpoint: string };
    await sequenceLog(instance);
    const off = await switchConsent(instance, person, { ...on, on: false });
    const again = await switchConsent(instance, person, on);
    const second = (await payloadOf(again.receipt))["log"] as { readonly checkpoint: string };
    const sizes = [sizeOf(first.checkpoint), sizeOf(second.checkpoint)];
    expect((await payloadOf(off.receipt))["log"]).toMatchObject({ earlier: [{ size: sizes[0] }] });
    const left = await leave(instance, person);
    const payload = await payloadOf(left.receipt);
    expect(payload["log"]).toMatchObject({
      entry: { kind: "erasure-finished", payload: { erasure: payload["erasure"], residue: 0 } },
      earlier: sizes.map((size) => ({ size })),
    });
    expect(left.receipt).not.toContain(person);
    // Nothing here goes on telling when they joined.
    const rows = await instance.db.selectFrom("erasure").select("counts").execute();
    expect(JSON.stringify(rows)).not.toContain('"log"');
  });

  test("is not held up by a log that cannot be signed on: it says that it proves nothing of it", async () => {
    const { person } = await joined();
    const pinned = await instance.pin.read();
    const size = sizeOf(pinned);
    // As after an old database was brought back: the file outside knows a longer log.
    await instance.pin.write(String(pinned).replace(`\n${size}\n`, `\n${size + 1000}\n`));
    const left = await leave(instance, person);
    expect(left.erasedMs).toBeTypeOf("number");
    expect((await payloadOf(left.receipt))["log"]).toBeNull();
    await instance.pin.write(String(pinned));
    expect((await sequenceLog(instance))?.size).toBeGreaterThan(size);
  });

  test("names an earlier head that the log does not reach any more, without a proof", async () => {
    const entry = await inTransaction(instance.db, (trx) =>
      record(trx, { kind: "tried", payload: {} }, instance.clock),
    );
    const head = await sequenceLog(instance);
    const root = Buffer.from(head?.root ?? []).toString("base64");
    const earlier = [
      { size: head?.size ?? 0, root },
      { size: 1_000_000, root },
    ];
    const proof = await proveErasure(instance, entry, earlier);
    expect(proof?.earlier).toEqual([
      { size: head?.size, root, proof: [] },
      { size: 1_000_000, root, proof: null },
    ]);
    expect(proof?.proof.endsWith((await latestCheckpoint(instance.db))?.note ?? "none")).toBe(true);
  });

  test("says that a living process had not let go of what was erased", async () => {
    const { person } = await joined();
    await sql`insert into index_holder values (gen_random_uuid(), 'behind', 0, now() + interval '1 hour')`.execute(
      instance.db,
    );
    const left = await leave(instance, person);
    const payload = await payloadOf(left.receipt);
    const check = "no process holds an index older than the last change";
    expect(payload["checks"]).toContainEqual({ check, residue: 1 });
    expect(payload["log"]).toMatchObject({ entry: { payload: { residue: 1 } } });
    await instance.db.deleteFrom("index_holder").where("process", "=", "behind").execute();
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("has one entry, also where it was cut off between the entry and itself; another residue is another", async () => {
    const erasure = (await here.person()) as string;
    await instance.db
      .insertInto("erasure")
      .values({
        id: erasure,
        person_id: null,
        kind: "withdraw",
        events: "[]",
        counts: JSON.stringify({ erased: {}, log: { earlier: [] } }),
        index_version: 0,
        stopped_at: new Date(),
        erased_at: null,
      })
      .execute();
    const first = await enterFinished(instance, erasure, 0);
    expect(await enterFinished(instance, erasure, 0)).toBe(first);
    expect(await enterFinished(instance, erasure, 1)).not.toBe(first);
    const { counts } = await instance.db
      .selectFrom("erasure")
      .select("counts")
      .where("id", "=", erasure)
      .executeTakeFirstOrThrow();
    expect(counts).toMatchObject({ erased: {}, log: { earlier: [], finished: { residue: 1 } } });
    await instance.db.deleteFrom("erasure").where("id", "=", erasure).execute();
  });
});
