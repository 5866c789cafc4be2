import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { standingOf } from "../consent/index.ts";
import { isErrno, type Id } from "../core/index.ts";
import type { Db } from "../db/index.ts";
import { matchesOf } from "../matching/index.ts";
import { openContact, personById } from "../people/index.ts";
import { boxArray, type BoxArray } from "../publishing/index.ts";
import { rowsAbout, type HeldTable } from "../rights/index.ts";
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
  const [consents, matches, { looks }, { disclosures }, receipts, held] = await Promise.all([
    standingOf(parts.db, person, parts.clock),
    matchesOf(parts.db, person),
    looksOf(parts, person),
    shownOf(parts, person),
    receiptsOf(parts, person),
    rowsAbout(parts.db, person),
  ]);
  const frozen = await frozenCollections(parts.db, person);
  return {
    instance: parts.id,
    person,
    at: parts.clock.now().toISOString(),
    name,
    email,
    language: row.language,
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
    looks,
    disclosures,
    receipts,
    held,
  };
}

/** A frozen claim shows nothing: whose face it is, is not decided. */
async function frozenCollections(db: Db, person: Id): Promise<ReadonlySet<Id | null>> {
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
