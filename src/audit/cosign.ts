import { AssentError, type Clock } from "../core/index.ts";
import { sameBytes, signBytes } from "../crypto/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { checkCheckpoint, parseCheckpoint, type SignedCheckpoint } from "./checkpoint.ts";
import { checkpointOfSize } from "./log.ts";
import {
  formatVerifierKey,
  keyIdOf,
  noteSignature,
  signatureLine,
  signedBytes,
  type NoteKey,
} from "./note.ts";

/** A witness's public key, from the seed of its Ed25519 key. */
export function witnessKeyOf(seed: Uint8Array, name: string): NoteKey & { readonly vkey: string } {
  const key = { name, type: "witness", publicKey: signBytes(seed, new Uint8Array()).publicKey } as const;
  return { ...key, vkey: formatVerifierKey(key) };
}

/** The checkpoint with a witness's line more (C2SP tlog-cosignature, v1). Errors: `internal` for what is no checkpoint. */
export function cosign(note: string, seed: Uint8Array, key: NoteKey, at: Date): string {
  const parsed = parseCheckpoint(note);
  if (!parsed) throw new AssentError("internal", "only a checkpoint is cosigned");
  const seconds = Math.floor(at.getTime() / 1000);
  const { signature } = signBytes(seed, signedBytes("witness", parsed.signed.text, seconds));
  return note + signatureLine(noteSignature(key, signature, seconds));
}

/**
 * Keeps a witness's signature beside the checkpoint of this log that it is of, and gives that checkpoint with all that there are.
 * Errors: `refused` where it is none of this log's checkpoints, or not signed by that witness.
 */
export async function keepCosignature(
  trx: Trx,
  note: string,
  witness: NoteKey,
  log: { readonly origin: string; readonly keys: readonly NoteKey[]; readonly clock: Clock },
): Promise<SignedCheckpoint> {
  const refused = (why: string): AssentError =>
    new AssentError("refused", `the cosigned checkpoint is not taken: ${why}`, {
      remedy:
        "Give the file that the witness wrote from this log's export, and the witness's key in one line.",
    });
  const checked = checkCheckpoint(note, log.origin, [...log.keys, witness]);
  if (!checked.valid) throw refused(checked.reason);
  const id = keyIdOf(witness);
  const line = parseCheckpoint(note)?.signed.signatures.find(
    (one) => one.name === witness.name && sameBytes(one.keyId, id),
  );
  if (witness.type !== "witness" || !line) throw refused("this witness has not signed it");
  const own = await checkpointOfSize(trx, checked.size);
  if (!own || !sameBytes(own.root, checked.root)) throw refused("this log has no such checkpoint");
  await trx
    .insertInto("log_cosignature")
    .values({ size: checked.size, witness: witness.name, line: signatureLine(line), at: log.clock.now() })
    .onConflict((conflict) => conflict.columns(["size", "witness"]).doNothing())
    .execute();
  return (await checkpointOfSize(trx, checked.size)) ?? own;
}

/** The newest checkpoint that a witness has signed; undefined where none has. */
export async function latestCosigned(db: Db): Promise<SignedCheckpoint | undefined> {
  const row = await db
    .selectFrom("log_cosignature")
    .select("size")
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && checkpointOfSize(db, row.size);
}
