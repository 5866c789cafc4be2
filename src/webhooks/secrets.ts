import { hkdfSync, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { Id } from "../core/index.ts";
import { openSealed, seal, type KeyStore } from "../crypto/index.ts";

/** Of 24 to 64 that the form allows (Standard Webhooks 1.0.0, "Signature scheme"). */
const SECRET_BYTES = 32;
const KEY_BYTES = 32;

/** A secret as its receiver keeps it: `whsec_` and base64. */
export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
}

type Sealer = Pick<KeyStore, "withSecret">;

/** Under a key made of the instance's secret for keyed hashes, which is in no backup. */
export async function sealSecret(keys: Sealer, webhook: Id, secret: string): Promise<Buffer> {
  return withSealingKey(keys, (key) =>
    Buffer.from(seal(key, Buffer.from(secret, "utf8"), purposeOf(webhook))),
  );
}

export async function openSecret(keys: Sealer, webhook: Id, sealed: Uint8Array): Promise<string> {
  return withSealingKey(keys, (key) =>
    Buffer.from(openSealed(key, sealed, purposeOf(webhook))).toString("utf8"),
  );
}

function withSealingKey<T>(keys: Sealer, use: (key: Uint8Array) => T): Promise<T> {
  return keys.withSecret("pepper", (pepper) =>
    use(new Uint8Array(hkdfSync("sha256", pepper, "", "assent webhook secrets 1", KEY_BYTES))),
  );
}

function purposeOf(webhook: Id): string {
  return `webhook-secret:${webhook}`;
}

/** The headers of a message, signed with each of the secrets: while one is being changed its receiver may know either. */
export function signedHeaders(
  secrets: readonly string[],
  message: { readonly id: string; readonly at: Date; readonly body: string },
): Readonly<Record<string, string>> {
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(Math.floor(message.at.getTime() / 1000)),
    "webhook-signature": secrets
      .map((secret) => new Webhook(secret).sign(message.id, message.at, message.body))
      .join(" "),
  };
}
