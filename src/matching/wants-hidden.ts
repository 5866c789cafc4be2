import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { Db } from "../db/index.ts";

/** Whether somebody asked for the face `f` to be hidden, and staff have not said that nothing changes: as a condition. */
export const wantsHidden = sql<boolean>`exists (select 1 from request q where q.face_id = f.id and q.kind = 'hide-me'
  and (q.state = 'open' or q.outcome <> 'no-change'))`;

export async function isWantedHidden(db: Db, face: Id): Promise<boolean> {
  const { rows } = await sql`select 1 from face f where f.id = ${face} and ${wantsHidden}`.execute(db);
  return rows.length > 0;
}
