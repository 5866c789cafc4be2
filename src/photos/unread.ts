import { newId, type Clock, type ErrorCode, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";

/** A file that was taken and could not be looked through; nothing of it was kept. */
export interface UnreadPhoto {
  readonly file: string;
  readonly code: ErrorCode;
}

/** Names of files are personal data: no more are kept than people read. */
const MOST_UNREAD = 500;

/** Writes down, for staff, that a file could not be looked through; the oldest goes where there are too many. */
export async function noteUnread(
  trx: Trx,
  unread: UnreadPhoto & { readonly collection: Id },
  clock: Clock,
): Promise<void> {
  await trx
    .insertInto("unread_photo")
    .values({
      id: newId(),
      collection_id: unread.collection,
      file_name: unread.file,
      code: unread.code,
      at: clock.now(),
    })
    .execute();
  await trx
    .deleteFrom("unread_photo")
    .where("id", "in", (eb) =>
      eb
        .selectFrom("unread_photo")
        .select("id")
        .where("collection_id", "=", unread.collection)
        .orderBy("at", "desc")
        .orderBy("id", "desc")
        .offset(MOST_UNREAD),
    )
    .execute();
}

/** Oldest first. */
export async function unreadIn(db: Db, collection: Id): Promise<readonly UnreadPhoto[]> {
  const rows = await db
    .selectFrom("unread_photo")
    .select(["file_name", "code"])
    .where("collection_id", "=", collection)
    .orderBy("at")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ file: row.file_name, code: row.code as ErrorCode }));
}

/** Once somebody has read it. */
export async function forgetUnread(trx: Trx, collection: Id): Promise<void> {
  await trx.deleteFrom("unread_photo").where("collection_id", "=", collection).execute();
}
