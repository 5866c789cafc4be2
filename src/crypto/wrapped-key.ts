import { type KeyObject } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AssentError, wipe } from "../core/index.ts";
import { createDurably, readIfThere, replaceDurably, type KeyFolders } from "./key-files.ts";
import { type HeldKek } from "./held-kek.ts";
import { type KeyName } from "./key-ref.ts";
import { openSealed, seal } from "./seal.ts";

/** File formats of the key store (docs/formats.md). */
const KEY_FORMAT = "assent-key/1";
const EPOCH_FORMAT = "assent-epoch/1";

export interface Epoch {
  readonly number: number;
  readonly startedAt: Date;
}

/** What a key's file says of it in the clear. */
export interface KeyFacts {
  /** 1 for the first of that name; each successor's is one more. */
  readonly version: number;
  /** Null for keys of before this was noted. */
  readonly madeAt: Date | null;
}

interface KeyFile extends KeyFacts {
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
export function wrapKey(
  name: KeyName,
  epoch: { readonly number: number; readonly key: Uint8Array },
  key: Uint8Array,
  { version, madeAt }: KeyFacts,
): string {
  const wrapped = toText(seal(epoch.key, key, `key:${name}:${epoch.number}`));
  const made = madeAt?.toISOString();
  return `${JSON.stringify({ format: KEY_FORMAT, name, epoch: epoch.number, version, made, wrapped })}\n`;
}

/** Undefined for what is no key file of that name. */
export function parseKeyFile(name: KeyName, text: string): KeyFile | undefined {
  const file = parseObject(text);
  if (file?.["format"] !== KEY_FORMAT || file["name"] !== name) return undefined;
  const { epoch, wrapped, version = 1, made } = file;
  if (typeof epoch !== "number" || typeof wrapped !== "string" || typeof version !== "number")
    return undefined;
  const madeAt = typeof made === "string" ? new Date(made) : null;
  return { epoch, wrapped: Buffer.from(wrapped, "base64url"), version, madeAt };
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

interface EpochFile extends Epoch {
  readonly wrapped: Uint8Array;
  /** The same key, wrapped by the key-encryption key that is to come; only while that is being changed. */
  readonly next: Uint8Array | undefined;
}

async function readEpochFile(folders: KeyFolders, number: number): Promise<EpochFile | undefined> {
  const file = parseObject((await readIfThere(epochPath(folders, number))) ?? "");
  if (file?.["format"] !== EPOCH_FORMAT || file["number"] !== number) return undefined;
  const { startedAt, wrapped, next } = file;
  if (typeof startedAt !== "string" || typeof wrapped !== "string") return undefined;
  return {
    number,
    startedAt: new Date(startedAt),
    wrapped: Buffer.from(wrapped, "base64url"),
    next: typeof next === "string" ? Buffer.from(next, "base64url") : undefined,
  };
}

function epochText(
  { number, startedAt }: Epoch,
  key: Uint8Array,
  by: { readonly kek: KeyObject; readonly next?: KeyObject | undefined },
): string {
  const wrap = (kek: KeyObject): string => toText(seal(kek, key, epochPurpose({ number, startedAt })));
  const text = {
    format: EPOCH_FORMAT,
    number,
    startedAt: startedAt.toISOString(),
    wrapped: wrap(by.kek),
    next: by.next && wrap(by.next),
  };
  return `${JSON.stringify(text)}\n`;
}

function epochPurpose({ number, startedAt }: Epoch): string {
  return `epoch:${number}:${startedAt.toISOString()}`;
}

/** Makes an epoch whose file was not there. Only for the holder of the lock. */
export async function createEpoch(
  folders: KeyFolders,
  kek: KeyObject,
  epoch: Epoch,
  key: Uint8Array,
): Promise<void> {
  if (!(await createDurably(folders, epochPath(folders, epoch.number), epochText(epoch, key, { kek })))) {
    throw new AssentError("internal", `key epoch ${epoch.number} is there already`);
  }
}

/** Wraps the key of an epoch again, by one key-encryption key or by two. Only for the holder of the lock. */
export async function rewrapEpoch(
  folders: KeyFolders,
  epoch: Epoch & { readonly key: Uint8Array },
  by: { readonly kek: KeyObject; readonly next?: KeyObject },
): Promise<void> {
  const text = epochText(epoch, epoch.key, by);
  await replaceDurably(folders, folders.epochs, [{ name: `${epoch.number}.json`, text }]);
}

/** An epoch's key as one of its two wrappings gives it; undefined where that is not there or does not open. The caller wipes it. */
export async function openEpochBy(
  folders: KeyFolders,
  kek: KeyObject,
  number: number,
  wrapping: "wrapped" | "next",
): Promise<(Epoch & { readonly key: Uint8Array }) | undefined> {
  const file = await readEpochFile(folders, number);
  const wrapped = file?.[wrapping];
  const key = file && wrapped && openOrNothing(kek, wrapped, epochPurpose(file));
  return key && { number, startedAt: file.startedAt, key };
}

/** Whether the epoch is wrapped by the key-encryption key to come, too. */
export async function hasNextWrapping(folders: KeyFolders, number: number): Promise<boolean> {
  return (await readEpochFile(folders, number))?.next !== undefined;
}

/**
 * Undefined where the epoch is gone, or does not open under this key-encryption key, which is read again from where it is kept
 * before that is said: another process may have changed it. The caller wipes the key.
 */
export async function readEpoch(
  folders: KeyFolders,
  kek: HeldKek,
  number: number,
): Promise<(Epoch & { readonly key: Uint8Array }) | undefined> {
  for (;;) {
    const used = kek.key;
    for (const wrapping of ["wrapped", "next"] as const) {
      const epoch = await openEpochBy(folders, used, number, wrapping);
      if (epoch) return epoch;
    }
    if ((await readEpochFile(folders, number)) === undefined) return undefined;
    if (used === kek.key && !(await kek.reload())) return undefined;
  }
}

/** Undefined where the file is damaged, or its epoch is gone or does not open. The caller wipes the key. */
export async function unwrapKey(
  folders: KeyFolders,
  kek: HeldKek,
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
