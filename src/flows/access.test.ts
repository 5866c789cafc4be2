import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { DAY_MS, scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  addGuardian,
  createPersonalInvitation,
  renewRecoveryCode,
  setEmail,
  startDevice,
} from "../people/index.ts";
import { findPerson as rowsOf, TABLE_HOLDINGS } from "../rights/index.ts";
import { storeTemplates } from "../templates/index.ts";
import { access } from "./access.ts";
import { claimFace } from "./claim.ts";
import { correct } from "./correct.ts";
import type { PersonData } from "./data-of.ts";
import { openDemand } from "./demands.ts";
import { listRequests } from "./hide-me.ts";
import { findPerson } from "./look-up.ts";
import { object } from "./object.ts";
import { prove } from "./prove.ts";
import { withdraw } from "./withdraw.ts";

const NAME = `Erika <script>alert("x")</script> & Müller`;

let test_: TestInstance;
let instance: Instance;
let here: Scene;
let collection: Id;
let person: Id;
let companion: Id;
/** The person is the first of two; only they can say whether they are in the other. */
let photo: ColouredPhoto;
let unsure: ColouredPhoto;
let out: string;
let text: string;
let data: PersonData;
let page: string;

/** Somebody of whom there is something in every holding that is about one person. */
beforeAll(async () => {
  test_ = await testInstance();
  instance = test_.instance;
  const { db, keys, clock } = instance;
  here = scene(db, keys, clock);
  collection = (await here.collection()).id;
  [photo, unsure] = [
    await colouredPhoto(instance, collection, 2),
    await colouredPhoto(instance, collection, 2),
  ];
  const enrolled = await here.enrolled(collection);
  companion = (await here.enrolled(collection)).person;
  person = enrolled.person;
  await here.consent(person, "contact", null);
  await inTransaction(db, (trx) =>
    setEmail(trx, keys, { person, guardian: null }, "erika@example.org", clock),
  );
  await correct(instance, { person, name: NAME, actor: "Ada" });
  await here.consent(person, "publish", collection, { channel: "website" });
  await matchedAs(instance, photo.faces[0] ?? "", person, "confirmed");
  await matchedAs(instance, photo.faces[1] ?? "", companion, "confirmed");
  await matchedAs(instance, unsure.faces[0] ?? "", person, "asked");
  await inTransaction(db, async (trx) => {
    await storeTemplates(
      trx,
      keys,
      { person, enrolment: enrolled.enrolment, packId: "a-model", embeddings: [embeddingAt(person)] },
      clock,
    );
    await startDevice(trx, { person, guardian: null, how: "join" }, clock);
    await addGuardian(trx, person, clock);
    await renewRecoveryCode(trx, { person, guardian: null }, clock);
    await createPersonalInvitation(trx, { person, guardian: null, by: "a tester" }, clock);
  });
  await publishTo(instance, collection, "website", join(test_.folder, "site"));
  await claimFace(instance, person, unsure.faces[1] ?? "");
  await findPerson(instance, { person, reason: "a question", actor: "Ada" });
  await withdraw(instance, { person, purposes: ["show-name"], actor: null });
  await object(instance, { subject: person, actor: "Ada" });
  await openDemand(instance, { kind: "access", person, note: "by letter" });
  await byHand();
  out = join(test_.folder, "access");
  await access(instance, { person, out, reason: undefined, actor: "Ada", progress: () => undefined });
  text = await readFile(join(out, "my-data.json"), "utf8");
  data = JSON.parse(text) as PersonData;
  page = await readFile(join(out, "my-data.html"), "utf8");
});
afterAll(() => test_.close());

/** What comes by mail, a passkey, a card or an officer's decision, as rows. */
async function byHand(): Promise<void> {
  const { db } = instance;
  const at = new Date();
  const later = new Date(at.getTime() + DAY_MS);
  await db.insertInto("told").values({ person_id: person, at }).execute();
  await db.insertInto("idle_warning").values({ person_id: person, at }).execute();
  await db
    .insertInto("mail_link")
    .values({
      secret_hash: randomBytes(32),
      person_id: person,
      purpose: "verify",
      sent_at: at,
      expires_at: later,
    })
    .execute();
  await db
    .insertInto("passkey")
    .values({
      id: newId(),
      person_id: person,
      credential_id: "a-credential",
      public_key: randomBytes(32),
      counter: 0,
      transports: "",
      created_at: at,
    })
    .execute();
  await db
    .insertInto("card")
    .values({
      id: newId(),
      collection_id: collection,
      code: "0123456789",
      person_id: person,
      series_minutes: 0,
      created_at: at,
    })
    .execute();
  const frozen = await here.enrolled((await here.collection()).id);
  await db
    .insertInto("conflict")
    .values({ id: newId(), enrolment_id: frozen.enrolment, earlier_person_id: person, state: "open", at })
    .execute();
  // A receipt of joining, whose file is there.
  const file = `${newId()}.jws`;
  await instance.receipts.write(file.replace(".jws", ""), "a.b.c");
  await db
    .insertInto("receipt")
    .values({ id: newId(), kind: "consent", person_id: person, file, at })
    .execute();
  await db
    .insertInto("doomed_key")
    .values({ kind: "person", subject_id: person, key_group: "chips", doomed_at: later })
    .execute();
}

describe("an access request", () => {
  test("gives a part for every holding that is about one person", async () => {
    const held = new Set(data.held.map((one) => one.table));
    const about = TABLE_HOLDINGS.filter((one) => one.about !== null).map((one) => one.table);
    // The scene must have something in each, so that one that is added later is missed here.
    expect(about.filter((table) => !held.has(table))).toEqual([]);
    expect(Object.keys(await rowsOf(instance.db, person)).filter((table) => !held.has(table))).toEqual([]);
    for (const table of held) expect(page).toContain(`<code>${table}</code>`);
    for (const { table, rows } of data.held) {
      const { n } = (
        await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}
          where ${TABLE_HOLDINGS.find((one) => one.table === table)?.about?.(person)}`.execute(instance.db)
      ).rows[0] ?? { n: 0 };
      expect(rows.length, table).toBe(n);
    }
  });

  test("says it in words that are read, with what somebody wrote as text and no markup of theirs", () => {
    expect(data).toMatchObject({ name: NAME, email: "erika@example.org", keys: ["contact", "face"] });
    expect(data.templates).toMatchObject([{ model: "a-model" }]);
    expect(page).toContain("Erika &#60;script&#62;");
    expect(page).not.toMatch(/<script|<link|<iframe|javascript:|\son[a-z]+=|https?:/i);
    expect(page).toContain("What you agreed to and refused");
    expect(page).toContain("a question");
    expect(page).toContain('href="receipts/receipt-1.jws"');
  });

  test("shows the photos as the person may see them, and with every face hidden where nobody knows", async () => {
    expect(data.photos.map((one) => one.state).sort()).toEqual(["asked", "confirmed"]);
    const files = await readdir(join(out, "photos"));
    expect(files).toHaveLength(2);
    const seen = await Promise.all(
      files.map(async (file) => facesSeen(await readFile(join(out, "photos", file)), 2)),
    );
    expect(seen.toSorted()).toEqual([
      [false, false],
      [true, false],
    ]);
    for (const file of files) expect(page).toContain(`src="photos/${file}"`);
  });

  test("holds no secret, no template, no original's name, and nobody else", async () => {
    const both = text + page;
    for (const word of ["erika-mustermann", companion, 'secret_hash":', 'sealed":', "a-credential"]) {
      expect(both, word).not.toContain(word);
    }
    const templates = await instance.db.selectFrom("template").select("sealed").execute();
    for (const { sealed } of templates) {
      expect(both).not.toContain(sealed.toString("base64").slice(0, 40));
      expect(both).not.toContain(sealed.toString("hex").slice(0, 40));
    }
  });

  test("is a look with its reason and a disclosure, both in it, and answers what was demanded", async () => {
    expect(data.looks[0]).toMatchObject({ kind: "deliver", actor: "Ada" });
    expect(data.disclosures[0]).toMatchObject({ recipient: "person", pictures: 2 });
    expect(data.requests.filter((one) => one.kind === "access")).toMatchObject([
      { state: "closed", outcome: "done", note: null },
    ]);
    const open = (await listRequests(instance)).filter((one) => one.person === person);
    expect(open).toEqual([]);
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("is in the person's language, and written anew into the same folder", async () => {
    await instance.db.updateTable("person").set({ language: "fr" }).where("id", "=", person).execute();
    const before = (await readdir(join(out, "photos"))).toSorted();
    const done = await access(instance, {
      person,
      out,
      reason: "une question",
      actor: "Ada",
      progress: () => undefined,
    });
    expect(done).toMatchObject({ photos: 1, asked: 1, receipts: 1 });
    expect((await readdir(join(out, "photos"))).toSorted()).toEqual(before);
    const french = await readFile(done.index, "utf8");
    expect(french).toContain('<html lang="fr">');
    expect(french).toContain("Ce qui est gardé à votre sujet");
    expect(french).toContain("Codes du visage");
    expect(french).toContain("une question");
    expect(french).not.toContain("What is kept");
  });
});
