import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isProcessGone, processMark, storageError, withFileLock } from "../core/index.ts";

/**
 * Announces this process in a folder that has one file for each process that has the instance open, and returns what
 * takes the announcement back. Where some process ended without doing so and no other is there, `recover` runs first:
 * what a killed process left between two steps may be removed only while nobody else can be between the same two. New
 * processes wait at the lock meanwhile.
 */
export async function announce(
  folder: string,
  recover: () => Promise<void>,
  /** `always`: also where no process ended without closing. */
  { always = false }: { readonly always?: boolean } = {},
): Promise<() => Promise<void>> {
  const mark = processMark();
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw storageError(error, "announce this process", folder);
  }
  await withFileLock(`${folder}.lock`, async () => {
    const others = (await readdir(folder)).filter((one) => one !== mark);
    const gone = others.filter((one) => isProcessGone(one));
    if ((always || gone.length > 0) && gone.length === others.length) {
      await recover();
      for (const one of gone) await rm(join(folder, one), { force: true });
    }
    await writeFile(join(folder, mark), "");
  });
  return () => rm(join(folder, mark), { force: true });
}
