import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { isErrno } from "../core/index.ts";

/** Refusals of an installation that belongs to somebody else, or that cannot be written by anybody. */
const CLOSED = ["EROFS", "EACCES", "EPERM"] as const;

/**
 * The package ships the server's libraries without their symbolic links; npm cannot pack those. They are made beside the
 * libraries of `root`, or, where the installation cannot be written (a container, a unit of systemd), in the folder
 * `elsewhere`, which the programs are then told of by LD_LIBRARY_PATH. The caller holds the data folder's lock.
 */
export async function linkLibraries(root: string, elsewhere: string): Promise<void> {
  const list = join(root, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, "utf8")) as { source: string; target: string }[];
  const missing = links
    .map(({ source, target }) => ({ file: join(root, "..", source), link: join(root, "..", target) }))
    .filter(({ link }) => !existsSync(link));
  for (const { file, link } of missing) {
    try {
      await symlink(basename(file), link);
    } catch (error) {
      if (isErrno(error, "EEXIST")) continue;
      if (!CLOSED.some((code) => isErrno(error, code))) throw error;
      return linkElsewhere(missing, elsewhere);
    }
  }
  // The installation has them all: an earlier one's are not looked at.
  await rm(elsewhere, { recursive: true, force: true });
}

async function linkElsewhere(
  links: readonly { readonly file: string; readonly link: string }[],
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  // As root the server runs under another account, which reads them.
  await chmod(folder, 0o755);
  for (const { file, link } of links) {
    const path = join(folder, basename(link));
    const there = await readlink(path).catch(() => undefined);
    if (there === resolve(file)) continue;
    // An upgrade has moved them, or brought others.
    await rm(path, { force: true });
    await symlink(resolve(file), path);
  }
}
