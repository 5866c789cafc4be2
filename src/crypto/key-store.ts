import { type Id } from "../core/index.ts";
import { type Roll } from "./epoch-roll.ts";
import { type InstanceSecret, type KeyRef } from "./key-ref.ts";
import { type KekChange } from "./change-kek.ts";
import { type KeyEncryptionKeySource } from "./key-encryption-key.ts";
import { type SigningKey, type Signs } from "./signing-keys.ts";
import { type KeyVersion } from "./succession.ts";
import { type Epoch } from "./wrapped-key.ts";

export interface CurrentEpoch extends Epoch {
  /** From then on `rollIfDue` rolls, and what was destroyed before can no longer be recovered from old disk blocks. */
  readonly rollsAt: Date;
}

/**
 * The keys of one instance, in a folder of their own that is in no backup of the database.
 *
 * Durability: what a function has made, doomed or destroyed when it returns is so after a power cut.
 * Concurrency: any number of processes may use one folder. Writers take a lock file in turn and hold it for milliseconds;
 * readers and `doom` never wait.
 * Retry: everything may be called again. `destroy`, `doom` and `create` do nothing where their work is done already.
 * Errors: `key-gone` where a key is not there or doomed, `instance-busy` where the lock is not free within a minute,
 * `storage-failed` where the folder cannot be read or written. No error holds a key.
 */
export interface KeyStore {
  /** Random, made with the folder: tells whether a database and a key store belong together. */
  readonly id: Id;
  /**
   * Makes a key; false where there is one already. Where that one is doomed, its destruction is finished first: the new
   * key opens nothing that was sealed before.
   */
  create(ref: KeyRef): Promise<boolean>;
  /** Whether `withKey` would lend the key: it is there and not doomed. */
  has(ref: KeyRef): Promise<boolean>;
  /**
   * Lends the unwrapped key, 32 bytes, and wipes it once `use` has returned or its promise is settled. While the key is being
   * changed it is the newer one, with which `openSealed` opens what the older one sealed too: [Note: Successors] in succession.ts.
   */
  withKey<T>(ref: KeyRef, use: (key: Uint8Array) => T | Promise<T>): Promise<T>;
  /** Lends a secret of the instance, 32 bytes, the newest unless a version is named, and wipes it likewise. */
  withSecret<T>(
    secret: InstanceSecret,
    use: (key: Uint8Array) => T | Promise<T>,
    version?: number,
  ): Promise<T>;
  /** The keys of that name, newest first: two while it is being changed, none where it is gone or doomed. */
  versions(key: KeyRef | InstanceSecret): Promise<readonly KeyVersion[]>;
  /** Makes a key's successor, which seals from then on; false where there is one already. Errors: `key-gone`. */
  succeed(key: KeyRef | InstanceSecret): Promise<boolean>;
  /**
   * Destroys the key that has a successor; false where there is none, or both are doomed. To be called once nothing is sealed by
   * it any more.
   */
  retire(key: KeyRef | InstanceSecret): Promise<boolean>;
  /** What is being changed and is not finished: the key-encryption key, and keys by their names. */
  changing(): Promise<{ readonly keyEncryptionKey: boolean; readonly names: readonly string[] }>;
  keyEncryptionKey(): { readonly fingerprint: string; readonly source: KeyEncryptionKeySource["kind"] };
  /**
   * Changes the key-encryption key to that of another source; without one, to a new key in the place of the file. `prepared`: both
   * open the folder, and the same is to be called again once the configuration names the new one.
   * Errors: `bad-input` where the new one is missing, badly kept, or the old one.
   */
  changeKeyEncryptionKey(to?: KeyEncryptionKeySource): Promise<KekChange>;
  /**
   * From its return on the key is lent to nobody, in any process, and nothing brings it back: every start destroys what is
   * doomed. To be called once the withdrawal has committed. Waits for no lock.
   */
  doom(ref: KeyRef): Promise<void>;
  /** Dooms and destroys. A late repetition would destroy the key made since; `destroyDoomed` would not. */
  destroy(ref: KeyRef): Promise<void>;
  /** Destroys the doomed among the given keys (all doomed ones unless told); returns those it destroyed. */
  destroyDoomed(refs?: readonly KeyRef[]): Promise<KeyRef[]>;
  /** Keys that are doomed and not yet destroyed. */
  doomed(): Promise<KeyRef[]>;
  /** Keys that are there and not doomed, in no particular order. */
  list(): Promise<KeyRef[]>;
  currentEpoch(): Promise<CurrentEpoch>;
  /** Starts a new epoch, wraps every surviving key again and destroys the old epoch key. Resumes what was interrupted. */
  rollEpoch(): Promise<Roll>;
  /**
   * Rolls when the current epoch is a day old or a roll was interrupted; undefined where there was nothing to do, or where
   * another process is at it. Errors: `storage-failed`, naming the file, where a damaged key would be lost by the roll.
   */
  rollIfDue(): Promise<Roll | undefined>;
  /** Signs with the instance's key: see `verifyCompact` for the form. `typ` names the kind of statement. */
  signCompact(payload: object, typ: string): Promise<string>;
  /** All keys this instance ever signed with, oldest first. */
  publicKeys(): Promise<SigningKey[]>;
  /** Makes a new signing key, of receipts unless told; what the old one signed stays verifiable by the history. */
  rotateSigningKey(signs?: Signs): Promise<SigningKey>;
  /** Signs bytes with the key of the transparency log; `publicKey` has 32 bytes. */
  signLog(bytes: Uint8Array): Promise<{ readonly signature: Uint8Array; readonly publicKey: Uint8Array }>;
  /** All keys that ever signed the log, oldest first. */
  logKeys(): Promise<SigningKey[]>;
}
