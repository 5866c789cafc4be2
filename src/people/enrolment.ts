import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, EnrolmentState, GivenHow, Trx } from "../db/index.ts";

export interface Enrolment {
  readonly id: Id;
  readonly person: Id;
  /** null: the collection is gone, and keep-template keeps the templates. */
  readonly collection: Id | null;
  readonly state: EnrolmentState;
  readonly givenHow: GivenHow;
  /** Who vouched; null for somebody who joined on their own device. */
  readonly staff: string | null;
  readonly at: Date;
}

export interface NewEnrolment {
  readonly person: Id;
  readonly collection: Id;
  readonly givenHow: GivenHow;
  /** Name of the staff account; needed for `desk` and `paper`. */
  readonly staff: string | null;
  /** A second account that stands by this enrolment, needed beyond the day's limit. */
  readonly secondStaff?: string | undefined;
  readonly state: Exclude<EnrolmentState, "frozen">;
}

/** Desk and paper enrolments by one account within 24 hours; more need a second person (promise 6, red lines). */
export const DESK_LIMIT = 20;
const DAY_MS = 86_400_000;

/**
 * Enrols a person in a collection. Enrolments of one account follow one another, so that two at once cannot both be
 * the last within the limit.
 * Errors: `not-found`; `bad-input` where nobody vouches for what needs it; `refused` where joining has closed, or beyond
 * the limit without a second account.
 */
export async function enrol(trx: Trx, wanted: NewEnrolment, clock: Clock): Promise<Enrolment> {
  const now = clock.now();
  const atDesk = wanted.givenHow !== "own-device";
  const staff = wanted.staff?.trim() || null;
  const second = wanted.secondStaff?.trim() || null;
  if (staff === null && (atDesk || wanted.state === "vouched")) {
    throw new AssentError(
      "bad-input",
      "an enrolment at a desk or on paper needs the name of who vouches for it",
      {
        remedy: "Name the staff account.",
      },
    );
  }
  if (atDesk && wanted.state !== "vouched") {
    throw new AssentError(
      "bad-input",
      `an enrolment at a desk or on paper is vouched for, not ${wanted.state}`,
    );
  }
  await assertJoinable(trx, wanted.collection, now);
  if (atDesk && staff !== null) await assertWithinLimit(trx, staff, second, now);
  const row = await trx
    .insertInto("enrolment")
    .values({
      id: newId(),
      person_id: wanted.person,
      collection_id: wanted.collection,
      state: wanted.state,
      given_how: wanted.givenHow,
      staff,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await record(
    trx,
    {
      kind: "person-enrolled",
      payload: {
        enrolment: row.id,
        collection: row.collection_id,
        givenHow: row.given_how,
        state: row.state,
        // Staff, not the person: who answers for an enrolment beyond the limit must stay on record.
        ...(second === null ? {} : { secondStaff: second }),
      },
      person: row.person_id,
    },
    clock,
  );
  return toEnrolment(row);
}

async function assertJoinable(trx: Trx, collection: Id, now: Date): Promise<void> {
  const found = await trx
    .selectFrom("collection")
    .select(["join_until", "joining_closed_at"])
    .where("id", "=", collection)
    .forShare()
    .executeTakeFirst();
  if (!found) throw new AssentError("not-found", `there is no collection ${collection}`);
  if (found.joining_closed_at !== null || found.join_until <= now) {
    throw new AssentError("refused", "joining this collection has closed", {
      remedy: "People can be tagged by hand in a collection that they joined before, and join others.",
    });
  }
}

async function assertWithinLimit(trx: Trx, staff: string, second: string | null, now: Date): Promise<void> {
  if (second === staff) {
    throw new AssentError("bad-input", "the second person must be somebody else");
  }
  await sql`select pg_advisory_xact_lock(hashtextextended(${`desk:${staff}`}, 0))`.execute(trx);
  const { n } = await trx
    .selectFrom("enrolment")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("staff", "=", staff)
    .where("given_how", "<>", "own-device")
    .where("created_at", ">", new Date(now.getTime() - DAY_MS))
    .executeTakeFirstOrThrow();
  if (n >= DESK_LIMIT && second === null) {
    throw new AssentError("refused", `this account has made ${n} desk or paper enrolments within a day`, {
      remedy: "Let a second member of staff stand by further ones, or go on tomorrow.",
    });
  }
}

/** A person's enrolments, oldest first. */
export async function enrolmentsOf(db: Db, person: Id): Promise<readonly Enrolment[]> {
  const rows = await db
    .selectFrom("enrolment")
    .selectAll()
    .where("person_id", "=", person)
    .orderBy("created_at")
    .execute();
  return rows.map(toEnrolment);
}

function toEnrolment(row: {
  id: string;
  person_id: string;
  collection_id: string | null;
  state: EnrolmentState;
  given_how: GivenHow;
  staff: string | null;
  created_at: Date;
}): Enrolment {
  return {
    id: row.id,
    person: row.person_id,
    collection: row.collection_id,
    state: row.state,
    givenHow: row.given_how,
    staff: row.staff,
    at: row.created_at,
  };
}

/** The enrolments of a person in a collection, newest first, held against change until the transaction ends. */
export async function lockEnrolments(trx: Trx, person: Id, collection: Id): Promise<readonly Enrolment[]> {
  const rows = await trx
    .selectFrom("enrolment")
    .selectAll()
    .where("person_id", "=", person)
    .where("collection_id", "=", collection)
    .orderBy("created_at", "desc")
    .orderBy("id")
    .forUpdate()
    .execute();
  return rows.map(toEnrolment);
}

/**
 * The person has passed the challenge on their own device: from the commit on the enrolment counts. One that staff vouched
 * for stays so. The caller stores its templates in the same transaction. Errors: `not-found`, also for a frozen one.
 */
export async function makeLive(trx: Trx, enrolment: Id, clock: Clock): Promise<void> {
  const row = await trx
    .updateTable("enrolment")
    .set({ state: sql<EnrolmentState>`case state when 'vouched' then state else 'live' end` })
    .where("id", "=", enrolment)
    .where("state", "<>", "frozen")
    .returning(["person_id", "state"])
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no enrolment ${enrolment} that could be live`);
  const payload = { enrolment, state: row.state };
  await record(trx, { kind: "enrolment-live", payload, person: row.person_id }, clock);
}

/**
 * An enrolment whose templates have gone with their consent proves nothing any more: who agrees again passes the challenge
 * again. Those that staff vouched for, and frozen ones, stay as they are.
 */
export async function backToProvisional(trx: Trx, person: Id): Promise<void> {
  await trx
    .updateTable("enrolment")
    .set({ state: "provisional" })
    .where("person_id", "=", person)
    .where("state", "=", "live")
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("template").select("template.id").whereRef("template.enrolment_id", "=", "enrolment.id"),
        ),
      ),
    )
    .execute();
}
