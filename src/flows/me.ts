import { sql } from "kysely";
import * as audit from "../audit/index.ts";
import { isYes, standingOf } from "../consent/index.ts";
import type { Id } from "../core/index.ts";
import type { EnrolmentState, Language, Purpose } from "../db/index.ts";
import { addressOf, openContact, personById } from "../people/index.ts";
import { disclosedOf } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { askedIn, type AskedText } from "./welcome.ts";

export interface OwnCollection {
  readonly id: Id;
  readonly name: string;
  readonly purpose: string;
  readonly photos: number;
  readonly retainUntil: string;
  readonly matching: "off" | "enrolled";
  readonly channels: readonly { readonly name: string; readonly public: boolean }[];
  /** `frozen`: near somebody enrolled; the officer decides, and nothing is found or shown meanwhile. */
  readonly enrolment: EnrolmentState;
  /** Photos in which they are found or confirmed. */
  readonly found: number;
  /** Photos in which only they can say whether it is them. */
  readonly asked: number;
}

export interface OwnConsent {
  readonly purpose: Purpose;
  readonly channel: string | null;
  readonly collection: Id | null;
  readonly live: boolean;
  /** A guardian has agreed, and another is still to. */
  readonly waiting: boolean;
  /** The text has changed since it was agreed to; what was agreed to holds meanwhile. */
  readonly textChanged: boolean;
  readonly since: string | null;
  readonly until: string | null;
}

export interface OwnPage {
  readonly person: Id;
  readonly name: string | null;
  readonly language: Language;
  /** Of somebody for whom guardians speak: until when. */
  readonly majorityAt: string | null;
  readonly collections: readonly OwnCollection[];
  readonly consents: readonly OwnConsent[];
  /** Of every use that the person's collections ask about. */
  readonly texts: readonly AskedText[];
  /** null where there is none. */
  readonly address: {
    readonly email: string;
    /** The guardian who gave it; null: the person. */
    readonly guardian: Id | null;
    readonly verified: boolean;
    /** When the last message that asks to confirm it went out. */
    readonly askedAt: string | null;
  } | null;
  /** Pictures that were handed over or show them and have left: they cannot be called back. */
  readonly left: number;
}

/** What a person's own page begins with; their devices and passkeys are in people/. Errors: `not-found`. */
export async function meOf(parts: Pick<Parts, "db" | "keys" | "clock">, person: Id): Promise<OwnPage> {
  const row = await personById(parts.db, person);
  const [contact, address, collections, consents, disclosed] = await Promise.all([
    openContact(parts.keys, row),
    addressOf(parts.db, person),
    collectionsOf(parts, person),
    standingOf(parts.db, person, parts.clock),
    disclosedOf(parts.db, person),
  ]);
  const texts = new Map<string, AskedText>();
  for (const text of collections.flatMap(askedIn)) texts.set(`${text.purpose}:${text.channel}`, text);
  return {
    person,
    name: contact.name,
    language: row.language,
    majorityAt: row.majority_at?.toISOString() ?? null,
    collections,
    consents: consents.map((one) => ({
      purpose: one.purpose,
      channel: one.channel,
      collection: one.collection,
      live: one.live,
      waiting: one.waiting,
      textChanged: one.live && one.textChanged,
      since: one.since.toISOString(),
      until: isYes(one.event) ? one.validUntil.toISOString() : null,
    })),
    texts: [...texts.values()],
    address:
      contact.email === null || address === undefined
        ? null
        : {
            email: contact.email,
            guardian: address.guardian,
            verified: address.verifiedAt !== null,
            askedAt: address.askedAt?.toISOString() ?? null,
          },
    left: disclosed.reduce((sum, one) => sum + one.pictures, 0),
  };
}

/** In the order in which they were joined. One frozen enrolment freezes the collection. */
async function collectionsOf(parts: Pick<Parts, "db">, person: Id): Promise<readonly OwnCollection[]> {
  const { rows } = await sql<Omit<OwnCollection, "retainUntil"> & { until: Date }>`
    select c.id, c.name, c.purpose, c.matching, c.retain_until as until, e.enrolment,
      (select count(*)::int from photo p where p.collection_id = c.id) as photos,
      coalesce((select json_agg(json_build_object('name', ch.name, 'public', ch.public) order by ch.name)
        from channel ch where ch.collection_id = c.id), '[]') as channels,
      case when e.enrolment = 'frozen' then 0 else f.found end as found,
      case when e.enrolment = 'frozen' then 0 else f.asked end as asked
    from (
      select collection_id, min(created_at) as joined,
        (array_agg(state order by state <> 'frozen', created_at desc))[1] as enrolment
      from enrolment where person_id = ${person} group by collection_id
    ) e join collection c on c.id = e.collection_id
    cross join lateral (
      select (count(*) filter (where sure))::int as found, (count(*) filter (where not sure))::int as asked
      from (
        select bool_or(m.state <> 'asked') as sure
        from match m join face on face.id = m.face_id join photo p on p.id = face.photo_id
        where m.person_id = ${person} and m.state <> 'rejected' and p.collection_id = c.id group by p.id
      ) one
    ) f
    order by e.joined, c.id`.execute(parts.db);
  return rows.map(({ until, ...row }) => ({ ...row, retainUntil: until.toISOString() }));
}

export interface OwnLooks {
  readonly looks: readonly {
    readonly kind: string;
    readonly actor: string;
    readonly reason: string;
    readonly collection: string | null;
    readonly at: string;
  }[];
}

/** Who looked at the person and why, newest first. Errors: `not-found`. */
export async function looksOf(parts: Pick<Parts, "db">, person: Id): Promise<OwnLooks> {
  await personById(parts.db, person);
  const looks = await audit.looksOf(parts.db, person);
  return {
    looks: looks.map(({ kind, actor, reason, collection, at }) => ({
      kind,
      actor,
      reason,
      collection: collection?.name ?? null,
      at: at.toISOString(),
    })),
  };
}

export interface OwnDisclosures {
  readonly disclosures: readonly {
    /** `companions`: in what the others of the same photos were handed. */
    readonly channel: string;
    /** `person`: they were handed it themself. `link`: seen by whoever has the link of a gallery. */
    readonly recipient: "channel" | "person" | "link";
    readonly collection: string | null;
    readonly pictures: number;
    readonly at: string;
  }[];
}

/** What was published of the person and where, and what they were handed, newest first. Errors: `not-found`. */
export async function shownOf(parts: Pick<Parts, "db">, person: Id): Promise<OwnDisclosures> {
  await personById(parts.db, person);
  const disclosed = await disclosedOf(parts.db, person);
  return { disclosures: disclosed.map((one) => ({ ...one, at: one.at.toISOString() })) };
}
