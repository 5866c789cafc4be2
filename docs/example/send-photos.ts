/**
 * A folder's photos into a collection, which is made where there is none of that name. Run it again after it was cut off, or when photos were added:
 * the same bytes are taken once. It ends when all of them are looked through.
 *
 *     ASSENT=https://photos.example.org ASSENT_KEY=assent_... node docs/example/send-photos.ts COLLECTION FOLDER
 *
 * The key needs the scopes see-collections, make-collections and import-photos.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { AssentProblem, assentClient, pages } from "assent/client";

const [wanted = "", folder = ""] = process.argv.slice(2);
const assent = assentClient({
  address: process.env["ASSENT"] ?? "",
  key: process.env["ASSENT_KEY"] ?? "",
});

const collection = (await collectionNamed(wanted)) ?? (await makeCollection(wanted));
let taken = 0;
for (const name of (await readdir(folder)).sort()) {
  try {
    const body = new Uint8Array(await readFile(join(folder, name)));
    const { state } = await assent.uploadPhoto({ collection, name, body });
    if (state === "taken") taken++;
  } catch (error) {
    // One that is no picture is told about, and the others go on.
    if (!(error instanceof AssentProblem)) throw error;
    console.error(`${name}: ${error.message}. ${error.remedy ?? ""}`);
  }
}
for (;;) {
  const { scan } = await assent.getJobs({ collection });
  if (!scan.running && scan.waiting === 0) {
    console.log(`${taken} photos came, ${scan.photos} are there, ${scan.failed} could not be read.`);
    break;
  }
  await wait(1000);
}

async function collectionNamed(name: string): Promise<string | undefined> {
  for await (const { collections } of pages((place) => assent.listCollections(place))) {
    const found = collections.find((one) => one.name === name);
    if (found) return found.id;
  }
  return undefined;
}

async function makeCollection(name: string): Promise<string> {
  const year = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10);
  const { id } = await assent.createCollection({
    body: {
      name,
      purpose: "pictures of the day for those who were there",
      matching: "off",
      channels: [{ name: "website", public: true }],
      retainUntil: year,
      attestation: "taken by our own photographer",
    },
    repeat: `collection-${encodeURIComponent(name)}`,
  });
  return id;
}
