import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { standingOf } from "../consent/index.ts";
import { isErrno, type Id } from "../core/index.ts";
import type { Db } from "../db/index.ts";
import { matchesOf } from "../matching/index.ts";
import { openContact, personById } from "../people/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import { requestsIn, rowsAbout, type HeldTable } from "../rights/index.ts";
import type { Parts } from "./instance.ts";
import { looksOf, shownOf, type OwnDisclosures, type OwnLooks } from "./me.ts";

/** Everything that is held about a person, as they take it with them (GDPR art. 15 and 20). */
export interface PersonData {
  readonly instance: Id;
  readonly person: Id;
  readonly at: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly language: string;
  /** Those that they joined, agreed to something in, or are found in: why the photos are there, and until when. */
  readonly collections: readonly {
    readonly id: Id;
    readonly name: string;
    readonly purpose: string;
    readonly retainUntil: string;
  }[];
  readonly consents: readonly {
    readonly purpose: string;
    readonly channel: string | null;
    readonly collection: Id | null;
    readonly state: string;
    readonly live: boolean;
    readonly since: string;
    readonly until: string;
    readonly givenHow: string;
  }[];
  /** Where they were found or tagged. The pictures come with the download. */
  readonly photos: readonly {
    readonly photo: Id;
    readonly collection: Id;
    readonly takenAt: string | null;
    readonly box: BoxArray;
    readonly origin: string;
    readonly state: string;
  }[];
  /** What they asked or demanded, and how it ended; what was written in it while it is open. */
  readonly requests: readonly {
    readonly kind: string;
    readonly state: string;
    readonly outcome: string | null;
    readonly contact: string | null;
    readonly note: string | null;
    readonly openedAt: string;
    readonly dueAt: string;
    readonly extension: string | null;
    readonly closedAt: string | null;
  }[];
  /** The groups of their keys that exist: `contact` opens name and address, `face` templates. The keys are secret. */
  readonly keys: readonly string[];
  /** That templates exist, and of which model; a template is not given out, because it would serve a thief alone. */
  readonly templates: readonly { readonly model: string; readonly since: string }[];
  readonly looks: OwnLooks["looks"];
  readonly disclosures: OwnDisclosures["disclosures"];
  /** The consent receipts, each one compact JWS. */
  readonly receipts: readonly string[];
  /** Row by row, table by table: what the list of holdings finds. */
  readonly held: readonly HeldTable[];
}

/**
 * The access request: driven by the same list of holdings as erasure and sweep, so that nothing is forgotten. Secrets and
 * what tells of somebody else are named, and not given out. Errors: `not-found`.
 */
export async function dataOf(
  parts: Pick<Parts, "id" | "db" | "keys" | "clock" | "receipts">,
  person: Id,
): Promise<PersonData> {
  const row = await personById(parts.db, person);
  const { name, email } = await openContact(parts.keys, row);
  const [consents, matches, { looks }, { disclosures }, receipts, held, requests, keys] = await Promise.all([
    standingOf(parts.db, person, parts.clock),
    matchesOf(parts.db, person),
    looksOf(parts, person),
    shownOf(parts, person),
    receiptsOf(parts, person),
    rowsAbout(parts.db, person),
    requestsIn(parts.db, parts.keys, "all", person),
    keysOf(parts, person),
  ]);
  const templates = held.find((one) => one.table === "template")?.rows ?? [];
  const frozen = await frozenCollections(parts.db, person);
  return {
    instance: parts.id,
    person,
    at: parts.clock.now().toISOString(),
    name,
    email,
    language: row.language,
    collections: await collectionsOf(parts.db, person),
    consents: consents.map((one) => ({
      purpose: one.purpose,
      channel: one.channel,
      collection: one.collection,
      state: one.event,
      live: one.live,
      since: one.since.toISOString(),
      until: one.validUntil.toISOString(),
      givenHow: one.givenHow,
    })),
    photos: matches
      .filter((one) => !frozen.has(one.collection))
      .map((one) => ({
        photo: one.photo,
        collection: one.collection,
        takenAt: one.takenAt?.toISOString() ?? null,
        box: boxArray(one.box),
        origin: one.origin,
        state: one.state,
      })),
    requests: requests.map((one) => ({
      kind: one.kind,
      state: one.state,
      outcome: one.outcome,
      contact: one.contact,
      note: one.note,
      openedAt: one.opened_at.toISOString(),
      dueAt: one.due_at.toISOString(),
      extension: one.extension,
      closedAt: one.closed_at?.toISOString() ?? null,
    })),
    keys,
    templates: templates.map((row) => ({
      model: String(row["pack_id"]),
      since: (row["created_at"] as Date).toISOString(),
    })),
    looks,
    disclosures,
    receipts,
    held,
  };
}

async function collectionsOf(db: Db, person: Id): Promise<PersonData["collections"]> {
  const { rows } = await sql<{ id: Id; name: string; purpose: string; retain_until: Date }>`
    select id, name, purpose, retain_until from collection where id in (
      select collection_id from enrolment where person_id = ${person}
      union select collection_id from consent_event where person_id = ${person}
      union select p.collection_id from match m join face f on f.id = m.face_id join photo p on p.id = f.photo_id
        where m.person_id = ${person})
    order by created_at, id`.execute(db);
  return rows.map(({ retain_until, ...row }) => ({ ...row, retainUntil: retain_until.toISOString() }));
}

async function keysOf(parts: Pick<Parts, "keys">, person: Id): Promise<readonly string[]> {
  const groups = ["contact", "face"] as const;
  const there = await Promise.all(
    groups.map((group) => parts.keys.has({ kind: "person", id: person, group })),
  );
  return groups.filter((_, i) => there[i]);
}

/** A frozen claim shows nothing: whose face it is, is not decided. */
export async function frozenCollections(db: Db, person: Id): Promise<ReadonlySet<Id | null>> {
  const rows = await db
    .selectFrom("enrolment")
    .select("collection_id")
    .where("person_id", "=", person)
    .where("state", "=", "frozen")
    .execute();
  return new Set(rows.map((row) => row.collection_id));
}

async function receiptsOf(parts: Pick<Parts, "db" | "receipts">, person: Id): Promise<readonly string[]> {
  const rows = await parts.db
    .selectFrom("receipt")
    .select("file")
    .where("person_id", "=", person)
    .orderBy("at")
    .execute();
  const texts = await Promise.all(
    rows.map((row) =>
      readFile(join(parts.receipts.path, row.file), "utf8").catch((error: unknown) => {
        if (isErrno(error, "ENOENT")) return undefined;
        throw error;
      }),
    ),
  );
  return texts.filter((text) => text !== undefined);
}
