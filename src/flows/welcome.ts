import { sql } from "kysely";
import { COMPANIONS, consentText, PURPOSES, TEXT_VERSION } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { Db, InvitationKind, Purpose } from "../db/index.ts";
import { childOf, hasJoined, openInvitation } from "../people/index.ts";
import { collectionById, type Channel, type Collection } from "../photos/index.ts";
import type { Parts } from "./instance.ts";

/** A use that is asked about, with the text that will be signed, in both languages. */
export interface AskedText {
  readonly purpose: Purpose;
  /** Of `publish`; `companions` is the built-in one. */
  readonly channel: string | null;
  readonly fr: string;
  readonly en: string;
  readonly version: string;
}

/** What whoever opens an invitation reads before anything is decided. */
export interface Welcome {
  readonly kind: InvitationKind;
  readonly organisation: string;
  readonly collection: {
    readonly id: Id;
    readonly name: string;
    readonly purpose: string;
    readonly photos: number;
    readonly matching: "off" | "enrolled";
    readonly joinUntil: Date;
    readonly retainUntil: Date;
    readonly channels: readonly Channel[];
  };
  readonly minimumAge: number;
  readonly child: string | null;
  /** Of a guardian's: the age of majority, where the day on which the child reaches it is asked; null where it is known. */
  readonly majorityAge: number | null;
  readonly texts: readonly AskedText[];
}

/**
 * Opens an invitation: reads only, nothing is used up, nobody is counted.
 * Errors: `not-found` for a secret that is none, `refused` where the invitation or joining has ended, or where a personal
 * link's person is in no collection any more (it signs in all the same).
 */
export async function welcome(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: {
    readonly invitation: string;
    readonly organisation: string;
    readonly minimumAge: number;
    readonly majorityAge: number;
  },
): Promise<Welcome> {
  const row = await openInvitation(parts.db, order.invitation, parts.clock);
  const id = row.collection_id ?? (row.person_id && (await lastCollection(parts.db, row.person_id)));
  if (!id) {
    throw new AssentError("refused", "this link shows no collection", {
      remedy: "It signs you in all the same.",
    });
  }
  const collection = await collectionById(parts.db, id);
  const closed = collection.joining_closed_at !== null || collection.join_until <= parts.clock.now();
  if (row.kind !== "personal" && closed) {
    throw new AssentError("refused", "joining this collection has closed", {
      remedy: "Ask the organisation whether there is another way to your photos.",
    });
  }
  const child = await childOf(parts.keys, row);
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from photo where collection_id = ${id}`.execute(parts.db);
  return {
    kind: row.kind,
    organisation: order.organisation,
    collection: {
      id,
      name: collection.name,
      purpose: collection.purpose,
      photos: rows[0]?.n ?? 0,
      matching: collection.matching,
      joinUntil: collection.join_until,
      retainUntil: collection.retain_until,
      channels: collection.channels,
    },
    minimumAge: order.minimumAge,
    child: child?.name ?? null,
    majorityAge: child !== null && !(await hasJoined(parts.db, child.id)) ? order.majorityAge : null,
    texts: askedIn(collection),
  };
}

/** Every use that somebody who joins the collection is asked about, each with its text. */
export function askedIn(collection: Pick<Collection, "matching" | "channels">): readonly AskedText[] {
  const text = (purpose: Purpose, channel: string | null): AskedText => ({
    purpose,
    channel,
    fr: consentText(purpose, channel, "fr"),
    en: consentText(purpose, channel, "en"),
    version: TEXT_VERSION,
  });
  return PURPOSES.flatMap((purpose): readonly AskedText[] => {
    switch (purpose) {
      case "find-me":
      case "keep-template":
      case "staff-lookup":
        return collection.matching === "off" ? [] : [text(purpose, null)];
      case "publish":
        return [COMPANIONS, ...collection.channels.map((one) => one.name)].map((one) => text(purpose, one));
      case "show-name":
      case "contact":
        return [text(purpose, null)];
    }
  });
}

async function lastCollection(db: Db, person: Id): Promise<Id | null> {
  const row = await db
    .selectFrom("enrolment")
    .select("collection_id")
    .where("person_id", "=", person)
    .where("collection_id", "is not", null)
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.collection_id ?? null;
}
