import type { Id } from "../core/index.ts";
import type { Db, PersonRow } from "../db/index.ts";

/** Somebody who joined a collection, with what they told sealed. */
export interface JoinedPerson {
  readonly person: Pick<PersonRow, "id" | "name_sealed">;
  readonly at: Date;
}

/** Who joined a collection, newest first; nobody whose claim on somebody's face is not settled yet (`frozen`). */
export async function joinedPeople(db: Db, collection: Id): Promise<readonly JoinedPerson[]> {
  const rows = await db
    .selectFrom("enrolment")
    .innerJoin("person", "person.id", "enrolment.person_id")
    .select(({ fn }) => ["person.id", "person.name_sealed", fn.min("enrolment.created_at").as("at")])
    .where("enrolment.collection_id", "=", collection)
    .groupBy("person.id")
    .having(({ fn, eb }) => eb(fn<boolean>("bool_or", [eb("enrolment.state", "=", "frozen")]), "=", false))
    .orderBy("at", "desc")
    .orderBy("person.id")
    .execute();
  return rows.map(({ id, name_sealed, at }) => ({ person: { id, name_sealed }, at }));
}
