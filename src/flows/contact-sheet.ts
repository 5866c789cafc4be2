import { join, resolve } from "node:path";
import { storageError, writeFileDurably } from "../core/index.ts";
import type { Reveal as RevealMode } from "../db/index.ts";
import { publishablePhotos } from "../publishing/index.ts";
import { escapeHtml as escape } from "./escape-html.ts";
import { prepareFolder, removeOthers } from "./export-folder.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed } from "./named.ts";
import { photosToPublish, requireChannel } from "./publish.ts";
import { permitSource, planFor, renderFile } from "./render.ts";

/** A name of our own, so that no page of somebody else's is ever taken for ours. */
const INDEX = "assent-contact-sheet.html";

/** Longer side of a picture on the sheet, in pixels: large enough to see a missed face of 28 px in a photo of 2048. */
const SHEET_EDGE = 1280;

/**
 * Pictures as a channel would show them, for the look that a public channel needs. For staff: nothing is recorded as
 * having left, and the file names of the originals stand below the pictures so that `mark` can name them.
 */
export async function contactSheet(
  parts: Parts,
  order: {
    readonly collection: string;
    readonly channel: string;
    readonly out: string;
    readonly reveal: RevealMode;
    readonly progress: (done: number, total: number) => void;
  },
): Promise<{ readonly pictures: number; readonly index: string; readonly waiting: number }> {
  const collection = await collectionNamed(parts.db, order.collection);
  await requireChannel(parts, collection.id, order.channel);
  const out = resolve(order.out);
  const title = `${collection.name} · ${order.channel}`;
  const folder = await prepareFolder(parts, out, { name: INDEX, text: page(title, "") });
  const { scanned, waiting } = await photosToPublish(parts, collection.id);
  const audience = { kind: "channel", channel: order.channel } as const;
  const permits = permitSource(parts, collection.id, audience);
  const cells = new Map<string, string>();
  const files = new Set<string>();
  let done = 0;
  await inParallel(scanned, parts.processes, async (id) => {
    const photo = (await publishablePhotos(parts.db, [id]))[0];
    if (!photo) return; // Deleted meanwhile.
    const planned = planFor(photo, { audience, reveal: order.reveal }, await permits());
    const name = `${id.replaceAll("-", "")}.jpg`;
    await renderFile(parts, photo, planned, join(folder, name), SHEET_EDGE);
    files.add(name);
    cells.set(
      photo.fileName,
      `<figure><img src="photos/${name}" alt="" loading="lazy"><figcaption>${escape(photo.fileName)}<br>` +
        `${planned.shown.length} shown, ${planned.hidden.length} hidden</figcaption></figure>`,
    );
    order.progress(++done, scanned.length);
  });
  const index = join(out, INDEX);
  const body = [...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
  try {
    await removeOthers(folder, files);
    await writeFileDurably(index, page(title, body.join("\n")));
  } catch (error) {
    throw storageError(error, "write the contact sheet", out);
  }
  return { pictures: files.size, index, waiting };
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
  body { margin: 2rem; background: #faf7f2; color: #221f1b; font: 17px/1.5 "Atkinson Hyperlegible", system-ui, sans-serif; }
  main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(34rem, 100%), 1fr)); gap: 1.5rem; }
  figure { margin: 0; border: 1px solid #d9d2c7; border-radius: 12px; overflow: hidden; background: #fff; }
  img { display: block; width: 100%; height: auto; }
  figcaption { padding: 0.5rem 1rem; overflow-wrap: anywhere; }
  @media (prefers-color-scheme: dark) { body { background: #1b1916; color: #ece7df; } figure { background: #26231f; border-color: #3a362f; } }
</style>
<h1>${escape(title)}</h1>
<p>Look through every picture. Is a face to be seen that should be hidden? Mark it with <code>assent mark FILE x,y,w,h</code>
(pixels of the original), then make the sheet again. For staff only.</p>
<main>
${body}
</main>
</html>
`;
}
