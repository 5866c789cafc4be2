import { AssentError } from "../core/index.ts";
import type { Trx } from "../db/index.ts";
import type { NewRendition } from "./renditions.ts";

/**
 * That the shown faces are still those people's, and stay so until the transaction ends: a withdrawal, a "not me" or a tag
 * either came first, or waits and then finds the rendition.
 */
export async function holdShown(trx: Trx, { plan, audience, reveal }: NewRendition): Promise<void> {
  if (plan.shown.length === 0) return;
  if (audience.kind === "reader") {
    await trx.selectFrom("person").select("id").where("id", "=", audience.person).forShare().execute();
  }
  const faces = plan.shown.map((face) => face.face);
  await trx.selectFrom("face").select("id").where("id", "in", faces).orderBy("id").forShare().execute();
  const rows = await trx
    .selectFrom("match")
    .select(["face_id", "person_id"])
    .where("face_id", "in", faces)
    .where("state", "in", reveal === "confirmed" ? ["confirmed"] : ["matched", "confirmed"])
    .execute();
  const theirs = new Set(rows.map((row) => `${row.face_id} ${row.person_id}`));
  if (plan.shown.every((face) => theirs.has(`${face.face} ${face.person}`))) return;
  throw new AssentError("no-consent", "whose face it is has changed meanwhile");
}
