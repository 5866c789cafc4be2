import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { sql } from "kysely";
import sharp from "sharp";
import type { Instance } from "../../src/app/index.ts";
import type { Id } from "../../src/core/index.ts";
import { ingest } from "../../src/flows/index.ts";
import { filesBelow } from "./snapshot.ts";

/** Group portraits that come with a package that the tests use: nobody's picture is in the project. */
const SAMPLES = join(import.meta.dirname, "../../node_modules/@vladmandic/face-api/demo");
/** So that a look takes a tenth of a second. */
const LONG_EDGE = 800;

/** Small pictures with people in them; each can be sent in as often as one likes, with other bytes behind its end. */
export async function pictures(): Promise<readonly Buffer[]> {
  const files = [1, 2, 4, 6].map((number) => join(SAMPLES, `sample${number}.jpg`));
  return Promise.all(
    files.map((file) => sharp(file).resize(LONG_EDGE, LONG_EDGE, { fit: "inside" }).jpeg().toBuffer()),
  );
}

/** Sends photos into a collection, named after their picture. */
export async function send(
  instance: Instance,
  order: {
    readonly collection: Id;
    readonly pictures: readonly Buffer[];
    readonly from: number;
    readonly count: number;
    readonly folder: string;
  },
): Promise<void> {
  for (let n = order.from; n < order.from + order.count; n++) {
    const picture = n % order.pictures.length;
    const path = join(order.folder, "sent");
    await writeFile(path, Buffer.concat([order.pictures[picture] ?? Buffer.alloc(0), Buffer.from(`#${n}`)]));
    await ingest(instance, { collection: order.collection, path, name: `${picture}-${n}.jpg` });
  }
}

/** System's ids of processes that have a photo in hand. */
export async function atPhotos(instance: Instance): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ process: string }>`
    select split_part(a.application_name, ':', 3) as process from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and a.datname = current_database() and l.mode = 'ExclusiveLock'
      and split_part(a.application_name, ':', 4) = 'work'
      and (l.classid::bigint << 32 | l.objid::bigint) in
        (select hashtextextended('photo:' || id, 0) from photo where state = 'pending')`.execute(instance.db);
  return new Set(rows.map((row) => row.process));
}

export async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/**
 * What is lost or there twice in a collection whose photos were all looked through, some of them by processes that were killed:
 * every photo was entered once, has the faces that every other of the same picture has, and its chips' file.
 */
export async function lostOrTwice(
  instance: Instance,
  collection: Id,
  sent: number,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const { rows: photos } = await sql<{
    file: string;
    state: string;
    faces: number;
    entries: number;
    chips: string;
  }>`
    select p.file_name as file, p.state, p.chips,
      (select count(*)::int from face f where f.photo_id = p.id) as faces,
      (select count(*)::int from entry_payload e where e.kind = 'photo-scanned' and e.payload ->> 'photo' = p.id::text) as entries
    from photo p where p.collection_id = ${collection}`.execute(instance.db);
  if (photos.length !== sent) wrong.push(`${photos.length} photos of ${sent}`);
  const facesOf = new Map<string, number>();
  for (const { file, state, faces, entries } of photos) {
    if (state !== "scanned") wrong.push(`${file} is ${state}`);
    if (entries !== 1) wrong.push(`${file} was entered ${entries} times`);
    const picture = file.split("-")[0] ?? "";
    const known = facesOf.get(picture) ?? faces;
    facesOf.set(picture, known);
    if (faces !== known || faces === 0) wrong.push(`${file} has ${faces} faces, others of it ${known}`);
  }
  const stored = await filesBelow(join(instance.dataFolder, "blobs"));
  const names = [...stored.keys()].map((path) => path.split("/").at(-1));
  for (const { file, chips } of photos) {
    if (chips !== null && !names.some((name) => name !== undefined && chips.endsWith(name))) {
      wrong.push(`${file} has lost its chips`);
    }
  }
  const { rows: claims } = await sql<{ n: number }>`
    select count(*)::int as n from job where state in ('waiting', 'running') and collection_id = ${collection}`.execute(
    instance.db,
  );
  if (claims[0]?.n !== 0) wrong.push("a job is still open");
  return wrong;
}
