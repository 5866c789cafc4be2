import { join } from "node:path";
import { Value } from "typebox/value";
import { Type, type TSchema } from "typebox";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Instance } from "../../src/app/index.ts";
import {
  answer,
  browse,
  claimFace,
  claimReceipt,
  confirmMatch,
  downloadOf,
  hiddenView,
  hideMe,
  importFolder,
  incidents,
  leave,
  listRequests,
  looksOf,
  lookUp,
  meOf,
  photosOf,
  pictureFor,
  prove,
  settleClaim,
  shownOf,
  switchConsent,
  type Joined,
} from "../../src/flows/index.ts";
import { ClaimedReceipt, HideRequested } from "../../src/http/contract/anybody.ts";
import * as contract from "../../src/http/contract/person.ts";
import { environmentOf, testInstance, type TestInstance } from "../support/instance.ts";
import { json } from "../support/command-line.ts";
import { composeEvent, hasFaces, people } from "../support/faces.ts";
import { joinAs, makeCollection, nothing, publishTo } from "../support/order.ts";

/** What the pages are given, on composed photos with the real models: it is what the contract says, and shows no more. */
describe.skipIf(!hasFaces)("after joining", () => {
  let test_: TestInstance;
  let instance: Instance;
  let person: Joined;
  let companion: Joined;
  let bystander: Joined;
  let collection: string;

  beforeAll(async () => {
    test_ = await testInstance();
    instance = test_.instance;
    const cast = people().slice(20, 23);
    const folder = join(test_.folder, "event");
    await composeEvent(folder, {
      photos: 4,
      seed: 5,
      width: 1600,
      height: 1067,
      "min-people": 2,
      "max-people": 3,
      "min-face": 90,
      "max-face": 180,
      people: cast.join(","),
    });
    ({ id: collection } = await makeCollection(instance, "fete"));
    await importFolder(instance, { folder, collection: "fete", progress: nothing });
    person = await joinAs(instance, "fete", ["find-me", "publish:website"], {
      face: cast[0] ?? "",
      name: "Ada",
    });
    companion = await joinAs(instance, "fete", ["find-me", "publish:companions"], { face: cast[1] ?? "" });
    bystander = await joinAs(instance, "fete", ["contact"], { email: "b@example.org" });
    // To be found by staff, so that a test can ask who is still to be recognised in what is given out.
    for (const one of [person, companion]) {
      await switchConsent(instance, one.person, {
        purpose: "staff-lookup",
        channel: null,
        collection,
        on: true,
        language: "fr",
      });
    }
    expect(person.matched).toBeGreaterThan(1);
  }, 180_000);
  afterAll(() => test_.close());

  function fits(schema: TSchema, value: unknown): void {
    const problems = [...Value.Errors(schema, value)].map((one) => `${one.instancePath}: ${one.message}`);
    expect(problems).toEqual([]);
  }

  /** Who of the enrolled our own matcher finds in a picture that was given out. */
  async function recognised(jpeg: Uint8Array): Promise<ReadonlySet<string>> {
    const picture = join(test_.folder, "given-out.jpg");
    await writeFile(picture, jpeg);
    const { faces } = await lookUp(instance, {
      picture,
      reason: "a test",
      actor: "a tester",
      collection: "fete",
    });
    return new Set(faces.flatMap((face) => (face.person ? [face.person.id] : [])));
  }

  test("what the pages ask for is what the contract says", async () => {
    const me = await meOf(instance, person.person);
    const { person: id, name, language, collections, consents, texts, left } = contract.Me.properties;
    fits(Type.Object({ person: id, name, language, collections, consents, texts, left }), me);
    expect(me.name).toBe("Ada");
    expect(me.collections[0]).toMatchObject({ enrolment: "vouched", found: person.matched });
    fits(contract.PersonPhotos, await photosOf(instance, person.person));
    fits(contract.Browse, await browse(instance, bystander.person, { collection }));
    await recognised(await hiddenView(instance, bystander.person, await firstPhoto(), "full"));
    fits(contract.PersonLooks, await looksOf(instance, person.person));
    fits(contract.Shown, await shownOf(instance, person.person));
  });

  async function firstPhoto(): Promise<string> {
    return (await photosOf(instance, person.person)).photos[0]?.id ?? "";
  }

  test("our own matcher finds in a picture those whom its reader may see, and nobody in the hidden view", async () => {
    const both = await photoOfBoth();
    for (const size of ["full", "small"] as const) {
      expect(await recognised(await hiddenView(instance, bystander.person, both, size)), size).toEqual(
        new Set(),
      );
      expect(await recognised(await pictureFor(instance, companion.person, both, size)), size).toEqual(
        new Set([companion.person]),
      );
    }
    expect(await recognised(await pictureFor(instance, person.person, both, "full"))).toEqual(
      new Set([person.person, companion.person]),
    );
  });

  async function photoOfBoth(): Promise<string> {
    const theirs = new Set((await photosOf(instance, companion.person)).photos.map((one) => one.id));
    const both = (await photosOf(instance, person.person)).photos.find((one) => theirs.has(one.id));
    expect(both).toBeDefined();
    return both?.id ?? "";
  }

  test("a face is answered for, confirmed faces are nobody else's to claim, and a wrong one is gone", async () => {
    const [first, second] = (await photosOf(instance, person.person)).photos;
    await answer(instance, person.person, first?.face ?? "", true);
    await expect(claimFace(instance, bystander.person, first?.face ?? "")).rejects.toMatchObject({
      code: "not-found",
    });
    fits(contract.ClaimAnswer, await claimFace(instance, bystander.person, second?.face ?? ""));
    const { answer: claims } = await json<readonly { claim: string }[]>(
      environmentOf(test_),
      "claims",
      "list",
    );
    expect(claims).toHaveLength(1);
    await settleClaim(instance, claims[0]?.claim ?? "", false, "a tester");
    await answer(instance, person.person, second?.face ?? "", false);
    expect(await incidents(instance)).toMatchObject([{ wrong: 1 }]);
    expect(await recognised(await pictureFor(instance, person.person, second?.id ?? "", "full"))).toEqual(
      new Set(),
    );
  });

  test("a published photo is taken off when anybody asks, and let back by staff", async () => {
    const out = join(test_.folder, "website");
    const photo = await firstPhoto();
    const [mine] = (await photosOf(instance, person.person)).photos;
    await confirmMatch(instance, { face: mine?.face ?? "", person: person.person, actor: "a tester" });
    const { renditions } = await publishTo(instance, "fete", "website", out);
    const asked = await hideMe(instance, {
      kind: "hide-me",
      photo,
      place: { x: 0.5, y: 0.02 },
      contact: "somebody@example.org",
      language: "en",
    });
    fits(HideRequested, asked);
    expect(asked.suspended).toBe(1);
    expect((await publishTo(instance, "fete", "website", out)).renditions).toBe(renditions - 1);
    expect(await listRequests(instance)).toMatchObject([
      { request: asked.request, contact: "somebody@example.org" },
    ]);
    const closed = await json(
      environmentOf(test_),
      "requests",
      "close",
      asked.request,
      "--outcome",
      "no-change",
    );
    expect(closed).toMatchObject({ status: 0, answer: { outcome: "no-change", rendered: 1 } });
    expect((await publishTo(instance, "fete", "website", out)).renditions).toBe(renditions);
  });

  test("they take their photos with them, and leave", async () => {
    const names: string[] = [];
    for await (const file of downloadOf(instance, person.person)) {
      names.push(file.name);
      expect((await file.bytes()).length).toBeGreaterThan(1000);
    }
    expect(names.length).toBeGreaterThan(0);
    const left = await leave(instance, person.person);
    fits(contract.Left, left);
    expect(left.leftEarlier).toBeGreaterThan(0);
    fits(ClaimedReceipt, await claimReceipt(instance, left.claimCode));
    expect((await prove(instance, { person: person.person })).residue).toEqual([]);
    expect(
      await recognised(await pictureFor(instance, companion.person, await lastOf(companion), "full")),
    ).toEqual(new Set([companion.person]));
  });

  async function lastOf(joined: Joined): Promise<string> {
    return (await photosOf(instance, joined.person)).photos.at(-1)?.id ?? "";
  }
});
