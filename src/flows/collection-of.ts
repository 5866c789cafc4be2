import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { Parts } from "./instance.ts";

/** What is in a collection, or belongs to one, by the words of the staff's addresses. */
export type Belonging =
  "claim" | "conflict" | "request" | "letter" | "publication" | "gallery" | "webhook" | "job";

/** Those whose row names its collection. */
const NAMED_IN = {
  conflict: "enrolment",
  publication: "disclosure",
  gallery: "gallery_link",
  webhook: "webhook",
  job: "job",
} as const satisfies Partial<Record<Belonging, string>>;

/** A collection's name; null where there is none of that id. */
export async function collectionName({ db }: Pick<Parts, "db">, id: Id): Promise<string | null> {
  const found = await db.selectFrom("collection").select("name").where("id", "=", id).executeTakeFirst();
  return found?.name ?? null;
}

/** To which collection something belongs; null for what is in none, undefined for what is not there. */
export async function collectionOf(
  { db }: Pick<Parts, "db">,
  what: Belonging,
  id: Id,
): Promise<Id | null | undefined> {
  switch (what) {
    case "claim": {
      const found = await db
        .selectFrom("claim as c")
        .innerJoin("face as f", "f.id", "c.face_id")
        .innerJoin("photo as p", "p.id", "f.photo_id")
        .select("p.collection_id")
        .where("c.id", "=", id)
        .executeTakeFirst();
      return found?.collection_id;
    }
    case "request": {
      const found = await db
        .selectFrom("request as r")
        .leftJoin("photo as p", "p.id", "r.photo_id")
        .select("p.collection_id")
        .where("r.id", "=", id)
        .executeTakeFirst();
      return found?.collection_id;
    }
    case "letter": {
      const found = await db
        .selectFrom("letter as l")
        .innerJoin("invitation as i", "i.id", "l.invitation_id")
        .select("i.collection_id")
        .where("l.id", "=", id)
        .executeTakeFirst();
      return found?.collection_id;
    }
    case "conflict":
    case "publication":
    case "gallery":
    case "webhook":
    case "job": {
      const { rows } = await sql<{ collection_id: Id | null }>`
        select collection_id from ${sql.table(NAMED_IN[what])} where id = ${id}`.execute(db);
      return rows[0]?.collection_id;
    }
  }
}
