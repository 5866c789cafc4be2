import { access, mkdtemp, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { record } from "../../src/audit/index.ts";
import { verifyInstanceBackup, type Instance } from "../../src/app/index.ts";
import { companionPermits, lookupPermits, matchPermits } from "../../src/consent/index.ts";
import { inTransaction, openDatabase } from "../../src/db/index.ts";
import {
  acceptGap,
  backup,
  checkTheLog,
  chipsOwed,
  cutChipsAgain,
  deliver,
  erase,
  exportLog,
  findPerson,
  importFolder,
  logHead,
  lookUp,
  prove,
} from "../../src/flows/index.ts";
import { openChips } from "../../src/photos/index.ts";
// @ts-expect-error: a program for itself, without types.
import { check as checkUntyped } from "../../verify/assent-verify.mjs";
import { composeEvent, hasFaces, people, selfieOf } from "../support/faces.ts";
import { copyOf, withInstance, type AtRest } from "../support/killed-copy.ts";
import { rowsOf } from "../support/killed-state.ts";
import { joinAs, nothing, publishTo } from "../support/order.ts";
import {
  backUpAndRestrict,
  COLLECTION,
  notRestricted,
  picturesOf,
  restoreInto,
  websiteOf,
  withEmptyDatabase,
  type BackedUp,
} from "../support/restore.ts";

const check = checkUntyped as (given: {
  readonly text: string;
  readonly read?: (name: string) => Promise<Buffer | undefined>;
}) => Promise<unknown>;

async function writeOne({ db, clock }: Instance): Promise<void> {
  await inTransaction(db, (trx) => record(trx, { kind: "tried", payload: {} }, clock));
}

describe.skipIf(!hasFaces)("a restore", () => {
  let shared: string;
  let at: AtRest;
  let done: BackedUp;
  /** After what came after the backup, before the database was lost. */
  let before: readonly string[];

  beforeAll(async () => {
    shared = await mkdtemp(join(tmpdir(), "assent-restore-"));
    at = await copyOf();
    done = await backUpAndRestrict(at, join(shared, "one.assent-backup"));
    before = await picturesOf(at);
  }, 300_000);

  afterAll(async () => {
    await (at as AtRest | undefined)?.remove();
    await rm(shared, { recursive: true, force: true });
  });

  /** On a copy of the data folder, beside an empty database. */
  async function onCopy<T>(use: (empty: AtRest) => Promise<T>): Promise<T> {
    const copy = await copyOf(at);
    try {
      return await withEmptyDatabase(copy, use);
    } finally {
      await copy.remove();
    }
  }

  test("keeps what was restricted after the backup: in the database, the files, the index and the folders", async () => {
    await onCopy(async (empty) => {
      const back = await restoreInto(empty, done.file);
      expect(back.gap).toEqual([]);
      expect(back.replayed).toMatchObject({ erased: 1, rejected: 1, revoked: 3, lifted: 1 });
      await withInstance(empty, async (instance) => {
        expect(await notRestricted(instance, done)).toEqual([]);
        expect((await prove(instance, { person: done.erased })).residue).toEqual([]);
        for (const [table, rows] of Object.entries(await rowsOf(instance.db))) {
          expect(
            rows.filter((row) => row.includes(done.erased)),
            table,
          ).toEqual([]);
        }
        // What is shown of whom, byte by byte: just what the instance showed before its database was lost.
        expect(await picturesOf(empty)).toEqual(before);
        const { index, giveBack } = await instance.indexes.borrow((await instance.vision()).pack);
        expect(index.size.people).toBe(1);
        giveBack();
        // And it goes on.
        await publishTo(instance, COLLECTION, "website", websiteOf(empty));
        await findPerson(instance, { person: done.rejecting, reason: "a test", actor: "the desk" });
      });
    });
  }, 300_000);

  test("cuts the faces again that no backup has: who joins later is found in photos of before, and an objected face is not", async () => {
    const cut = (instance: Instance) =>
      instance.db
        .selectFrom("photo")
        .select(["id", "collection_id", "chips"])
        .where("chips", "is not", null)
        .orderBy("id")
        .$narrowType<{ chips: string }>()
        .execute();
    const open = async (instance: Instance): Promise<readonly string[]> => {
      const all: string[] = [];
      for (const { id, collection_id: collection, chips } of await cut(instance)) {
        const crops = await openChips(instance.keys, collection, id, await instance.blobs.read(chips));
        for (const crop of crops) if (crop) all.push(Buffer.from(crop).toString("base64"));
      }
      return all.sort();
    };
    await onCopy(async (empty) => {
      const whole = await withInstance(at, open);
      const back = await restoreInto(empty, done.file);
      expect(back.chipsOwed).toBe(3);
      await withInstance(empty, async (instance) => {
        expect(await cut(instance)).toEqual([]);
        // A photo that cannot be read stays due, and keeps nobody from the others.
        const { blob } = await instance.db.selectFrom("photo").select("blob").executeTakeFirstOrThrow();
        const original = join(empty.folder, "data/blobs", blob);
        await rename(original, `${original}.away`);
        expect(await cutChipsAgain(instance)).toEqual({ photos: 2, failed: 1 });
        await rename(`${original}.away`, original);
        // Whoever was erased joins again, before the last photo has been cut: their own look does that.
        const again = await joinAs(instance, COLLECTION, ["find-me"], { face: people()[0] ?? "" });
        expect(await chipsOwed(instance.db)).toBe(0);
        const found = await instance.db
          .selectFrom("match")
          .select("face_id")
          .where("person_id", "=", again.person)
          .execute();
        expect(found.map((row) => row.face_id).toSorted()).toEqual(
          done.erasedFaces.filter((face) => face !== done.objectedFace).toSorted(),
        );
        // The same as were cut at the import, without those that were let go of since.
        expect(await open(instance)).toEqual(whole);
        expect((await prove(instance, {})).residue).toEqual([]);
      });
    });
  }, 300_000);

  test("without a journal that reaches far enough suspends all use until an officer accepts the gap", async () => {
    await onCopy(async (empty) => {
      await rm(join(empty.folder, "data/journal"), { recursive: true });
      const back = await restoreInto(empty, done.file);
      expect(back.gap.join()).toContain("does not reach the");
      await withInstance(empty, async (instance) => {
        expect(instance.settled.suspended).toBeDefined();
        // Whose keys are gone has left, journal or not.
        expect(
          await instance.db.selectFrom("person").select("id").where("id", "=", done.erased).execute(),
        ).toEqual([]);
        const { db } = instance;
        expect(
          await db.selectFrom("template").select("id").where("person_id", "=", done.withdrawn).execute(),
        ).toEqual([]);
        const suspended = expect.objectContaining({ code: "suspended" });
        const asked = { person: done.rejecting, reason: "a test", actor: "the desk" };
        const uses: (() => Promise<unknown>)[] = [
          () => publishTo(instance, COLLECTION, "website", websiteOf(empty)),
          () => deliver(instance, { ...asked, out: join(empty.folder, "own"), progress: nothing }),
          () => findPerson(instance, asked),
          () => lookUp(instance, { ...asked, picture: selfieOf(people()[2] ?? ""), collection: undefined }),
        ];
        const { id } = await db.selectFrom("collection").select("id").executeTakeFirstOrThrow();
        for (const permits of [matchPermits, lookupPermits, companionPermits]) {
          uses.push(() => permits(db, id, instance.clock));
        }
        for (const use of uses) await expect(use()).rejects.toThrow(suspended);
        await expect(acceptGap(instance, { reason: " ", actor: "the officer" })).rejects.toThrow(/reason/);
        await acceptGap(instance, { reason: "asked everybody", actor: "the officer" });
        await publishTo(instance, COLLECTION, "website", websiteOf(empty));
        const kinds = await db
          .selectFrom("entry_payload")
          .select(["kind", "payload"])
          .where("kind", "in", ["restored", "gap-accepted"])
          .execute();
        expect(kinds.map((row) => row.kind).sort()).toEqual(["gap-accepted", "restored"]);
        await expect(acceptGap(instance, { reason: "again", actor: "the officer" })).rejects.toThrow(
          /no gap/,
        );
      });
    });
  }, 300_000);

  test("names the part of the log that it lost, goes on from what came back, and a receipt of that part is not taken for one of this log", async () => {
    const lost = await withInstance(at, (instance) => logHead(instance));
    await onCopy(async (empty) => {
      await restoreInto(empty, done.file);
      await withInstance(empty, async (instance) => {
        const { payload } = await instance.db
          .selectFrom("entry_payload")
          .select("payload")
          .where("kind", "=", "restored")
          .executeTakeFirstOrThrow();
        const { log } = payload as unknown as { log: { cameBack: number; lost: unknown } };
        expect(log.lost).toEqual({ size: lost.size, root: lost.root });
        expect(log.cameBack).toBeLessThan(lost.size);
        const head = await logHead(instance);
        expect(head.size).toBeGreaterThan(log.cameBack);
        const whole = await checkTheLog(instance);
        expect(whole).toMatchObject({ damage: [], cuts: [log] });
        // Whoever kept a head of the lost part is told so, and why.
        const { damage } = await checkTheLog(instance, { kept: [lost.checkpoint] });
        expect(damage.map((one) => one.kind)).toContain(head.size < lost.size ? "truncated" : "not-extended");
        const folder = join(empty.folder, "log");
        const say = async (): Promise<unknown> => {
          await exportLog(instance, folder);
          const read = (name: string): Promise<Buffer | undefined> =>
            readFile(join(folder, name)).catch(() => undefined);
          return check({ text: done.lostReceipt, read });
        };
        // Alone it holds: the organisation signed it, and the head that it proves.
        expect(await check({ text: done.lostReceipt })).toMatchObject({ verdict: "unknown signer" });
        const reason = expect.stringContaining("an older backup was brought back") as string;
        expect(await say()).toMatchObject({ verdict: "invalid", why: reason });
        for (let size = head.size; size <= lost.size; size++) await writeOne(instance);
        expect(await say()).toMatchObject({ verdict: "invalid", why: reason });
      });
    });
  }, 300_000);

  test("asks for a journal that reaches a head of the log kept outside", async () => {
    await onCopy(async (empty) => {
      const head = join(empty.folder, "head");
      await withInstance(at, async (instance) => writeFile(head, (await logHead(instance)).checkpoint));
      await rm(join(empty.folder, "data/journal/checkpoint"));
      const back = await restoreInto(empty, done.file, [head]);
      expect(back.gap.join()).toContain("somebody has kept a head");
    });
  }, 120_000);

  test("refuses a backup that was cut off, changed, or is another instance's, and a database in use; nothing is done", async () => {
    await onCopy(async (empty) => {
      const bytes = await readFile(done.file);
      const bad = join(empty.folder, "bad.assent-backup");
      const untouched = async (): Promise<void> => {
        const { db, close } = await openDatabase(empty.configuration.database, { migrations: "none" });
        const { rows } =
          await sql`select 1 from information_schema.tables where table_schema = 'public'`.execute(db);
        await close();
        expect(rows).toEqual([]);
        await expect(access(join(empty.folder, "data/blobs/originals/none"))).rejects.toThrow();
      };
      for (const size of [bytes.length - 1, bytes.length - 70_000, 2000, 100]) {
        await writeFile(bad, bytes);
        await truncate(bad, size);
        await expect(restoreInto(empty, bad), String(size)).rejects.toThrow(
          expect.objectContaining({ code: size === 100 ? "bad-input" : "signature" }),
        );
      }
      const header = bytes.indexOf("\n");
      for (const place of [header - 10, header + 100, bytes.length >> 1, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ 1;
        await writeFile(bad, changed);
        await expect(restoreInto(empty, bad), String(place)).rejects.toThrow(/sealed file|no backup/);
      }
      await untouched();
      const other = await copyOf();
      await withInstance(other, () => Promise.resolve());
      await withEmptyDatabase(other, (foreign) =>
        expect(restoreInto(foreign, done.file)).rejects.toThrow(
          expect.objectContaining({ code: "instance-mismatch" }),
        ),
      );
      await rm(join(other.folder, "data/keys"), { recursive: true });
      await expect(restoreInto(other, done.file)).rejects.toThrow(
        expect.objectContaining({ code: "key-gone" }),
      );
      await other.remove();
      await expect(restoreInto(at, done.file)).rejects.toThrow(/not empty/);
    });
  }, 300_000);

  test("brings back whole what was backed up while photos came in and somebody left", async () => {
    const copy = await copyOf(at);
    try {
      const file = join(copy.folder, "while.assent-backup");
      const event = join(copy.folder, "more");
      await composeEvent(event, {
        photos: 4,
        seed: 9,
        width: 900,
        height: 600,
        people: people().slice(0, 3).join(","),
      });
      await withInstance(copy, async (instance) => {
        let [imported, left] = [false, false];
        const busy = Promise.all([
          importFolder(instance, { folder: event, collection: COLLECTION, progress: nothing }).then(
            () => (imported = true),
          ),
          erase(instance, { person: done.rejecting, actor: "the desk" }).then(() => (left = true)),
        ]);
        const made = await backup(instance, { out: file, actor: "an operator", progress: nothing });
        expect(imported && left).toBe(false);
        await busy;
        const verified = await verifyInstanceBackup(instance, copy.configuration, file);
        expect(verified).toMatchObject({ rows: made.rows, files: made.files });
      });
      await withEmptyDatabase(copy, async (beside) => {
        const back = await restoreInto(beside, file);
        expect(back.gap).toEqual([]);
        await withInstance(beside, async (instance) => {
          expect((await prove(instance, { person: done.rejecting })).residue).toEqual([]);
          // Photos that were on their way in are looked through by the next start, or by the same import started again.
          await importFolder(instance, { folder: event, collection: COLLECTION, progress: nothing });
          expect((await prove(instance, {})).residue).toEqual([]);
        });
      });
    } finally {
      await copy.remove();
    }
  }, 300_000);
});
