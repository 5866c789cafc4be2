import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AssentError,
  newId,
  writeFileDurably,
  type Clock,
  type DurableBatch,
  type Id,
} from "../core/index.ts";
import type { PublicKey } from "../crypto/index.ts";
import type { Db, ErasureKind, Trx } from "../db/index.ts";
import { consentReceiptAsLinkedData, type ConsentAnswer, type Controller } from "./consent-record.ts";

export const CONSENT_RECEIPT = "assent-consent+jwt";
export const ERASURE_RECEIPT = "assent-erasure+jwt";
export type ReceiptKind = "consent" | "erasure";

/** Signs a payload as one compact JWS of the given type with the instance's key. */
export type SignReceipt = (payload: Record<string, unknown>, typ: string) => Promise<string>;

export interface ReceiptFolder {
  /** Writes the receipt file whole or not at all and returns its path. With a batch it is there once that is durable. */
  write(id: Id, jws: string, batch?: DurableBatch): Promise<string>;
  remove(file: string): Promise<void>;
  readonly path: string;
}

export function openReceiptFolder(path: string): ReceiptFolder {
  return {
    path,
    async write(id, jws, batch) {
      const file = `${id}.jws`;
      await mkdir(path, { recursive: true, mode: 0o700 });
      if (batch) {
        const part = join(path, `.${file}.part`);
        await writeFile(part, jws, { mode: 0o600 });
        batch.made(path);
        await batch.add(part, join(path, file));
        return join(path, file);
      }
      await writeFileDurably(join(path, file), jws, { mode: 0o600 });
      return join(path, file);
    },
    async remove(file) {
      if (file.includes("/") || file.includes("\\"))
        throw new AssentError("internal", "a receipt's file has no folder");
      await rm(join(path, file), { force: true });
    },
  };
}

export interface WrittenReceipt {
  readonly id: Id;
  readonly path: string;
  readonly jws: string;
}

/** One consent as its receipt states it. */
export interface ReceiptConsent {
  readonly consent: Id;
  readonly purpose: string;
  readonly channel: string | null;
  readonly collection: Id | null;
  readonly text: string;
  readonly textVersion: string;
  readonly givenHow: string;
  readonly at: string;
  readonly until: string;
}

export interface ConsentReceiptFacts {
  readonly instance: Id;
  readonly person: Id;
  readonly language: string;
  readonly collection: { readonly id: Id; readonly name: string; readonly purpose: string };
  readonly consents: readonly ReceiptConsent[];
  /** What was asked, and refused. */
  readonly refused: readonly ReceiptConsent[];
  /** The log's newest head as this was signed; null while the log is empty. */
  readonly log: PinnedHead | null;
}

/** A signed head of the transparency log, and the log's key in one line (C2SP signed-note). */
export interface PinnedHead {
  readonly checkpoint: string;
  readonly key: string;
}

/** That the erasure's entry is in the log, and that the log goes on from the heads in the person's consent receipts. */
export interface ErasureProof {
  readonly key: string;
  /** What the entry's leaf commits to; salt in base64. */
  readonly entry: {
    readonly salt: string;
    readonly at: string;
    readonly kind: string;
    readonly payload: Readonly<Record<string, unknown>>;
  };
  /** C2SP tlog-proof, with the checkpoint. */
  readonly proof: string;
  /** Roots and hashes in base64; `proof` is null where the log does not reach so far any more. */
  readonly earlier: readonly {
    readonly size: number;
    readonly root: string;
    readonly proof: readonly string[] | null;
  }[];
}

/** What an erasure receipt states, by kind and count; it carries no name, picture, contact or id of the person. */
export interface ErasureReceiptFacts {
  readonly instance: Id;
  readonly erasure: Id;
  /** `photos`, `collection`: the organisation deleted them, and the receipt is its own. */
  readonly kind: ErasureKind;
  readonly purposes: readonly string[];
  readonly stoppedAt: string;
  readonly erasedAt: string;
  readonly erased: Readonly<Record<string, number>>;
  readonly stays: readonly { readonly what: string; readonly why: string }[];
  readonly leftEarlier: readonly { readonly what: string; readonly count: number }[];
  readonly checks: readonly { readonly check: string; readonly residue: number }[];
  readonly keyEpoch: { readonly number: number; readonly since: string };
  /** null: the log could not be signed when this was, and the receipt says no more than what the organisation states. */
  readonly log: ErasureProof | null;
}

/** What is signed, and for a consent what its ISO records need beyond that. */
export type NewReceipt =
  | {
      readonly kind: "consent";
      readonly facts: ConsentReceiptFacts;
      readonly records: { readonly controller: Controller; readonly answers: readonly ConsentAnswer[] };
    }
  | { readonly kind: "erasure"; readonly facts: ErasureReceiptFacts };

/** Of the payload. Receipts without the member are of version 1, and stay valid. */
const VERSION = 2;

/**
 * Signs, writes and records a receipt; the row follows the file, so that a row never points nowhere.
 * Errors: `interrupted` where the signing key was changed meanwhile.
 */
export async function issueReceipt(
  parts: {
    readonly db: Db | Trx;
    readonly folder: ReceiptFolder;
    readonly sign: SignReceipt;
    /** The instance's public keys, the one that signs last. */
    readonly publicKeys: () => Promise<readonly PublicKey[]>;
    readonly clock: Clock;
  },
  receipt: NewReceipt,
): Promise<WrittenReceipt> {
  const id = newId();
  const issued = parts.clock.now();
  const signer = (await parts.publicKeys()).at(-1);
  const payload = {
    version: VERSION,
    jti: id,
    iat: Math.floor(issued.getTime() / 1000),
    signer: signer?.jwk,
    ...receipt.facts,
    ...(receipt.kind === "consent" ? { receipt: linkedData(id, issued, receipt) } : {}),
  };
  const jws = await parts.sign(payload, receipt.kind === "consent" ? CONSENT_RECEIPT : ERASURE_RECEIPT);
  if (signer === undefined || signerOf(jws) !== signer.kid) {
    throw new AssentError("interrupted", "the signing key was changed while a receipt was signed", {
      remedy: "Do it again.",
    });
  }
  const path = await parts.folder.write(id, jws);
  await parts.db
    .insertInto("receipt")
    .values({
      id,
      kind: receipt.kind,
      person_id: receipt.kind === "consent" ? receipt.facts.person : null,
      erasure_id: receipt.kind === "erasure" ? receipt.facts.erasure : null,
      file: `${id}.jws`,
      at: issued,
    })
    .execute();
  return { id, path, jws };
}

function linkedData(
  id: Id,
  issued: Date,
  { facts, records }: Extract<NewReceipt, { readonly kind: "consent" }>,
): Readonly<Record<string, unknown>> {
  return consentReceiptAsLinkedData({
    receipt: id,
    created: issued.toISOString(),
    instance: facts.instance,
    person: facts.person,
    language: facts.language,
    purpose: facts.collection.purpose,
    ...records,
  });
}

/** The thumbprint in a statement's header. Checks nothing. */
function signerOf(jws: string): unknown {
  return partOf(jws, 0)["kid"];
}

/** The head of the log that one of this instance's own receipts pins; undefined where it pins none. Checks nothing. */
export function headPinnedBy(jws: string): string | undefined {
  const { log } = partOf(jws, 1) as { readonly log?: Partial<PinnedHead> | null };
  return log?.checkpoint;
}

function partOf(jws: string, part: 0 | 1): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(jws.split(".")[part] ?? "", "base64url").toString("utf8")) as Record<
    string,
    unknown
  >;
}

/** Files of the consent receipts kept for the person. */
export async function receiptFilesOf(db: Db | Trx, person: Id): Promise<readonly string[]> {
  const rows = await db.selectFrom("receipt").select("file").where("person_id", "=", person).execute();
  return rows.map((row) => row.file);
}
