import { exec } from "node:child_process";
import { createSecretKey, type KeyObject } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { AssentError, isErrno, storageError, syncFolder, wipe } from "../core/index.ts";
import { isThere } from "./key-files.ts";
import { KEY_BYTES, randomKey } from "./seal.ts";

/**
 * Where the key that wraps the epoch keys comes from: a file with mode 0600 (made at the first start), a value (from the
 * environment), or a command that prints it. The key is 32 bytes in base64, base64url or hexadecimal.
 */
export type KeyEncryptionKeySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly value: string }
  | { readonly kind: "command"; readonly command: string };

/** A command may ask a hardware token or a person; a minute is long for either. */
const COMMAND_MS = 60_000;

const FORM = "32 bytes in base64 or hexadecimal, as `openssl rand -base64 32` prints them";

/**
 * Reads the key. Where `mayCreate` and the source is a file that is not there, makes it; else its absence is `key-gone`,
 * because a new key would open nothing of what is there.
 * Errors: `bad-input` for a file that others may read or a value of the wrong form; the message never holds the value.
 */
export async function loadKeyEncryptionKey(
  source: KeyEncryptionKeySource,
  mayCreate: boolean,
): Promise<KeyObject> {
  switch (source.kind) {
    case "file":
      if (mayCreate) await createKeyFile(source.path);
      return parseKey(await readKeyFile(source.path), `the key file ${source.path}`);
    case "environment":
      return parseKey(Buffer.from(source.value), "the key from the environment");
    case "command":
      return parseKey(await runCommand(source.command), "the output of the key command");
  }
}

/**
 * Only called by the holder of the store's lock, and at every start until the first epoch is there, so that the part which
 * a crash left is removed by the next. The file appears whole or not at all, and never replaces one that is there.
 */
async function createKeyFile(path: string): Promise<void> {
  const part = `${path}.part`;
  const key = randomKey();
  const text = Buffer.from(`${Buffer.from(key.buffer).toString("base64")}\n`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (await isThere(part)) await rm(part);
    if (await isThere(path)) return;
    const handle = await open(part, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(part, path);
    await rm(part);
    await syncFolder(dirname(path));
  } catch (error) {
    throw storageError(error, "make the key-encryption key", dirname(path));
  } finally {
    wipe(key, text);
  }
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new AssentError("bad-input", `the key file ${path} may be read by other accounts`, {
        remedy: `Run: chmod 600 ${path}. If others had access to this machine, consider the key known to them.`,
      });
    }
    return await readFile(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw storageError(error, "read the key-encryption key", path);
    throw new AssentError("key-gone", `the key file ${path} is not there`, {
      remedy:
        "Bring it back from where you keep its copy. Without it nothing sealed by this instance can be opened.",
    });
  }
}

async function runCommand(command: string): Promise<Buffer> {
  try {
    const { stdout } = await promisify(exec)(command, {
      encoding: "buffer",
      timeout: COMMAND_MS,
      maxBuffer: 4096,
    });
    return stdout;
  } catch (error) {
    // Neither the command nor its output goes into the error: both may hold secrets, and `cause` would carry them.
    const status = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new AssentError(
      "bad-input",
      `the command that prints the key-encryption key failed with status ${status}`,
      {
        remedy: "Run the command by hand as the account that runs Assent, and see what it says.",
      },
    );
  }
}

function parseKey(raw: Buffer, what: string): KeyObject {
  const text = raw.toString("utf8").trim();
  wipe(raw);
  const encoding = /^[0-9a-fA-F]{64}$/.test(text)
    ? "hex"
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(text)
      ? "base64"
      : undefined;
  const bytes = encoding ? Buffer.from(text, encoding) : undefined;
  if (bytes?.length !== KEY_BYTES) {
    throw new AssentError("bad-input", `${what} is not a key`, { remedy: `It must be ${FORM}.` });
  }
  try {
    return createSecretKey(bytes);
  } finally {
    wipe(bytes);
  }
}
