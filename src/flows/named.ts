import { AssentError, isId, type Id } from "../core/index.ts";
import type { Db, PersonRow } from "../db/index.ts";
import { personById } from "../people/index.ts";
import { collectionById, collectionByName, type Collection } from "../photos/index.ts";

/** A collection as people name it: by its name, or by its id. Errors: `not-found`. */
export function collectionNamed(db: Db, nameOrId: string): Promise<Collection> {
  return isId(nameOrId) ? collectionById(db, nameOrId) : collectionByName(db, nameOrId);
}

/** A photo as staff name it within a collection: by its path in the imported folder, or by its id. */
export async function photoNamed(
  db: Db,
  collection: Id,
  fileOrId: string,
): Promise<{ readonly id: Id; readonly file_name: string } | undefined> {
  return db
    .selectFrom("photo")
    .select(["id", "file_name"])
    .where("collection_id", "=", collection)
    .where(isId(fileOrId) ? "id" : "file_name", "=", fileOrId)
    .executeTakeFirst();
}

/** Somebody who joined, by the id that joining printed. Errors: `bad-input` for what is no id, `not-found`. */
export async function personNamed(db: Db, id: string): Promise<PersonRow> {
  return personById(db, checkedId(id, "person", "It is printed by assent join."));
}

/** Errors: `bad-input`, with where such ids are shown. */
export function checkedId(id: string, what: string, remedy: string): Id {
  if (isId(id)) return id;
  throw new AssentError("bad-input", `"${String(id)}" is no id of a ${what}`, { remedy });
}
