import { AssentError, type Id } from "../core/index.ts";
import type { Trx } from "./database.ts";

/** That a collection is there, for rooms that keep something of it and know no more of it. Errors: `not-found`. */
export async function requireCollection(trx: Trx, collection: Id): Promise<void> {
  const found = await trx
    .selectFrom("collection")
    .select("id")
    .where("id", "=", collection)
    .executeTakeFirst();
  if (!found) throw new AssentError("not-found", "there is no such collection");
}
