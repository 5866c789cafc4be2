import { isYes, recordConsent, standingOf, type ConsentScope } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { ConsentEventRow, PersonRow, Purpose, Trx } from "../db/index.ts";
import type { Collection } from "../photos/index.ts";
import { renditionsWith } from "../publishing/index.ts";
import { addPending } from "../rights/index.ts";
import { consentEnd } from "./consent-receipt.ts";
import type { Parts } from "./instance.ts";
import type { JoinedOnline, OnlineJoinOrder } from "./join-online.ts";

type Answer = Pick<ConsentScope, "purpose" | "channel">;

/** Errors: `bad-input` for what makes no sense together. */
export function checkAgreed(asked: readonly Answer[], order: OnlineJoinOrder): void {
  const unasked = order.consents.find((one) => !asked.some((other) => isSame(one, other)));
  const agrees = (purpose: Purpose): boolean => order.consents.some((one) => one.purpose === purpose);
  refuseIf(unasked !== undefined, "something is agreed to that this collection does not ask for");
  refuseIf(agrees("keep-template") && !agrees("find-me"), "keep-template needs find-me");
  refuseIf(
    (order.email ?? "").trim() !== "" && !agrees("contact"),
    "without contact no e-mail address is kept",
  );
  refuseIf(
    order.as !== undefined && (order.name ?? order.email) !== undefined,
    "name and address of somebody who joined before are changed on their own page",
  );
}

function refuseIf(wrong: boolean, message: string): void {
  if (wrong) throw new AssentError("bad-input", message);
}

function isSame(a: Answer, b: Answer): boolean {
  return a.purpose === b.purpose && a.channel === b.channel;
}

/** Who answers: a person for themself, or a guardian for a child, who may be there already by another guardian. */
export interface Speaker {
  readonly person: PersonRow;
  readonly guardian: Id | null;
  readonly isKnown: boolean;
}

/** Longest time until somebody comes of age: nobody joins for a child who is not born. */
const CHILDHOOD_MS = 21 * 366 * 86_400_000;

/** The beginning of that day, UTC. Errors: `bad-input`. */
export function majorityOf(parts: Pick<Parts, "clock">, text: string | undefined): Date {
  const now = parts.clock.now().getTime();
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text ?? "") ? new Date(`${text}T00:00:00.000Z`) : null;
  if (at && at.getTime() > now && at.getTime() < now + CHILDHOOD_MS) return at;
  throw new AssentError("bad-input", "the day on which the child comes of age is missing or makes no sense", {
    remedy: "Give it as YYYY-MM-DD; whoever is of age already joins for themself.",
  });
}

/** What shows the person, or hides them, is made again where they were there before: a tag by hand may be. */
export async function renderAgain(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  collection: Id,
  events: readonly ConsentEventRow[],
): Promise<void> {
  for (const { person_id, channel, event } of events) {
    if (channel === null || !isYes(event)) continue;
    const again = await renditionsWith(trx, person_id, { collection, channel });
    const due = again.map((subject) => ({ kind: "render" as const, subject, erasure: null }));
    await addPending(trx, due, parts.clock);
  }
}

/** What comes after joining. */
export async function nextStep(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  person: Id,
  collection: Id,
): Promise<Pick<JoinedOnline, "findMe" | "waiting">> {
  const standing = (await standingOf(trx, person, parts.clock)).filter(
    (one) => one.collection === null || one.collection === collection,
  );
  return {
    findMe: standing.some((one) => one.purpose === "find-me" && one.live),
    waiting: standing.some((one) => one.waiting),
  };
}

/** One event for each use that was asked about: given, or refused. */
export async function recordAnswers(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  { person, guardian, isKnown }: Speaker,
  collection: Collection,
  asked: readonly Answer[],
  order: OnlineJoinOrder,
): Promise<readonly ConsentEventRow[]> {
  const now = parts.clock.now();
  const standing = isKnown ? await standingOf(trx, person.id, parts.clock) : [];
  const events: ConsentEventRow[] = [];
  for (const { purpose, channel } of asked) {
    const agreed = order.consents.some((one) => isSame(one, { purpose, channel }));
    // Reaching the person, and keeping the template for later collections, are not bound to one collection.
    const everywhere = purpose === "contact" || purpose === "keep-template";
    const scope: ConsentScope = { purpose, channel, collection: everywhere ? null : collection.id };
    // What was agreed to everywhere before is not taken back by leaving a box empty here.
    const stands = standing.some(
      (one) => one.live && one.collection === null && isSame(one, scope) && everywhere,
    );
    if (stands && !agreed && (guardian === null || purpose === "contact")) continue;
    events.push(
      await recordConsent(
        trx,
        {
          ...scope,
          person: person.id,
          event: agreed ? "given" : "refused",
          language: order.language,
          givenHow: "own-device",
          staff: null,
          guardian,
          validUntil: consentEnd(
            purpose,
            collection.retain_until,
            now,
            guardian === null ? null : person.majority_at,
          ),
        },
        parts.clock,
      ),
    );
  }
  return events;
}
