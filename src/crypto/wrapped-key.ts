import { type KeyObject } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AssentError, wipe } from "../core/index.ts";
import { createDurably, readIfThere, type KeyFolders } from "./key-files.ts";
import { type KeyName } from "./key-ref.ts";
import { openSealed, seal } from "./seal.ts";

/** File formats of the key store (docs/formats.md). */
const KEY_FORMAT = "assent-key/1";
const EPOCH_FORMAT = "assent-epoch/1";

export interface Epoch {
  readonly number: number;
  readonly startedAt: Date;
}

interface KeyFile {
  readonly epoch: number;
  readonly wrapped: Uint8Array;
}

export function keyPath(folders: KeyFolders, name: KeyName): string {
  return join(folders.keys, `${name}.json`);
}

export function epochPath(folders: KeyFolders, number: number): string {
  return join(folders.epochs, `${number}.json`);
}

/** The text of a key's file: the key wrapped by an epoch key, bound to its name and that epoch. */
export function wrapKey(name: KeyName, epoch: number, epochKey: Uint8Array, key: Uint8Array): string {
  const wrapped = seal(epochKey, key, `key:${name}:${epoch}`);
  return `${JSON.stringify({ format: KEY_FORMAT, name, epoch, wrapped: toText(wrapped) })}\n`;
}

/** Undefined for what is no key file of that name. */
export function parseKeyFile(name: KeyName, text: string): KeyFile | undefined {
  const file = parseObject(text);
  if (file?.["format"] !== KEY_FORMAT || file["name"] !== name) return undefined;
  const { epoch, wrapped } = file;
  if (typeof epoch !== "number" || typeof wrapped !== "string") return undefined;
  return { epoch, wrapped: Buffer.from(wrapped, "base64url") };
}

/** Names of all wrapped keys, doomed ones and the instance's secrets among them. */
export async function listKeyNames(folders: KeyFolders): Promise<KeyName[]> {
  return (await readdir(folders.keys)).flatMap((file) => (file.endsWith(".json") ? file.slice(0, -5) : []));
}

/** Numbers of the epochs there are, ascending. More than one means that a roll is under way, or was interrupted. */
export async function listEpochs(folders: KeyFolders): Promise<number[]> {
  const names = await readdir(folders.epochs);
  return names
    .flatMap((name) => /^([1-9]\d{0,9})\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Makes an epoch whose file was not there. Only for the holder of the lock. */
export async function createEpoch(
  folders: KeyFolders,
  kek: KeyObject,
  epoch: Epoch,
  key: Uint8Array,
): Promise<void> {
  const startedAt = epoch.startedAt.toISOString();
  const wrapped = seal(kek, key, `epoch:${epoch.number}:${startedAt}`);
  const text = JSON.stringify({
    format: EPOCH_FORMAT,
    number: epoch.number,
    startedAt,
    wrapped: toText(wrapped),
  });
  if (!(await createDurably(folders, epochPath(folders, epoch.number), `${text}\n`))) {
    throw new AssentError("internal", `key epoch ${epoch.number} is there already`);
  }
}

/** Undefined where the epoch is gone, or does not open under this key-encryption key. The caller wipes the key. */
export async function readEpoch(
  folders: KeyFolders,
  kek: KeyObject,
  number: number,
): Promise<(Epoch & { readonly key: Uint8Array }) | undefined> {
  const file = parseObject((await readIfThere(epochPath(folders, number))) ?? "");
  if (file?.["format"] !== EPOCH_FORMAT || file["number"] !== number) return undefined;
  const { startedAt, wrapped } = file;
  if (typeof startedAt !== "string" || typeof wrapped !== "string") return undefined;
  const key = openOrNothing(kek, Buffer.from(wrapped, "base64url"), `epoch:${number}:${startedAt}`);
  return key && { number, startedAt: new Date(startedAt), key };
}

/** Undefined where the file is damaged, or its epoch is gone or does not open. The caller wipes the key. */
export async function unwrapKey(
  folders: KeyFolders,
  kek: KeyObject,
  name: KeyName,
  text: string,
): Promise<Uint8Array | undefined> {
  const file = parseKeyFile(name, text);
  const epoch = file && (await readEpoch(folders, kek, file.epoch));
  if (!epoch) return undefined;
  try {
    return openOrNothing(epoch.key, file.wrapped, `key:${name}:${file.epoch}`);
  } finally {
    wipe(epoch.key);
  }
}

export function damagedKey(name: KeyName): AssentError {
  return new AssentError("storage-failed", `the key file ${name}.json is damaged and does not open`, {
    remedy: "Bring this file and the epochs folder back from a copy of the same day, or destroy this key.",
  });
}

function openOrNothing(
  key: Uint8Array | KeyObject,
  wrapped: Uint8Array,
  purpose: string,
): Uint8Array | undefined {
  try {
    return openSealed(key, wrapped, purpose);
  } catch (error) {
    if (error instanceof AssentError && error.code === "signature") return undefined;
    throw error;
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
