import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { colouredPhoto, facesSeen, matchedAs, type ColouredPhoto } from "../../test/support/coloured.ts";
import { embeddingAt } from "../../test/support/embeddings.ts";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { publishTo } from "../../test/support/order.ts";
import { scene, type Scene } from "../../test/support/scene.ts";
import type { Instance } from "../app/index.ts";
import { newId, type Id } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import { addGuardian, openContact, personById } from "../people/index.ts";
import { pendingOf } from "../rights/index.ts";
import { storeTemplates } from "../templates/index.ts";
import { meOf } from "./me.ts";
import { pictureFor } from "./picture.ts";
import { prove } from "./prove.ts";
import { switchConsent, type ConsentSwitch } from "./switch-consent.ts";
import { verifyReceiptText } from "./verify.ts";

describe("a consent switched by the person", () => {
  let test_: TestInstance;
  let instance: Instance;
  let here: Scene;
  let collection: Id;
  let photo: ColouredPhoto;
  let person: Id;
  let enrolment: Id;
  let other: Id;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    here = scene(instance.db, instance.keys, instance.clock);
  });
  afterAll(() => test_.close());
  beforeEach(async () => {
    collection = (await here.collection()).id;
    photo = await colouredPhoto(instance, collection, 2);
    ({ person, enrolment } = await here.enrolled(collection));
    other = (await here.enrolled(collection)).person;
    await matchedAs(instance, photo.faces[0] ?? "", person, "confirmed");
    await matchedAs(instance, photo.faces[1] ?? "", other, "confirmed");
  });

  const turn = (wanted: Partial<ConsentSwitch> & Pick<ConsentSwitch, "purpose" | "on">) =>
    switchConsent(instance, person, { channel: null, collection, language: "fr", ...wanted });
  const seenByOther = async () => facesSeen(await pictureFor(instance, other, photo.id, "full"), 2);
  const lastEvent = () =>
    instance.db
      .selectFrom("consent_event")
      .selectAll()
      .where("person_id", "=", person)
      .orderBy("sequence", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
  const payloadOf = async (receipt: string) => {
    const verdict = await verifyReceiptText(instance, receipt);
    expect(verdict.valid).toBe(true);
    return verdict.payload;
  };

  test("on and off again is seen by the others of the photo at once, each with its receipt", async () => {
    const companions = { purpose: "publish", channel: "companions" } as const;
    expect(await seenByOther()).toEqual([false, true]);
    const on = await turn({ ...companions, on: true });
    expect(on).toMatchObject({ stoppedMs: null, erasedMs: null, search: null });
    expect(await payloadOf(on.receipt)).toMatchObject({
      person,
      language: "fr",
      consents: [{ purpose: "publish", channel: "companions", collection, givenHow: "own-device" }],
    });
    expect(await seenByOther()).toEqual([true, true]);
    const off = await turn({ ...companions, on: false });
    expect(off.stoppedMs).toBeTypeOf("number");
    expect(off.erasedMs).toBeTypeOf("number");
    expect(await payloadOf(off.receipt)).toMatchObject({
      kind: "withdraw",
      purposes: ["publish:companions"],
    });
    expect(await seenByOther()).toEqual([false, true]);
    expect(await lastEvent()).toMatchObject({ event: "withdrawn", given_how: "own-device", staff: null });
    await turn({ ...companions, on: true });
    expect(await seenByOther()).toEqual([true, true]);
  });

  test("on for a channel shows them again in what is published there, and off hides them", async () => {
    const website = { purpose: "publish", channel: "website" } as const;
    const out = `${test_.folder}/website-${collection}`;
    const shown = async (): Promise<number> =>
      (
        await instance.db
          .selectFrom("rendition_face")
          .innerJoin("rendition", "rendition.id", "rendition_face.rendition_id")
          .select("rendition.id")
          .where("rendition.photo_id", "=", photo.id)
          .where("rendition.channel", "=", "website")
          .where("rendition.state", "=", "current")
          .where("rendition_face.person_id", "=", person)
          .execute()
      ).length;
    await publishTo(instance, collection, "website", out);
    expect(await shown()).toBe(0);
    await turn({ ...website, on: true });
    expect(await shown()).toBe(1);
    await turn({ ...website, on: false });
    expect(await shown()).toBe(0);
    expect((await prove(instance, {})).residue).toEqual([]);
  });

  test("contact takes an address, keeps it sealed, and lets it go", async () => {
    const email = async () => (await openContact(instance.keys, await personById(instance.db, person))).email;
    await expect(turn({ purpose: "contact", on: true })).rejects.toMatchObject({ code: "bad-input" });
    await expect(turn({ purpose: "contact", on: true, email: "no address" })).rejects.toMatchObject({
      code: "bad-input",
    });
    expect((await meOf(instance, person)).consents.some((one) => one.purpose === "contact")).toBe(false);
    await turn({ purpose: "contact", on: true, email: "ada@example.org" });
    expect(await email()).toBe("ada@example.org");
    expect(await lastEvent()).toMatchObject({ purpose: "contact", collection_id: null });
    await turn({ purpose: "contact", on: false });
    expect(await email()).toBeNull();
  });

  test("find-me off takes what the machine found; on again it is to be looked for where a template is kept", async () => {
    await here.consent(person, "keep-template", null);
    await inTransaction(instance.db, (trx) =>
      storeTemplates(
        trx,
        instance.keys,
        { person, enrolment, packId: "pack", embeddings: [embeddingAt(person)] },
        instance.clock,
      ),
    );
    await turn({ purpose: "find-me", on: false });
    expect((await meOf(instance, person)).collections[0]).toMatchObject({ found: 0, asked: 0 });
    const again = await turn({ purpose: "find-me", on: true });
    expect(again.search).toBe(collection);
    expect((await pendingOf(instance.db, null)).filter((row) => row.kind === "rescan")).toMatchObject([
      { subject: collection },
    ]);
    // Without keep-template nothing is kept, and the challenge comes first.
    await turn({ purpose: "keep-template", on: false });
    await turn({ purpose: "find-me", on: false });
    expect(await turn({ purpose: "find-me", on: true })).toMatchObject({ search: null });
    await instance.db.deleteFrom("pending").where("kind", "=", "rescan").execute();
  });

  test("keep-template needs find-me, and lasts beyond the collection", async () => {
    await turn({ purpose: "find-me", on: false });
    await expect(turn({ purpose: "keep-template", on: true })).rejects.toMatchObject({ code: "refused" });
    await turn({ purpose: "find-me", on: true });
    await turn({ purpose: "keep-template", on: true });
    const kept = await lastEvent();
    expect(kept).toMatchObject({ purpose: "keep-template", collection_id: null, given_how: "own-device" });
    expect(Math.round((kept.valid_until.getTime() - kept.at.getTime()) / 86_400_000)).toBe(2 * 365);
  });

  test("staff-lookup can be given here, on the person's own device", async () => {
    await turn({ purpose: "staff-lookup", on: true });
    expect(await lastEvent()).toMatchObject({ purpose: "staff-lookup", event: "given" });
  });

  test("is for collections that they joined and channels that are there, and says no more of others", async () => {
    const elsewhere = (await here.collection({ channels: [{ name: "secret-project" }] })).id;
    for (const wanted of [
      { purpose: "find-me", collection: elsewhere },
      { purpose: "find-me", collection: newId() },
      { purpose: "publish", channel: "website", collection: elsewhere },
      { purpose: "publish", channel: "secret-project" },
    ] as const) {
      for (const on of [true, false]) {
        const refused = await turn({ ...wanted, on }).catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: "not-found" });
        expect(JSON.stringify(refused)).not.toContain("secret");
      }
    }
    for (const wanted of [
      { purpose: "publish", on: true },
      { purpose: "find-me", channel: "website", on: true },
      { purpose: "find-me", collection: null, on: true },
      { purpose: "show-name", email: "ada@example.org", on: true },
    ] as const) {
      await expect(turn(wanted)).rejects.toMatchObject({ code: "bad-input" });
    }
  });

  test("cannot be find-me where there is no face recognition", async () => {
    const off = (await here.collection({ matching: "off" })).id;
    const { person: joined } = await here.enrolled(off);
    const wanted = { purpose: "find-me", channel: null, collection: off, on: true, language: "en" } as const;
    await expect(switchConsent(instance, joined, wanted)).rejects.toMatchObject({ code: "refused" });
  });

  test("while frozen can only be no", async () => {
    await instance.db.updateTable("enrolment").set({ state: "frozen" }).where("id", "=", enrolment).execute();
    await expect(turn({ purpose: "publish", channel: "website", on: true })).rejects.toMatchObject({
      code: "refused",
    });
    expect(await turn({ purpose: "find-me", on: false })).toHaveProperty("receipt");
  });

  test("of a child is agreed to by a guardian, and refused by the child alone", async () => {
    const guardian = await inTransaction(instance.db, (trx) => addGuardian(trx, person, instance.clock));
    const website = { purpose: "publish", channel: "website" } as const;
    await expect(turn({ ...website, on: true })).rejects.toMatchObject({ code: "refused" });
    await turn({ ...website, on: true, guardian });
    await turn({ ...website, on: false });
    expect((await lastEvent()).event).toBe("withdrawn");
  });
});
