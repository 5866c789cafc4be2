import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AssentError, newId, writeFileDurably, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";

export const CONSENT_RECEIPT = "assent-consent+jwt";
export const ERASURE_RECEIPT = "assent-erasure+jwt";
export type ReceiptKind = "consent" | "erasure";

/** Signs a payload as one compact JWS of the given type with the instance's key. */
export type SignReceipt = (payload: Record<string, unknown>, typ: string) => Promise<string>;

export interface ReceiptFolder {
  /** Writes the receipt file whole or not at all and returns its path. */
  write(id: Id, jws: string): Promise<string>;
  remove(file: string): Promise<void>;
  readonly path: string;
}

export function openReceiptFolder(path: string): ReceiptFolder {
  return {
    path,
    async write(id, jws) {
      await mkdir(path, { recursive: true, mode: 0o700 });
      const file = `${id}.jws`;
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
}

/** What an erasure receipt states, by kind and count; it carries no name, picture, contact or id of the person. */
export interface ErasureReceiptFacts {
  readonly instance: Id;
  readonly erasure: Id;
  readonly kind: "withdraw" | "erase" | "expire";
  readonly purposes: readonly string[];
  readonly stoppedAt: string;
  readonly erasedAt: string;
  readonly erased: Readonly<Record<string, number>>;
  readonly stays: readonly { readonly what: string; readonly why: string }[];
  readonly leftEarlier: readonly { readonly what: string; readonly count: number }[];
  readonly checks: readonly { readonly check: string; readonly residue: number }[];
  readonly keyEpoch: { readonly number: number; readonly since: string };
}

/** Signs, writes and records a receipt; the row follows the file, so that a row never points nowhere. */
export async function issueReceipt(
  parts: {
    readonly db: Db | Trx;
    readonly folder: ReceiptFolder;
    readonly sign: SignReceipt;
    readonly clock: Clock;
  },
  receipt:
    | { readonly kind: "consent"; readonly facts: ConsentReceiptFacts }
    | { readonly kind: "erasure"; readonly facts: ErasureReceiptFacts },
): Promise<WrittenReceipt> {
  const id = newId();
  const issued = parts.clock.now();
  const payload = { jti: id, iat: Math.floor(issued.getTime() / 1000), ...receipt.facts };
  const jws = await parts.sign(payload, receipt.kind === "consent" ? CONSENT_RECEIPT : ERASURE_RECEIPT);
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

/** Files of the consent receipts kept for the person. */
export async function receiptFilesOf(db: Db, person: Id): Promise<readonly string[]> {
  const rows = await db.selectFrom("receipt").select("file").where("person_id", "=", person).execute();
  return rows.map((row) => row.file);
}
