import { createHash } from "node:crypto";
import { mkdir, open, readFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import {
  AssentError,
  isErrno,
  storageError,
  syncFolder,
  withFileLock,
  writeFileDurably,
  type Id,
} from "../core/index.ts";

/** What restricts: after a restore from a backup these are replayed before anything is served. Random ids only. */
export type RestrictingEvent =
  | {
      readonly event: "withdrawn" | "refused" | "expired";
      readonly person: Id;
      readonly purpose: string;
      readonly channel: string | null;
      readonly collection: Id | null;
      /** With find-me: tags by hand went too. */
      readonly tags?: "dropped";
    }
  | {
      readonly event: "erased";
      readonly person: Id;
      /** Photos in which they were alone went too, and, `inOriginals`, their face in others. */
      readonly photos?: { readonly inOriginals: boolean };
    }
  | { readonly event: "rejected" | "untagged"; readonly person: Id; readonly face: Id }
  /** `subject`: a person, face or photo; `only`: the face is not to be matched, and may be published hidden. */
  | { readonly event: "objected"; readonly subject: Id; readonly only?: "matching" }
  /** The objection about the subject was taken back. It restricts nothing: what it ends would be restricted for ever otherwise. */
  | { readonly event: "lifted"; readonly subject: Id }
  /** Something in the photo is to be hidden: it is off public channels until staff have looked. */
  | { readonly event: "reported"; readonly photo: Id }
  /** `subject`: a device, passkey, invitation, API key or gallery's link; or a person, whose recovery codes and links until then are void. */
  | { readonly event: "revoked"; readonly subject: Id }
  /**
   * Of a member of staff: the account (`subject`), the role or password that it had until then, or a passkey, by its own id.
   * `collection`: the role in that one.
   */
  | {
      readonly event: "staff-revoked";
      readonly what: StaffRevoked;
      readonly subject: Id;
      readonly collection?: Id;
    }
  | { readonly event: "deleted"; readonly collection: Id }
  | { readonly event: "photo-deleted"; readonly photo: Id };

export type StaffRevoked = "account" | "role" | "password" | "passkey";

/** How far a journal reaches: the number of its entries, and the digest of the chain that they make. */
export interface JournalPosition {
  readonly entries: number;
  /** 64 lower-case hexadecimal digits; of an empty journal those of no bytes. */
  readonly digest: string;
}

export interface JournalEntry {
  readonly event: RestrictingEvent & { readonly at: string };
  /** After this entry. */
  readonly position: JournalPosition;
}

export interface JournalScan {
  readonly entries: readonly JournalEntry[];
  readonly position: JournalPosition;
  /** False where an entry does not follow the one before it: something between them is missing or was changed. */
  readonly whole: boolean;
}

/**
 * The restriction journal: a file outside the database and its backups, one JSON line an event, each line bound to all
 * before it. Durability: `append` returns after fsync. Concurrency: several processes may append; they take turns at a lock
 * file. A crash can leave half a last line, which reading passes over.
 */
export interface Journal {
  append(events: readonly RestrictingEvent[], at: Date): Promise<void>;
  read(): Promise<readonly (RestrictingEvent & { readonly at: string })[]>;
  scan(): Promise<JournalScan>;
  /** How far it reached when it was last written, as the head beside the keys has it; undefined where none was kept. */
  lastKnown(): Promise<JournalPosition | undefined>;
  /** Notes the present position in the head where there is none yet. To be called at each start. */
  keepHead(): Promise<void>;
}

const START: JournalPosition = { entries: 0, digest: createHash("sha256").digest("hex") };
const HEAD_FORMAT = "assent-journal-head/1";
/** A line has some 300 bytes. Where the end of the file holds none that is whole, all of it is read. */
const TAIL_BYTES = 65_536;

/**
 * `head`: a file kept elsewhere (beside the keys) that says how far the journal reaches. It is written after each append, so
 * that a crash in between leaves a journal that reaches further than its head says, never one that falls short of it.
 */
export function openJournal(path: string, options: { readonly head?: string } = {}): Journal {
  const { head } = options;

  async function writeHead(position: JournalPosition): Promise<void> {
    if (head === undefined) return;
    try {
      await writeFileDurably(head, `${JSON.stringify({ format: HEAD_FORMAT, ...position })}\n`);
    } catch (error) {
      throw storageError(error, "keep how far the restriction journal reaches", head);
    }
  }

  async function scan(): Promise<JournalScan> {
    return follow((await textOf(path)).split("\n"));
  }

  /** Waits its turn at the lock file, which stands in the journal's folder. */
  async function inTurn<T>(use: () => Promise<T>): Promise<T> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return withFileLock(`${path}.lock`, use);
  }

  async function lastKnown(): Promise<JournalPosition | undefined> {
    if (head === undefined) return undefined;
    const text = await textOf(head);
    if (text === "") return undefined;
    const position = parseHead(text);
    if (position) return position;
    throw new AssentError("storage-failed", `the file ${head} is damaged`, {
      remedy:
        "Bring it back from a copy of the key store; without it nobody knows how far the journal reached.",
    });
  }

  return {
    append: (events, at) =>
      events.length === 0
        ? Promise.resolve()
        : inTurn(async () => {
            let position = (await positionFromTail(path)) ?? (await scan()).position;
            const lines = events.map((event) => {
              const text = JSON.stringify({
                ...event,
                at: at.toISOString(),
                n: position.entries + 1,
                before: position.digest,
              });
              position = after(position, text);
              return `${text}\t${checksum(text)}\n`;
            });
            // Begins with a new line, so that half a line before it spoils nothing.
            await appendWhole(path, Buffer.from(`\n${lines.join("")}`, "utf8"));
            await writeHead(position);
          }),
    read: async () => (await scan()).entries.map((entry) => entry.event),
    scan,
    lastKnown,
    async keepHead() {
      if (head === undefined || (await lastKnown()) !== undefined) return;
      await inTurn(async () => writeHead((await scan()).position));
    },
  };
}

async function appendWhole(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    // Not appendFile, which writes half a megabyte at a time: a crash between two of those would leave a part of an append.
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length) {
      throw new AssentError("storage-failed", `the restriction journal ${path} could not be written whole`, {
        remedy: "Free some space on its disk, then start again: what is missing is appended then.",
      });
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

type Line = RestrictingEvent & { readonly at: string; readonly n?: number; readonly before?: string };

function parseLine(line: string): { readonly text: string; readonly value: Line } | undefined {
  const [text, sum] = line.split("\t");
  if (!text || sum !== checksum(text)) return undefined;
  return { text, value: JSON.parse(text) as Line };
}

/** Lines of before the chain have no number: they count in their order, and are in the digest like all others. */
function follow(lines: readonly string[]): JournalScan {
  const entries: JournalEntry[] = [];
  let position = START;
  let whole = true;
  for (const line of lines) {
    const parsed = parseLine(line);
    if (!parsed) continue;
    const { n, before, ...event } = parsed.value;
    if (n !== undefined && before !== undefined) {
      if (n !== position.entries + 1 || before !== position.digest) whole = false;
      position = { entries: n - 1, digest: before };
    }
    position = after(position, parsed.text);
    entries.push({ event, position });
  }
  return { entries, position, whole };
}

function after(position: JournalPosition, text: string): JournalPosition {
  const digest = createHash("sha256").update(`${position.digest}\n${text}`).digest("hex");
  return { entries: position.entries + 1, digest };
}

/** By the last whole line with a number near the end of the file; undefined where there is none. */
async function positionFromTail(path: string): Promise<JournalPosition | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw storageError(error, "read the restriction journal", path);
  }
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await file.read(tail, 0, tail.length, size - tail.length);
    for (const line of tail.toString("utf8").split("\n").toReversed()) {
      const parsed = parseLine(line);
      if (!parsed) continue;
      const { n, before } = parsed.value;
      return n === undefined || before === undefined
        ? undefined
        : after({ entries: n - 1, digest: before }, parsed.text);
    }
    return undefined;
  } finally {
    await file.close();
  }
}

function parseHead(text: string): JournalPosition | undefined {
  try {
    const { format, entries, digest } = JSON.parse(text) as Partial<JournalPosition & { format: string }>;
    const plain =
      format === HEAD_FORMAT && Number.isSafeInteger(entries) && /^[0-9a-f]{64}$/.test(digest ?? "");
    return plain ? { entries: entries ?? 0, digest: digest ?? "" } : undefined;
  } catch {
    return undefined;
  }
}

/** Empty where there is no such file. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "";
    throw storageError(error, "read the restriction journal", path);
  }
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
