import type { Db } from "../db/index.ts";

/** Whether the instance is for trying, with people who do not exist; once it is, it is for ever. */
export async function isSandbox(db: Db): Promise<boolean> {
  const row = await db.selectFrom("instance").select("sandbox").executeTakeFirst();
  return row?.sandbox ?? false;
}
