/**
 * A website's own gallery: a folder with the pictures that a collection has published for one channel, as they may be shown now, and
 * invitations to hand out at the door. Run it as often as you like, the more often the better: a picture that somebody has
 * withdrawn from is gone from the folder after the next run.
 *
 *     ASSENT=https://photos.example.org ASSENT_KEY=assent_... node docs/example/gallery.ts COLLECTION CHANNEL FOLDER
 *
 * The key needs the scopes see-collections, read-renditions and invite-people.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AssentProblem, assentClient, pages } from "assent/client";

const [wanted = "", channel = "", folder = ""] = process.argv.slice(2);
const assent = assentClient({
  address: process.env["ASSENT"] ?? "",
  key: process.env["ASSENT_KEY"] ?? "",
});

try {
  const collection = await collectionNamed(wanted);
  const { added, removed } = await renew(collection);
  console.log(`${added} pictures came, ${removed} went.`);

  // Under the same name the same request is done once: after a crash it is simply asked again.
  const { invitations } = await assent.createInvitations({
    collection,
    body: { kind: "single", count: 3 },
    repeat: `door-${collection}`,
  });
  for (const { link } of invitations) console.log(link);
} catch (error) {
  if (!(error instanceof AssentProblem)) throw error;
  console.error(`${error.message} ${error.remedy ?? ""}`);
  process.exitCode = 1;
}

async function collectionNamed(name: string): Promise<string> {
  for await (const { collections } of pages((place) => assent.listCollections(place))) {
    const found = collections.find((one) => one.name === name);
    if (found) return found.id;
  }
  throw new Error(`This key sees no collection "${name}".`);
}

/** Brings the folder up to date with what may be shown at this moment. */
async function renew(collection: string): Promise<{ readonly added: number; readonly removed: number }> {
  await mkdir(folder, { recursive: true });
  const there = new Set(await readdir(folder));
  const shown = new Set<string>();
  let added = 0;
  for await (const { renditions } of pages((place) =>
    assent.listRenditions({ collection, channel, ...place }),
  )) {
    for (const { id, name, renderedAt } of renditions) {
      // A picture that was made again, because somebody changed their mind, has another time.
      const file = `${name}-${Date.parse(renderedAt)}.jpg`;
      shown.add(file);
      if (there.has(file)) continue;
      const picture = await assent.getRenditionPicture({ collection, rendition: id }).catch(ifWithdrawn);
      if (!picture) continue;
      await writeFile(join(folder, file), picture);
      added++;
    }
  }
  const gone = [...there].filter((file) => file.endsWith(".jpg") && !shown.has(file));
  for (const file of gone) await rm(join(folder, file));
  return { added, removed: gone.length };
}

/** Between the list and the picture somebody may change their mind. */
function ifWithdrawn(error: unknown): undefined {
  if (error instanceof AssentProblem && error.code === "not-found") return undefined;
  throw error;
}
