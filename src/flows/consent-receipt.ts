import { latestCheckpoint } from "../audit/index.ts";
import { isYes, keptTexts } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { ConsentEventRow, Language, Trx } from "../db/index.ts";
import type { Collection } from "../photos/index.ts";
import type { ConsentAnswer, NewReceipt, PinnedHead, ReceiptConsent } from "../rights/index.ts";
import type { Parts } from "./instance.ts";
import { logKeys } from "./log.ts";

/** `keep-template` reaches beyond the collection; two years is when most schools and clubs have turned over. */
const KEEP_TEMPLATE_MS = 2 * 365 * 86_400_000;

/**
 * Until when a consent given now holds: to the date given, but for `keep-template`, which reaches beyond the collection; and
 * no longer than its giver may speak for the child, where a guardian gives it.
 */
export function consentEnd(purpose: string, until: Date, now: Date, speaksUntil: Date | null = null): Date {
  const end = purpose === "keep-template" ? new Date(now.getTime() + KEEP_TEMPLATE_MS) : until;
  return speaksUntil !== null && speaksUntil < end ? speaksUntil : end;
}

/**
 * What a person is given to keep about what they answered: consents given and refused, each with the text as it was shown,
 * and the log's newest head, so that a log that forgets their entries is found out.
 */
export async function consentReceipt(
  parts: Pick<Parts, "id" | "keys" | "controller">,
  trx: Trx,
  about: {
    readonly collection: Pick<Collection, "id" | "name" | "purpose">;
    readonly person: Id;
    readonly language: Language;
  },
  events: readonly ConsentEventRow[],
): Promise<NewReceipt> {
  const { collection, person, language } = about;
  const texts = await keptTexts(
    trx,
    events.map((event) => event.text_digest),
  );
  return {
    kind: "consent",
    facts: {
      instance: parts.id,
      person,
      language,
      collection: { id: collection.id, name: collection.name, purpose: collection.purpose },
      consents: events.filter((event) => isYes(event.event)).map(stated),
      refused: events.filter((event) => !isYes(event.event)).map(stated),
      log: await newestHead(parts, trx),
    },
    records: {
      controller: parts.controller,
      answers: events.map((event) => ({
        ...stated(event),
        event: answered(event.event),
        notice: textOf(texts, event),
        givenBy: event.guardian_id === null ? "person" : "guardian",
      })),
    },
  };
}

function answered(event: ConsentEventRow["event"]): ConsentAnswer["event"] {
  if (event === "renewed") return "renewed";
  return isYes(event) ? "given" : "refused";
}

/** Recording an answer keeps its text, in the same transaction. */
function textOf(texts: ReadonlyMap<string, string>, event: ConsentEventRow): string {
  const text = texts.get(event.text_digest);
  if (text === undefined) throw new AssentError("internal", "an answer's text was not kept");
  return text;
}

function stated(event: ConsentEventRow): ReceiptConsent {
  return {
    consent: event.id,
    purpose: event.purpose,
    channel: event.channel,
    collection: event.collection_id,
    text: event.text_digest,
    textVersion: event.text_version,
    givenHow: event.given_how,
    at: event.at.toISOString(),
    until: event.valid_until.toISOString(),
  };
}

async function newestHead(parts: Pick<Parts, "id" | "keys">, trx: Trx): Promise<PinnedHead | null> {
  const [head, keys] = [await latestCheckpoint(trx), await logKeys(parts)];
  const key = keys.at(-1);
  return head && key ? { checkpoint: head.note, key: key.vkey } : null;
}
