import { join } from "node:path";
import { sql } from "kysely";
import { AssentError, toPlainError, type Id } from "../core/index.ts";
import { inTransaction, type PendingRow } from "../db/index.ts";
import { stillUsed } from "../photos/index.ts";
import {
  audienceOf,
  dropSuspendedPicture,
  foldersHolding,
  formOfFolder,
  renditionById,
} from "../publishing/index.ts";
import { addPending, donePending, failedPending, pendingOf } from "../rights/index.ts";
import { destroyKey, parseKeySubject } from "./doomed-keys.ts";
import { copyRendition, isReachable, writeManifest } from "./export-folder.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { permitSource, removeReplaced, renderOne } from "./render.ts";

export type PendingParts = Pick<
  Parts,
  "db" | "keys" | "blobs" | "receipts" | "clock" | "renderer" | "processes"
>;

/** Does the pending work of one kind; what fails keeps its row and its reason, and the sweep counts it. */
export async function workOff(
  parts: PendingParts,
  erasure: Id | null,
  kind: PendingRow["kind"],
): Promise<void> {
  const rows = (await pendingOf(parts.db, erasure)).filter((row) => row.kind === kind);
  await inParallel(rows, parts.processes, async (row) => {
    try {
      await doPending(parts, row);
      await donePending(parts.db, row.id);
    } catch (error) {
      await failedPending(parts.db, row.id, toPlainError(error).code);
    }
  });
}

async function doPending(parts: PendingParts, row: PendingRow): Promise<void> {
  switch (row.kind) {
    case "destroy-key":
      return destroyKey(parts, parseKeySubject(row.subject));
    case "remove-blob":
      // Originals are named by their content: the same photo may have come into another collection since.
      if ((await stillUsed(parts.db, [row.subject])).size > 0) return;
      return parts.blobs.remove(row.subject);
    case "remove-file":
      return parts.receipts.remove(row.subject);
    case "render":
      return renderAgain(parts, row);
    case "refresh-folder":
      return refreshFolder(parts, row.subject);
    case "rescan":
    case "cut-chips":
      throw new AssentError(
        "internal",
        "looks and chips are taken up by flows of their own, not by an erasure",
      );
  }
}

async function renderAgain(parts: PendingParts, row: PendingRow): Promise<void> {
  const rendition = await renditionById(parts.db, row.subject);
  if (!rendition) return; // Gone with its photo or its reader.
  const audience = audienceOf(rendition);
  // Closing the request about it makes it again. Until then the old picture is of no use, and shows who is to be shown no more.
  if (await isHeldBack(parts, rendition)) return dropHeldPicture(parts, rendition.id);
  await renderOne(
    parts,
    {
      photo: rendition.photo_id,
      collection: rendition.collection_id,
      audience,
      reveal: rendition.reveal,
      cause: "due",
    },
    permitSource(parts, rendition.collection_id, audience),
  );
  const folders = await foldersHolding(parts.db, [rendition.id]);
  for (const folder of folders) {
    if (await isReachable(folder.folder))
      await copyRendition(
        parts,
        rendition.id,
        join(folder.folder, "photos"),
        await formOfFolder(parts.db, folder.folder),
      );
  }
  await inTransaction(parts.db, async (trx) => {
    const due = await trx
      .selectFrom("pending")
      .select("subject")
      .where("kind", "=", "refresh-folder")
      .where("erasure_id", row.erasure_id === null ? "is" : "=", row.erasure_id)
      .execute();
    const known = new Set(due.map((one) => one.subject));
    const fresh = folders.filter((folder) => !known.has(folder.disclosure));
    await addPending(
      trx,
      fresh.map((folder) => ({
        kind: "refresh-folder" as const,
        subject: folder.disclosure,
        erasure: row.erasure_id,
      })),
      parts.clock,
    );
  });
}

/** Whether somebody has asked that just this be taken off. */
async function isHeldBack(
  parts: Pick<Parts, "db">,
  rendition: { readonly id: Id; readonly photo_id: Id },
): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select photo_held(${rendition.photo_id}) and rendition_public(${rendition.id}) as held`.execute(parts.db);
  return rows[0]?.held === true;
}

/** The row lets go of its picture, then the file goes; a crash in between leaves that as pending work. */
async function dropHeldPicture(parts: Pick<Parts, "db" | "blobs" | "clock">, rendition: Id): Promise<void> {
  const blob = await inTransaction(parts.db, async (trx) => {
    const dropped = await dropSuspendedPicture(trx, rendition);
    const due = dropped === null ? [] : [{ kind: "remove-blob" as const, subject: dropped, erasure: null }];
    await addPending(trx, due, parts.clock);
    return dropped;
  });
  if (blob !== null) await removeReplaced(parts, blob);
}

/** Writes the manifest of a channel's folder anew; the pictures in it have been renewed one by one. */
async function refreshFolder(parts: Pick<Parts, "db">, disclosure: Id): Promise<void> {
  const row = await parts.db
    .selectFrom("disclosure")
    .selectAll()
    .where("id", "=", disclosure)
    .executeTakeFirst();
  if (!row?.folder || row.recipient !== "channel" || !(await isReachable(row.folder))) return;
  await writeManifest(parts, row.folder);
}
