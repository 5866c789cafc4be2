import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { copyOf, withInstance, type AtRest } from "../../test/support/killed-copy.ts";
import { nothing } from "../../test/support/order.ts";
import { restoreInto, withEmptyDatabase } from "../../test/support/restore.ts";
import { scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import type { Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { childOf, createInvitation, openContact, setName } from "../people/index.ts";
import { requestsIn, writeRequest } from "../rights/index.ts";
import { storeTemplates } from "../templates/index.ts";
import { backup } from "./backup.ts";
import { changeKeys } from "./change-keys.ts";
import type { ChangeableKey } from "./key-kinds.ts";
import { prove } from "./prove.ts";

let at: AtRest;
let collection: Id;
let anna: Id;
let ben: Id;

beforeAll(async () => {
  at = await copyOf();
  await withInstance(at, async (instance) => {
    const { db, keys, clock } = instance;
    collection = (await scene(db, keys, clock).collection()).id;
    anna = await joined(instance, "Anna");
    ben = await joined(instance, "Ben");
    const request = { kind: "access", person: anna, photo: null, face: null, place: null } as const;
    const said = {
      contact: "c@example.org",
      note: "a note",
      language: "en",
      receivedAt: clock.now(),
    } as const;
    await inTransaction(db, (trx) => writeRequest(trx, keys, { ...request, ...said }, clock));
    const expiresAt = new Date(clock.now().getTime() + 86_400_000);
    const guardian = { kind: "guardian", child: "Zoé", collection, by: "a tester", expiresAt } as const;
    await inTransaction(db, (trx) => createInvitation(trx, keys, guardian, clock));
    await backup(instance, { out: file(), actor: "a tester", progress: nothing });
  });
});
afterAll(() => at.remove());

const file = (): string => join(at.folder, "one.assent-backup");

async function joined({ db, keys, clock }: Instance, name: string): Promise<Id> {
  const made = await scene(db, keys, clock).enrolled(collection);
  await inTransaction(db, async (trx) => {
    await setName(trx, keys, made.person, name, clock);
    await storeTemplates(trx, keys, { ...made, packId: "pack", embeddings: [embeddingAt(name)] }, clock);
  });
  return made.person;
}

const change = (instance: Instance, kind: ChangeableKey, of?: Id) =>
  changeKeys(instance, { kind, of, actor: "a tester", progress: nothing, graceMs: 0 });

async function state({ db, keys }: Instance) {
  const people = await db.selectFrom("person").selectAll().execute();
  const invitations = await db
    .selectFrom("invitation")
    .select(["child_id", "child_sealed", "revoked_at"])
    .execute();
  return {
    invited: await Promise.all(
      invitations.map(async (row) =>
        row.revoked_at === null ? (await childOf(keys, row))?.name : "nobody any more",
      ),
    ),
    names: (
      await Promise.all(people.map(async (row) => (await openContact(keys, row)).name ?? "nameless"))
    ).sort(),
    templates: (await db.selectFrom("template").select("person_id").execute())
      .map((row) => row.person_id)
      .sort(),
    notes: (await requestsIn(db, keys, "all")).map((row) => row.note),
  };
}

/** Restored on a copy of the data folder, whose keys were changed after the backup. */
async function restoredAfter(
  changes: (instance: Instance) => Promise<unknown>,
  check: (instance: Instance, replayed: Readonly<Record<string, number>>) => Promise<void>,
): Promise<void> {
  const copy = await copyOf(at);
  try {
    await withInstance(copy, changes);
    await withEmptyDatabase(copy, async (empty) => {
      const { replayed, gap } = await restoreInto(empty, file());
      expect(gap).toEqual([]);
      await withInstance(empty, (instance) => check(instance, replayed));
    });
  } finally {
    await copy.remove();
  }
}

test("a backup from before other keys were changed is brought back as it was", async () => {
  await restoredAfter(
    async (instance) => {
      for (const kind of ["key-encryption-key", "epoch", "signing", "log", "chips"] as const)
        await change(instance, kind);
    },
    async (instance, replayed) => {
      expect(replayed).toEqual({});
      const templates = [anna, ben].sort();
      expect(await state(instance)).toEqual({
        invited: ["Zoé"],
        names: ["Anna", "Ben"],
        templates,
        notes: ["a note"],
      });
    },
  );
}, 60_000);

test("what a key seals no more that was changed since the backup is dropped, and nobody else's", async () => {
  await restoredAfter(
    async (instance) => {
      await change(instance, "contact", anna);
      await change(instance, "face", anna);
    },
    async (instance, replayed) => {
      expect(replayed).toEqual({
        "templates of a key changed since": 1,
        "names and addresses of a key changed since": 1,
      });
      expect(await state(instance)).toEqual({
        invited: ["Zoé"],
        names: ["Ben", "nameless"],
        templates: [ben],
        notes: ["a note"],
      });
    },
  );
}, 60_000);

test("after a new secret turn, and new keys for all, everybody has to say it again, and can", async () => {
  await restoredAfter(
    async (instance) => {
      await change(instance, "transform");
      await change(instance, "contact");
    },
    async (instance) => {
      expect(await state(instance)).toEqual({
        invited: ["nobody any more"],
        names: ["nameless", "nameless"],
        templates: [],
        notes: [null],
      });
      expect((await prove(instance, {})).residue).toEqual([]);
      const carl = await joined(instance, "Carl");
      expect(await state(instance)).toMatchObject({
        names: ["Carl", "nameless", "nameless"],
        templates: [carl],
      });
      // The turn of the backup is given up: the next change finds no trace of it.
      expect(await instance.db.selectFrom("template_transform").selectAll().execute()).toEqual([
        { version: 2 },
      ]);
    },
  );
}, 60_000);
