export { hashFile, hashOpen, sameBytes, sha256, sha256Hex } from "./digest.ts";
export { type Roll } from "./epoch-roll.ts";
export { openKeyStore } from "./folder-key-store.ts";
export { type KeyEncryptionKeySource } from "./key-encryption-key.ts";
export { parseKeyName, type InstanceSecret, type KeyGroup, type KeyRef } from "./key-ref.ts";
export { type CurrentEpoch, type KeyStore } from "./key-store.ts";
export { type KekChange } from "./change-kek.ts";
export { type KeyVersion } from "./succession.ts";
export { makeOrthogonal } from "./orthogonal.ts";
export { openSealed, seal, sealAgain, SEAL_OVERHEAD } from "./seal.ts";
export {
  createStreamOpener,
  createStreamSealer,
  newStreamSalt,
  SEALED_CHUNK,
  STREAM_CHUNK,
  STREAM_SALT_BYTES,
  streamKey,
  type StreamOpener,
  type StreamSealer,
} from "./seal-stream.ts";
export { openText, sealText, sealTextAgain } from "./seal-text.ts";
export {
  publicKeyOf,
  rawPublicKey,
  signBytes,
  verifyBytes,
  verifyCompact,
  type JwsHeader,
  type PublicKey,
  type Verification,
} from "./sign.ts";
export { type SigningKey } from "./signing-keys.ts";
