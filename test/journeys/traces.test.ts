import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openInstance, readConfiguration, type Instance } from "../../src/app/index.ts";
import { openSealed } from "../../src/crypto/index.ts";
import {
  correct,
  deliver,
  erase,
  importFolder,
  inviteByMail,
  lookUp,
  openDemand,
  prove,
  type Joined,
} from "../../src/flows/index.ts";
import { composeEvent, hasFaces, people, selfieOf } from "../support/faces.ts";
import { byteNeedles, lookFor, textNeedles, vectorNeedles, type Needle } from "../support/needles.ts";
import { joinAs, makeCollection, nothing, publishTo } from "../support/order.ts";
import { filesBelow, snapshot } from "../support/snapshot.ts";

const NAME = "Wilhelmine Überrest-Quux";
/** What it was before it was corrected. */
const OLD_NAME = "Wilhelmina Restchen-Quux";
const MAIL = "wilhelmine.quux@example.org";
const PLANTED = "a marker that is planted to be found";

/**
 * The whole data folder with a PostgreSQL of its own: tables, write-ahead log, server's log, files, keys, journal, receipts.
 * What this cannot see are blocks of the disk that no file has any more (docs/threat-model.md).
 */
describe.skipIf(!hasFaces)("what is left on the disk of somebody who was erased", () => {
  let folder: string;
  let data: string;
  let instance: Instance;
  let leaver: Joined;
  /** Never in the clear anywhere, not even while they are there. */
  let secrets: readonly Needle[];
  /** As the row holds it, under a key that goes. */
  let sealed: readonly Needle[];
  const settings = () => readConfiguration({ ASSENT_DATA: data, ASSENT_ACTOR: "a tester" });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assent-traces-"));
    await chmod(folder, 0o711);
    data = join(folder, "data");
    instance = await openInstance(settings());
    const cast = people().slice(20, 22);
    const photos = join(folder, "event");
    const faces = {
      "min-people": 2,
      "max-people": 2,
      "min-face": 80,
      "max-face": 160,
      people: cast.join(","),
    };
    await composeEvent(photos, { photos: 2, seed: 4, width: 1200, height: 800, ...faces });
    await makeCollection(instance, "gala");
    const [face = ""] = cast;
    const consents = ["find-me", "keep-template", "contact", "publish:website", "publish:companions"];
    leaver = await joinAs(instance, "gala", consents, { face, name: OLD_NAME, email: MAIL });
    await importFolder(instance, { folder: photos, collection: "gala", progress: nothing });
    await publishTo(instance, "gala", "website", join(folder, "website"));
    const by = { actor: "a tester", progress: nothing };
    await deliver(instance, { person: leaver.person, out: join(folder, "out"), reason: undefined, ...by });
    await correct(instance, { person: leaver.person, name: NAME, actor: "a tester" });
    await inviteByMail(
      instance,
      { collection: "gala", email: MAIL, language: "en", actor: "a tester" },
      undefined,
    );
    await openDemand(instance, {
      kind: "access",
      person: leaver.person,
      contact: MAIL,
      note: `I am ${NAME}`,
    });
    const look = { reason: "a test", actor: "a tester", collection: undefined };
    await lookUp(instance, { picture: selfieOf(face), ...look });
    // A statement that fails and quotes what it was given.
    await expect(sql`select ${NAME}::int, ${MAIL}::int`.execute(instance.db)).rejects.toThrow();
    // The planner's statistics copy values.
    await sql`analyze`.execute(instance.db);

    const selfie = await readFile(selfieOf(face));
    const raw = (await (await instance.vision()).templatesOf(selfieOf(face))).embeddings;
    const rows = await instance.db.selectFrom("template").selectAll().execute();
    const turned = await instance.keys.withKey({ kind: "person", id: leaver.person, group: "face" }, (key) =>
      rows.map((row) => {
        const purpose = `template:${row.person_id}:${row.id}:${row.pack_id}`;
        return new Float32Array(openSealed(key, row.sealed, purpose).slice().buffer);
      }),
    );
    expect([raw.length, turned.length]).toEqual([leaver.templates, leaver.templates]);
    secrets = [
      ...raw.flatMap((one) => vectorNeedles("the embedding", one)),
      ...turned.flatMap((one) => vectorNeedles("the turned embedding", one)),
      ...textNeedles("the name", NAME),
      ...textNeedles("the name before", OLD_NAME),
      ...textNeedles("the address", MAIL),
      ...byteNeedles("the selfie", selfie),
    ];
    const person = await instance.db.selectFrom("person").selectAll().executeTakeFirstOrThrow();
    sealed = [
      ...rows.flatMap((row) => byteNeedles("the sealed template", row.sealed)),
      ...byteNeedles("the sealed name", person.name_sealed ?? Buffer.alloc(0)),
      ...byteNeedles("the sealed address", person.email_sealed ?? Buffer.alloc(0)),
    ];
  }, 180_000);
  afterAll(async () => {
    await instance?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Dead rows away, and the write-ahead log that told of them. */
  async function settleServer(): Promise<void> {
    // An analysis leaves the statistics of a table that has become empty as they were; and those it replaces are rows of a table too.
    await sql`delete from pg_statistic`.execute(instance.db);
    await sql`analyze`.execute(instance.db);
    await sql`vacuum full`.execute(instance.db);
    await sql`checkpoint`.execute(instance.db);
    await sql`select pg_switch_wal()`.execute(instance.db);
    await sql`checkpoint`.execute(instance.db);
  }

  /** Every file below the data folder; and every row as text, because long values are packed in the tables' files. */
  async function everything(): Promise<ReadonlyMap<string, Buffer>> {
    const places = new Map(await filesBelow(data));
    const rows = Object.entries(await snapshot(instance.db));
    for (const [table, texts] of rows) places.set(`table ${table}`, Buffer.from(texts.join("\n")));
    return places;
  }

  /** Places by their kind: where PostgreSQL keeps tables, its log, or else. */
  const kinds = (found: readonly string[], what: string): readonly string[] => {
    const kind = (place: string): string =>
      /^postgres\/(base|pg_wal)\//.exec(place)?.[1] ?? place.split(/[/ ]/).slice(0, 1).join("");
    const places = found
      .filter((one) => one.startsWith(`${what} in `))
      .map((one) => one.split(" in ")[1] ?? "");
    return [...new Set(places.map(kind))].sort();
  };

  test("the search finds each form where it is planted: in a file, in a table, and in the write-ahead log", async () => {
    const file = join(data, "blobs/tmp/planted");
    // Each by itself, with something before and behind it.
    const apart = [...secrets, ...sealed].map(
      ({ what, bytes }) => [what, Buffer.concat([Buffer.from("x"), bytes, Buffer.from("y")])] as const,
    );
    expect(new Set(lookFor([...secrets, ...sealed], apart).map((one) => one.split(" in ")[1]))).toEqual(
      new Set(apart.map(([what]) => what)),
    );
    await writeFile(file, Buffer.concat(secrets.map((needle) => needle.bytes)));
    const inFile = lookFor(secrets, await everything());
    expect(new Set(inFile)).toEqual(new Set(secrets.map(({ what }) => `${what} in blobs/tmp/planted`)));
    await rm(file);

    const planted = textNeedles("the marker", PLANTED);
    await sql`create table planted (text text)`.execute(instance.db);
    await sql`insert into planted values (${PLANTED})`.execute(instance.db);
    await sql`checkpoint`.execute(instance.db);
    expect(kinds(lookFor(planted, await everything()), "the marker")).toEqual(["base", "pg_wal", "table"]);
    await sql`delete from planted`.execute(instance.db);
    await sql`checkpoint`.execute(instance.db);
    // A deleted row is still there, until the tables and the log are put in order.
    expect(kinds(lookFor(planted, await everything()), "the marker")).toEqual(["base", "pg_wal"]);
    await settleServer();
    expect(lookFor(planted, await everything())).toEqual([]);
    await sql`drop table planted`.execute(instance.db);
  });

  test("what is sealed was never in the clear, not even while the person was there", async () => {
    await sql`checkpoint`.execute(instance.db);
    const places = await everything();
    expect(lookFor(secrets, places)).toEqual([]);
    // The search sees the very rows.
    const found = lookFor(sealed, places);
    for (const what of ["the sealed template", "the sealed name", "the sealed address"]) {
      expect(kinds(found, what), what).toEqual(["base"]);
    }
    const random = lookFor(id(), places).map((one) => one.split(" in ")[1]?.split("/")[0]);
    expect(random).toEqual(expect.arrayContaining(["keys", "postgres", "receipts"]));
  });

  test("planner's statistics hold no copy of what is sealed", async () => {
    const { rows } = await sql<{ column: string }>`
      select tablename || '.' || attname as column from pg_stats where schemaname in ('public', 'pgboss')`.execute(
      instance.db,
    );
    const columns = rows.map((row) => row.column);
    expect(columns).toContain("person.id");
    expect(columns.filter((column) => column.includes("sealed"))).toEqual([]);
    const { rows: typed } = await sql<{ column: string }>`
      select attrelid::regclass || '.' || attname as column from pg_attribute
      where attrelid in (select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace)
        and attname ~ 'sealed' and attstattarget is distinct from 0`.execute(instance.db);
    expect(typed).toEqual([]);
  });

  /** The person's random id, as text and as PostgreSQL keeps it. */
  const id = (): readonly Needle[] => [
    ...textNeedles("the id", leaver.person),
    ...byteNeedles("the id", Buffer.from(leaver.person.replaceAll("-", ""), "hex")),
  ];

  test("after the erasure no file has name, address, selfie or template, sealed or not; only the journal has the random id", async () => {
    const left = await erase(instance, { person: leaver.person, actor: "a tester" });
    expect(left.residue).toBe(0);
    // At once, before the server has put anything in order: nothing that says something.
    expect(lookFor(secrets, await everything())).toEqual([]);
    expect(await prove(instance, { person: leaver.person })).toMatchObject({ clean: true });
    // The letter to that address is nobody's yet, and waits: sealed under a key of its own.
    await settleServer();
    const places = await everything();
    expect(lookFor([...secrets, ...sealed], places)).toEqual([]);
    expect(lookFor(id(), places)).toEqual(["the id in journal/restrictions.log"]);
    expect([...places.keys()].filter((path) => path.startsWith("postgres/pg_wal/"))).not.toEqual([]);
  });

  test("nor is it in what the server writes when it stops and starts again", async () => {
    await instance.close();
    const places = [...(await filesBelow(data))];
    expect(places.map(([path]) => path)).toContain("postgres/server.log");
    expect(lookFor([...secrets, ...sealed], places)).toEqual([]);
    instance = await openInstance(settings());
    expect(lookFor([...secrets, ...sealed], await everything())).toEqual([]);
  });
});
