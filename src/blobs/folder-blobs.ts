import { createHash, randomBytes } from "node:crypto";
import { constants, createReadStream, type Stats } from "node:fs";
import {
  access,
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { AssentError, isErrno, isProcessGone, processMark, storageError, syncFolder } from "../core/index.ts";
import {
  BLOB_KINDS,
  blobRef,
  isBlobKind,
  isBlobName,
  parseBlobRef,
  type BlobEntry,
  type BlobKind,
  type BlobRef,
  type BlobStore,
} from "./blob-store.ts";

const TEMPORARY = "tmp";

/** The account that runs Assent reads and writes its blobs, and nobody else. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Blobs as files: `<folder>/<kind>/<2 characters>/<name>`, and `<folder>/tmp` for what is being made.
 * The folder must be on one file system. Makes what is missing.
 * Errors: see BlobStore.
 */
export async function createFolderBlobs(folderPath: string): Promise<BlobStore> {
  const folder = resolve(folderPath);
  const temporaryFolder = join(folder, TEMPORARY);
  const shards = new Set<string>();
  const failed = (error: unknown, what: string): unknown => storageError(error, what, folder);

  try {
    for (const name of [...BLOB_KINDS, TEMPORARY])
      await mkdir(join(folder, name), { recursive: true, mode: FOLDER_MODE });
    await syncFolder(folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    throw failed(error, "make the store of pictures");
  }

  function pathOf(ref: BlobRef): string {
    const { kind, shard, name } = parseBlobRef(ref);
    return join(folder, kind, shard, name);
  }

  function newTemporary(): string {
    return join(temporaryFolder, `${processMark()}.${randomBytes(12).toString("hex")}`);
  }

  /** Makes `<kind>/<2 characters>` durable once per process, also when another process made it a moment ago. */
  async function makeShard(path: string): Promise<void> {
    if (shards.has(path)) return;
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    await syncFolder(dirname(path));
    shards.add(path);
  }

  /** Brings the source to a temporary path, complete and on disk. */
  async function stage(source: Uint8Array | { readonly file: string }, part: string): Promise<void> {
    if (source instanceof Uint8Array) {
      const handle = await open(part, "wx", FILE_MODE);
      try {
        await handle.writeFile(source);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return;
    }
    if (dirname(resolve(source.file)) === temporaryFolder) await rename(source.file, part);
    else await copyFile(source.file, part, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await chmod(part, FILE_MODE);
    const handle = await open(part, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /**
   * Order of effects: content on disk under a temporary path, then its name, then the name on disk. A crash before the
   * name leaves a temporary file, which `sweepTemporary` removes; a crash after it leaves a blob that nothing refers to.
   */
  async function put(
    kind: BlobKind,
    source: Uint8Array | { readonly file: string },
    givenName?: string,
  ): Promise<BlobRef> {
    if (!isBlobKind(kind)) throw new AssentError("bad-input", "there is no such kind of stored file");
    if (givenName !== undefined && (kind === "originals" || !isBlobName(givenName))) {
      throw new AssentError("bad-input", `this name cannot be given to one of the ${kind}`);
    }
    if (!(source instanceof Uint8Array)) await demandReadable(source.file);
    const part = newTemporary();
    try {
      await stage(source, part);
      const name =
        givenName ?? (kind === "originals" ? await sha256OfFile(part) : randomBytes(16).toString("hex"));
      const ref = blobRef(kind, name);
      const path = pathOf(ref);
      await makeShard(dirname(path));
      // Renaming over an original replaces it by the same bytes; a given name is linked, which refuses a taken one.
      if (givenName === undefined) await rename(part, path);
      else await link(part, path);
      await syncFolder(dirname(path));
      return ref;
    } catch (error) {
      if (givenName !== undefined && isErrno(error, "EEXIST")) {
        throw new AssentError("exists", `there is already one of the ${kind} of that name`);
      }
      throw failed(error, `store one of the ${kind}`);
    } finally {
      await rm(part, { force: true });
    }
  }

  async function* list(kind: BlobKind): AsyncGenerator<BlobEntry> {
    if (!isBlobKind(kind)) throw new AssentError("bad-input", "there is no such kind of stored file");
    try {
      for await (const shard of await opendir(join(folder, kind))) {
        if (!shard.isDirectory()) continue;
        for await (const file of await opendir(join(folder, kind, shard.name))) {
          const ref = `${kind}/${shard.name}/${file.name}`;
          if (!file.isFile() || !isBlobName(file.name) || shard.name !== file.name.slice(0, 2)) continue;
          const found = await statOrNothing(join(folder, ref));
          if (found) yield { ref, bytes: found.size, modifiedAt: found.mtime };
        }
      }
    } catch (error) {
      throw failed(error, `list the ${kind}`);
    }
  }

  async function demand(ref: BlobRef): Promise<string> {
    const path = pathOf(ref);
    if (!(await has(ref))) throw notFound(ref);
    return path;
  }

  async function has(ref: BlobRef): Promise<boolean> {
    const path = pathOf(ref);
    try {
      return (await statOrNothing(path))?.isFile() === true;
    } catch (error) {
      throw failed(error, "look for a stored file");
    }
  }

  return {
    put,
    has,
    list,
    async place(ref, file, batch) {
      const path = pathOf(ref);
      if (dirname(resolve(file)) !== temporaryFolder) {
        throw new AssentError("internal", "what is placed was not made in the store");
      }
      try {
        await chmod(file, FILE_MODE);
        await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
        batch.made(dirname(path));
        await batch.add(file, path);
      } catch (error) {
        throw failed(error, "store a file");
      }
    },
    async withFile(ref, use) {
      return use(await demand(ref));
    },
    async read(ref) {
      const path = pathOf(ref);
      try {
        return new Uint8Array(await readFile(path));
      } catch (error) {
        if (isErrno(error, "ENOENT")) throw notFound(ref);
        throw failed(error, "read a stored file");
      }
    },
    async remove(ref) {
      const path = pathOf(ref);
      try {
        await rm(path, { force: true });
        await syncFolder(dirname(path));
      } catch (error) {
        if (isErrno(error, "ENOENT")) return;
        throw failed(error, "remove a stored file");
      }
    },
    temporary: () => Promise.resolve(newTemporary()),
    async sweepTemporary() {
      let removed = 0;
      try {
        for await (const entry of await opendir(temporaryFolder)) {
          // A file that is being written durably has a dot before its name.
          const mark = entry.name.replace(/^\./, "").split(".").slice(0, 3).join(".");
          if (!isProcessGone(mark)) continue;
          await rm(join(temporaryFolder, entry.name), { recursive: true, force: true });
          removed++;
        }
      } catch (error) {
        throw failed(error, "sweep the temporary files");
      }
      return removed;
    },
  };
}

function notFound(ref: BlobRef): AssentError {
  return new AssentError("not-found", `the stored file ${ref} is not there`, {
    remedy: "If files of the data folder were moved or deleted by hand, bring them back from a backup.",
  });
}

/** The name of the source is not in the message: it is the organisation's file name, and may be a person's. */
async function demandReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
    if (!(await stat(file)).isFile())
      throw new AssentError("bad-input", "what is to be stored is not a file");
  } catch (error) {
    if (error instanceof AssentError) throw error;
    const code = isErrno(error, "ENOENT") ? "not-found" : "bad-input";
    throw new AssentError(code, "the file to be stored is not there or cannot be read", {
      remedy: "Check that the file is still there and may be read by the account that runs Assent.",
      cause: error,
    });
  }
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
