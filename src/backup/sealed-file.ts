import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { AssentError, isErrno, storageError, syncFolder } from "../core/index.ts";
import {
  createStreamOpener,
  createStreamSealer,
  newStreamSalt,
  SEALED_CHUNK,
  STREAM_CHUNK,
  streamKey,
  type KeyStore,
} from "../crypto/index.ts";
import {
  contentBytes,
  FORMAT,
  LONGEST_HEADER,
  parseHeader,
  type BackupRecord,
  type Header,
} from "./format.ts";

const LENGTH_BYTES = 4;
/** A record's JSON: the longest is the end, which names what was removed meanwhile. */
const LONGEST_RECORD = 64 * 1024 * 1024;

/** The first line is bound in, so that nothing of it can be changed. */
function contextOf(line: string): string {
  return `backup\0${line}`;
}

function keyOf(keys: KeyStore, header: Header, line: string): Promise<Uint8Array> {
  const salt = Buffer.from(header.salt, "base64url");
  return keys.withSecret("pepper", (secret) => streamKey(secret, salt, contextOf(line)));
}

/** A backup being written. Half of one has the name `FILE.part`, and never that of a backup. */
export interface BackupWriter {
  /** `content` has just the bytes that the record says. */
  write(record: BackupRecord, content?: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>;
  /** Durable, under its name, on return. Returns its size in bytes. */
  finish(): Promise<number>;
  /** Removes what was written. Does nothing after `finish`. */
  abandon(): Promise<void>;
}

/** Errors: `exists` where there is such a file, `storage-failed`. */
export async function createBackupFile(
  path: string,
  parts: { readonly id: string; readonly keys: KeyStore },
): Promise<BackupWriter> {
  const part = `${path}.part`;
  const failed = (error: unknown): unknown => storageError(error, "write the backup", dirname(path));
  const header: Header = {
    format: FORMAT,
    instance: parts.id,
    salt: Buffer.from(newStreamSalt()).toString("base64url"),
  };
  const line = JSON.stringify(header);
  const sealer = createStreamSealer(await keyOf(parts.keys, header, line));
  let handle: FileHandle;
  try {
    if (await isThere(path)) throw new AssentError("exists", `there is a file ${path} already`);
    await rm(part, { force: true });
    handle = await open(part, "wx", 0o600);
    await handle.write(`${line}\n`);
  } catch (error) {
    sealer.close();
    throw failed(error);
  }
  let size = Buffer.byteLength(line) + 1;
  let waiting = Buffer.alloc(0);
  let open_ = true;

  async function put(bytes: Uint8Array): Promise<void> {
    let buffer: Uint8Array = waiting.length > 0 ? Buffer.concat([waiting, bytes]) : bytes;
    // The last chunk is sealed as the last: so many bytes are kept until it is known that more come.
    for (; buffer.length > STREAM_CHUNK; buffer = buffer.subarray(STREAM_CHUNK)) {
      await putSealed(sealer.seal(buffer.subarray(0, STREAM_CHUNK), false));
    }
    waiting = Buffer.from(buffer);
  }

  async function putSealed(sealed: Uint8Array): Promise<void> {
    try {
      const { bytesWritten } = await handle.write(sealed);
      if (bytesWritten < sealed.length) {
        throw new AssentError("storage-failed", `the backup ${path} could not be written whole`, {
          remedy: "Free some space on its disk, or name another place.",
        });
      }
    } catch (error) {
      throw failed(error);
    }
    size += sealed.length;
  }

  async function close(): Promise<void> {
    if (!open_) return;
    open_ = false;
    sealer.close();
    await handle.close();
  }

  return {
    async write(record, content) {
      const json = Buffer.from(JSON.stringify(record), "utf8");
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(json.length);
      await put(Buffer.concat([length, json]));
      let given = 0;
      for await (const bytes of content instanceof Uint8Array ? [content] : (content ?? [])) {
        given += bytes.length;
        await put(bytes);
      }
      if (given !== contentBytes(record)) {
        throw new AssentError(
          "internal",
          `a record of the backup has ${given} bytes, and says another number`,
        );
      }
    },
    async finish() {
      await putSealed(sealer.seal(waiting, true));
      try {
        await handle.sync();
        await close();
        await rename(part, path);
        await syncFolder(dirname(path));
      } catch (error) {
        throw failed(error);
      }
      return size;
    },
    async abandon() {
      const unfinished = open_;
      await close();
      if (unfinished) await rm(part, { force: true });
    },
  };
}

/** The first line of a backup. Errors: `not-found`, `bad-input` where it is none. */
export async function readHeader(path: string): Promise<{ readonly header: Header; readonly line: string }> {
  const handle = await openToRead(path);
  try {
    const start = Buffer.alloc(LONGEST_HEADER);
    const { bytesRead } = await handle.read(start, 0, LONGEST_HEADER, 0);
    const end = start.subarray(0, bytesRead).indexOf(0x0a);
    const line = start.subarray(0, end < 0 ? 0 : end).toString("utf8");
    const header = parseHeader(line, path);
    // Whoever writes it in another way writes another first line, which the key is bound to.
    return { header, line };
  } finally {
    await handle.close();
  }
}

/** One record, whose content is read before the next one. */
export interface ReadRecord {
  readonly record: BackupRecord;
  /** Once. What is not read is passed over. */
  content(): AsyncIterable<Uint8Array>;
  bytes(): Promise<Buffer>;
}

/**
 * The records of a backup in their order. Errors: `not-found`; `bad-input` for what is no backup; `instance-mismatch` for
 * another instance's; `signature`, which says whether it was cut off or changed. Nothing of a damaged part is given out.
 */
export async function* readBackup(
  path: string,
  parts: { readonly id: string; readonly keys: KeyStore },
): AsyncGenerator<ReadRecord> {
  const { header, line } = await readHeader(path);
  if (header.instance !== parts.id) {
    throw new AssentError("instance-mismatch", `${path} is a backup of another instance`, {
      remedy:
        "An instance takes back its own backups alone. Set ASSENT_DATA to the folder that has its key store.",
    });
  }
  const opener = createStreamOpener(await keyOf(parts.keys, header, line));
  const handle = await openToRead(path);
  try {
    const source = openedBytes(handle, Buffer.byteLength(line) + 1, opener);
    for (;;) {
      const length = await source.take(LENGTH_BYTES);
      if (length === undefined) return;
      const size = length.readUInt32BE();
      const json = size <= LONGEST_RECORD ? await source.take(size) : undefined;
      if (!json) throw malformed(path);
      const record = JSON.parse(json.toString("utf8")) as BackupRecord;
      let left = contentBytes(record);
      const content = async function* (): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const bytes = await source.some(left);
          if (!bytes) throw malformed(path);
          left -= bytes.length;
          yield bytes;
        }
      };
      yield {
        record,
        content,
        async bytes() {
          const all: Uint8Array[] = [];
          for await (const bytes of content()) all.push(bytes);
          return Buffer.concat(all);
        },
      };
      for await (const passed of content()) void passed;
    }
  } catch (error) {
    throw storageError(error, "read the backup", dirname(path));
  } finally {
    opener.close();
    await handle.close();
  }
}

function openedBytes(
  handle: FileHandle,
  start: number,
  opener: ReturnType<typeof createStreamOpener>,
): {
  take(size: number): Promise<Buffer | undefined>;
  some(most: number): Promise<Uint8Array | undefined>;
} {
  let at = start;
  let size: number | undefined;
  let waiting: Uint8Array = new Uint8Array();
  let ended = false;

  /** False at the end. */
  async function more(): Promise<boolean> {
    if (ended) return false;
    size ??= (await handle.stat()).size;
    const chunk = Buffer.alloc(Math.max(0, Math.min(SEALED_CHUNK, size - at)));
    let filled = 0;
    while (filled < chunk.length) {
      const { bytesRead } = await handle.read(chunk, filled, chunk.length - filled, at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    at += filled;
    ended = at >= size;
    waiting = opener.open(chunk.subarray(0, filled), ended);
    return true;
  }

  async function some(most: number): Promise<Uint8Array | undefined> {
    while (waiting.length === 0) if (!(await more())) return undefined;
    const bytes = waiting.subarray(0, most);
    waiting = waiting.subarray(bytes.length);
    return bytes;
  }

  return {
    some,
    async take(wanted) {
      const parts: Uint8Array[] = [];
      for (let left = wanted; left > 0;) {
        const bytes = await some(left);
        if (!bytes) return undefined;
        left -= bytes.length;
        parts.push(bytes);
      }
      return Buffer.concat(parts);
    },
  };
}

/** It was sealed by us, so this is a defect or another version, not damage. */
function malformed(path: string): AssentError {
  return new AssentError("internal", `${path} opens, and is no backup of form 1`);
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw storageError(error, "read the backup", dirname(path));
    throw new AssentError("not-found", `there is no file ${path}`);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await (await open(path, "r")).close();
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}
