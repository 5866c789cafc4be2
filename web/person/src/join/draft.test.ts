import { describe, expect, test } from "vitest";
import type { Welcome } from "../../../../src/http/contract/person.ts";
import { type Draft, freshDraft, joinBody, missingBefore, stepsOf } from "./draft.ts";

const text = (purpose: Welcome["texts"][number]["purpose"], channel: string | null = null) => ({
  purpose,
  channel,
  fr: "Texte.",
  en: "Text.",
  version: "1",
});

function welcome(change: Partial<Welcome> & { matching?: "off" | "enrolled" } = {}): Welcome {
  return {
    kind: "public",
    organisation: "Club",
    collection: {
      id: "00000000-0000-4000-8000-000000000001",
      name: "Fête",
      purpose: "Souvenirs",
      photos: 10,
      matching: change.matching ?? "enrolled",
      joinUntil: "2026-09-01T00:00:00Z",
      retainUntil: "2027-09-01T00:00:00Z",
      channels: [],
    },
    minimumAge: 15,
    majorityAge: null,
    child: null,
    known: false,
    texts: [
      text("find-me"),
      text("keep-template"),
      text("staff-lookup"),
      text("publish", "companions"),
      text("publish", "website"),
      text("show-name"),
      text("contact"),
    ],
    ...change,
  };
}

const draft = (change: Partial<Draft>): Draft => ({ ...freshDraft("secret"), dayCode: "A1", ...change });

describe("the steps of joining", () => {
  test("a public code asks for the day's code, a single-use invitation does not", () => {
    expect(stepsOf(welcome(), draft({ way: "find" }))).toEqual([
      "code",
      "age",
      "find-me",
      "companions",
      "uses",
      "you",
    ]);
    expect(stepsOf(welcome({ kind: "single" }), draft({ way: "find" }))[0]).toBe("age");
  });

  test("without face recognition, or where matching is off, it is not asked about", () => {
    expect(stepsOf(welcome(), draft({ way: "without" }))).not.toContain("find-me");
    expect(stepsOf(welcome({ matching: "off" }), draft({ way: "find" }))).not.toContain("find-me");
  });

  test("a page is not shown before the answers it needs", () => {
    expect(missingBefore(welcome(), draft({ way: "find", dayCode: " " }), "you")).toBe("code");
    expect(missingBefore(welcome(), draft({ way: "find" }), "you")).toBe("age");
    expect(missingBefore(welcome(), draft({ way: "find", declared: true }), "companions")).toBe("find-me");
    expect(
      missingBefore(
        welcome(),
        draft({ way: "find", declared: true, answers: { "find-me": false } }),
        "companions",
      ),
    ).toBe(null);
  });
});

describe("a device that is signed in", () => {
  test("is asked who is joining, and only a yes joins as the same person", () => {
    const known = draft({ known: true, way: "without" });
    expect(stepsOf(welcome(), known)[0]).toBe("who");
    expect(missingBefore(welcome(), known, "code")).toBe("who");
    expect(joinBody(welcome(), { ...known, joinAs: "me" }, "fr").joinAs).toBe("me");
    expect(joinBody(welcome(), { ...known, joinAs: "new" }, "fr")).not.toHaveProperty("joinAs");
  });

  test("is not asked by a guardian's invitation, which never joins as whoever is signed in", () => {
    const known = draft({ known: true, joinAs: "me" });
    expect(stepsOf(welcome({ kind: "guardian" }), known)).not.toContain("who");
    expect(joinBody(welcome({ kind: "guardian" }), known, "fr")).not.toHaveProperty("joinAs");
  });
});

describe("what joining sends", () => {
  test("nothing is agreed to that was not answered with yes", () => {
    expect(joinBody(welcome(), draft({ way: "find", declared: true }), "fr").consents).toEqual([]);
  });

  test("a yes to face recognition is not sent once the other way was taken", () => {
    const answers = { "find-me": true, "keep-template": true, "staff-lookup": true, "publish:website": true };
    expect(
      joinBody(welcome(), draft({ way: "find", answers }), "en").consents.map((one) => one.purpose),
    ).toEqual(["find-me", "keep-template", "staff-lookup", "publish"]);
    expect(joinBody(welcome(), draft({ way: "without", answers }), "en").consents).toEqual([
      { purpose: "publish", channel: "website" },
    ]);
    const thoughtBetter = { ...answers, "find-me": false };
    expect(joinBody(welcome(), draft({ way: "find", answers: thoughtBetter }), "en").consents).toEqual([
      { purpose: "publish", channel: "website" },
    ]);
  });

  test("an address goes along only with the consent to be written to", () => {
    const email = "a@example.org";
    expect(joinBody(welcome(), draft({ way: "find", email }), "en")).not.toHaveProperty("email");
    const agreed = joinBody(welcome(), draft({ way: "find", email, answers: { contact: true } }), "en");
    expect(agreed.email).toBe(email);
    expect(agreed.consents).toEqual([{ purpose: "contact", channel: null }]);
    expect(joinBody(welcome(), draft({ way: "find", answers: { contact: true } }), "en").consents).toEqual(
      [],
    );
  });

  test("the day's code is sent with a public invitation alone", () => {
    expect(joinBody(welcome(), draft({}), "fr").dayCode).toBe("A1");
    expect(joinBody(welcome({ kind: "single" }), draft({}), "fr")).not.toHaveProperty("dayCode");
  });
});
