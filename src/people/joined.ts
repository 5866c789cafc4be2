import type { Id } from "../core/index.ts";
import type { Db, PersonRow } from "../db/index.ts";

/** Somebody who joined a collection, with what they told sealed. */
export interface JoinedPerson {
  readonly person: Pick<PersonRow, "id" | "name_sealed">;
  readonly at: Date;
}

/** Who joined a collection, newest first; nobody whose claim on somebody's face is not settled yet (`frozen`). */
export async function joinedPeople(db: Db, collection: Id): Promise<readonly JoinedPerson[]> {
  const rows = await joinedIn(db, collection).orderBy("at", "desc").orderBy("person.id").execute();
  return rows.map(asJoined);
}

/** The same by id, `limit` after one of them, so that who joins or leaves meanwhile neither repeats nor hides others. */
export async function joinedAfter(
  db: Db,
  collection: Id,
  page: { readonly after: Id | undefined; readonly limit: number },
): Promise<readonly JoinedPerson[]> {
  let query = joinedIn(db, collection);
  if (page.after !== undefined) query = query.where("person.id", ">", page.after);
  return (await query.orderBy("person.id").limit(page.limit).execute()).map(asJoined);
}

/** One of them; undefined for who has not joined, or is frozen. */
export async function joinedPerson(db: Db, collection: Id, person: Id): Promise<JoinedPerson | undefined> {
  const row = await joinedIn(db, collection).where("person.id", "=", person).executeTakeFirst();
  return row && asJoined(row);
}

function joinedIn(db: Db, collection: Id) {
  return db
    .selectFrom("enrolment")
    .innerJoin("person", "person.id", "enrolment.person_id")
    .select(({ fn }) => ["person.id", "person.name_sealed", fn.min("enrolment.created_at").as("at")])
    .where("enrolment.collection_id", "=", collection)
    .groupBy("person.id")
    .having(({ fn, eb }) => eb(fn<boolean>("bool_or", [eb("enrolment.state", "=", "frozen")]), "=", false));
}

function asJoined({
  id,
  name_sealed,
  at,
}: Pick<PersonRow, "id" | "name_sealed"> & { at: Date }): JoinedPerson {
  return { person: { id, name_sealed }, at };
}
