import { link, mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { createCollection, importFolder, join as joinCollection } from "../../src/flows/index.ts";
import { enrolledPeople, selfieOf } from "../datasets.ts";
import { openThrowAway } from "../throw-away.ts";
import type { Contender } from "./contender.ts";

const COLLECTION = "race";

/**
 * The whole import as users run it, in a throw-away instance with its own PostgreSQL server: files are copied into the
 * store and flushed to disk, faces are found, compared with 40 enrolled people, and written with their sealed chips.
 * `processes` is the number of vision processes; the instance's own process and the server come on top.
 */
export async function startImport(processes: number): Promise<Contender> {
  const throwAway = await openThrowAway(processes);
  const { instance } = throwAway;
  await createCollection(instance, {
    name: COLLECTION,
    purpose: "a benchmark",
    matching: "enrolled",
    matchOnly: undefined,
    channels: [],
    retainUntil: "2099-12-31",
    joinUntil: undefined,
    attestation: "composed pictures",
    attestedBy: "bench",
  });
  for (const person of await enrolledPeople()) {
    await joinCollection(instance, {
      collection: COLLECTION,
      selfies: [selfieOf(person)],
      consents: ["find-me"],
      name: undefined,
      email: undefined,
      until: undefined,
      language: "en",
      given: "desk",
      staff: "bench",
      secondStaff: "bench two",
      progress: () => undefined,
    });
  }
  let batches = 0;
  // Names are told apart by batch, because warm-up photos have the same names as others.
  const importedAs = new Map<string, string>();
  return {
    otherProcesses: throwAway.serverProcesses,
    async work(files) {
      const folder = join(throwAway.folder, `batch-${++batches}`);
      await mkdir(folder);
      for (const file of files) {
        const name = `${batches}-${basename(file)}`;
        importedAs.set(file, name);
        await link(file, join(folder, name));
      }
      const done = await importFolder(instance, {
        folder,
        collection: COLLECTION,
        progress: () => undefined,
      });
      if (done.photos !== files.length) {
        throw new Error(
          `${files.length} photos were to be imported, and ${done.photos} were: ${JSON.stringify(done)}`,
        );
      }
      await rm(folder, { recursive: true });
      const { totalMs: _, ...steps } = done.timings;
      return steps;
    },
    found: (file) =>
      instance.db
        .selectFrom("face")
        .innerJoin("photo", "photo.id", "face.photo_id")
        .select(["face.x", "face.y", "face.w", "face.h"])
        .where("photo.file_name", "=", importedAs.get(file) ?? "")
        .where("face.detection", "=", "certain")
        .execute(),
    close: () => throwAway.close(),
  };
}
