import type { Static } from "typebox";
import type { Join, Joined as JoinedSchema, Scope, Welcome } from "../../../../src/http/contract/person.ts";
import type { Language } from "../language.tsx";

type Joined = Static<typeof JoinedSchema>;

/** What somebody has answered so far. Kept for this tab alone, so that a reload loses nothing. */
export interface Draft {
  readonly invitation: string;
  readonly way: "find" | "without" | null;
  /** Whether this device is signed in, so that it must be asked who is joining. */
  readonly known: boolean;
  readonly joinAs: "me" | "new" | null;
  readonly dayCode: string;
  readonly declared: boolean;
  /** YYYY-MM-DD, of a child; empty until it is given. */
  readonly majorityOn: string;
  /** By `keyOf`; what is not there has not been answered. */
  readonly answers: Readonly<Record<string, boolean>>;
  readonly name: string;
  readonly email: string;
  readonly joined: Joined | null;
}

export const COMPANIONS = "companions";
/** The steps that have a question each, in their order. Without `find` face recognition is not asked about. */
export type Step = "who" | "code" | "age" | "majority" | "find-me" | "companions" | "uses" | "you";

type Text = Welcome["texts"][number];

export function freshDraft(invitation: string): Draft {
  return {
    invitation,
    way: null,
    known: false,
    joinAs: null,
    dayCode: "",
    declared: false,
    majorityOn: "",
    answers: {},
    name: "",
    email: "",
    joined: null,
  };
}

export function keyOf(use: Scope): string {
  return use.channel === null ? use.purpose : `${use.purpose}:${use.channel}`;
}

export function textFor(
  welcome: Welcome,
  purpose: Scope["purpose"],
  channel: string | null,
): Text | undefined {
  return welcome.texts.find((text) => text.purpose === purpose && text.channel === channel);
}

/** The uses that stand together on one page, each with a tick of its own. */
export function otherUses(welcome: Welcome, draft: Draft): readonly Text[] {
  return welcome.texts.filter((text) => {
    switch (text.purpose) {
      case "publish":
        return text.channel !== COMPANIONS;
      // A code is kept, and staff may look it up, only where there is one.
      case "keep-template":
      case "staff-lookup":
        return wantsFinding(draft) && findable(welcome);
      case "find-me":
      case "show-name":
      case "contact":
        return false;
    }
  });
}

/** Whether face recognition is still wanted: the way was taken, and not given up at its own question. */
function wantsFinding(draft: Draft): boolean {
  return draft.way === "find" && draft.answers["find-me"] !== false;
}

export function findable(welcome: Welcome): boolean {
  return welcome.collection.matching === "enrolled" && textFor(welcome, "find-me", null) !== undefined;
}

/** Which decisions this invitation asks for. */
export function stepsOf(welcome: Welcome, draft: Draft): readonly Step[] {
  const steps: Step[] = [];
  // A guardian's invitation is for one named child: nobody signed in here can be meant by it.
  if (draft.known && welcome.kind !== "guardian") steps.push("who");
  if (welcome.kind === "public") steps.push("code");
  steps.push("age");
  if (welcome.majorityAge !== null) steps.push("majority");
  if (draft.way === "find" && findable(welcome)) steps.push("find-me");
  if (textFor(welcome, "publish", COMPANIONS) !== undefined) steps.push("companions");
  if (otherUses(welcome, draft).length > 0) steps.push("uses");
  steps.push("you");
  return steps;
}

/** The step where somebody must go back to before `step` may be shown: the first one without the answer it needs. */
export function missingBefore(welcome: Welcome, draft: Draft, step: Step): Step | null {
  for (const earlier of stepsOf(welcome, draft)) {
    if (earlier === step) return null;
    if (earlier === "who" && draft.joinAs === null) return earlier;
    if (earlier === "code" && draft.dayCode.trim() === "") return earlier;
    if (earlier === "age" && !draft.declared) return earlier;
    if (earlier === "majority" && draft.majorityOn === "") return earlier;
    if (earlier === "find-me" && draft.answers["find-me"] === undefined) return earlier;
    if (earlier === "companions" && draft.answers[`publish:${COMPANIONS}`] === undefined) return earlier;
  }
  return null;
}

/**
 * What is sent. Only what was asked on a page that was shown, and was ticked there, is agreed to; a name or an address goes
 * along only with a consent that needs it.
 */
export function joinBody(welcome: Welcome, draft: Draft, language: Language): Join {
  const asked = new Set<string>(otherUses(welcome, draft).map(keyOf));
  const steps = stepsOf(welcome, draft);
  if (steps.includes("find-me")) asked.add("find-me");
  if (steps.includes("companions")) asked.add(`publish:${COMPANIONS}`);
  if (draft.name.trim() !== "") asked.add("show-name");
  if (draft.email.trim() !== "") asked.add("contact");
  const consents = welcome.texts
    .filter((text) => asked.has(keyOf(text)) && draft.answers[keyOf(text)] === true)
    .map(({ purpose, channel }) => ({ purpose, channel }));
  const agreed = (purpose: string) => consents.some((one) => one.purpose === purpose);
  return {
    invitation: draft.invitation,
    ...(welcome.kind === "public" ? { dayCode: draft.dayCode.trim() } : {}),
    language,
    declared: true,
    ...(steps.includes("majority") ? { majorityOn: draft.majorityOn } : {}),
    ...(draft.name.trim() === "" ? {} : { name: draft.name.trim() }),
    ...(agreed("contact") ? { email: draft.email.trim() } : {}),
    consents,
    ...(steps.includes("who") && draft.joinAs === "me" ? { joinAs: "me" as const } : {}),
  };
}
