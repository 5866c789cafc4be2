import { isId, type Id } from "../core/index.ts";
import type { Db } from "../db/index.ts";
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
