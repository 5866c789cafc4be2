import type { Id } from "../core/index.ts";
import type { ConsentEventRow, Language } from "../db/index.ts";
import type { Collection } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import type { Issue } from "./with-receipt.ts";

/** `keep-template` reaches beyond the collection; two years is when most schools and clubs have turned over. */
const KEEP_TEMPLATE_MS = 2 * 365 * 86_400_000;

/** Until when a consent given now holds: to the date given, but for `keep-template`, which reaches beyond the collection. */
export function consentEnd(purpose: string, until: Date, now: Date): Date {
  return purpose === "keep-template" ? new Date(now.getTime() + KEEP_TEMPLATE_MS) : until;
}

/** What a person is given to keep about what they agreed to. */
export function consentReceipt(
  parts: Pick<Parts, "id">,
  collection: Pick<Collection, "id" | "name" | "purpose">,
  person: Id,
  language: Language,
  events: readonly ConsentEventRow[],
): Parameters<Issue>[0] {
  return {
    kind: "consent",
    facts: {
      instance: parts.id,
      person,
      language,
      collection: { id: collection.id, name: collection.name, purpose: collection.purpose },
      consents: events.map((event) => ({
        consent: event.id,
        purpose: event.purpose,
        channel: event.channel,
        collection: event.collection_id,
        text: event.text_digest,
        textVersion: event.text_version,
        givenHow: event.given_how,
        at: event.at.toISOString(),
        until: event.valid_until.toISOString(),
      })),
    },
  };
}
