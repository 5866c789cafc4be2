import { canonicalJson, lastInForce, record, type InForce, type NewEntry } from "../audit/index.ts";
import { textsInForce } from "../consent/index.ts";
import { inTransaction } from "../db/index.ts";
import type { Policy } from "../matching/index.ts";
import type { Parts } from "./instance.ts";

/**
 * An entry of what is in force, where the log's last one says something else: a new version of the program brings other
 * texts or another policy, a model pack too, and keys change by the day. Before it is first used; two processes that note
 * the same at once write it twice, which harms nobody.
 */
async function noteInForce(
  parts: Pick<Parts, "db" | "clock">,
  kind: InForce,
  payload: NewEntry["payload"],
): Promise<void> {
  const last = await lastInForce(parts.db, kind);
  if (last && canonicalJson(last) === canonicalJson(payload)) return;
  await inTransaction(parts.db, (trx) => record(trx, { kind, payload }, parts.clock));
}

/** To which texts people agree, and by which keys is signed and sealed. */
export async function noteTextsAndKeys(parts: Pick<Parts, "db" | "keys" | "clock">): Promise<void> {
  await noteInForce(parts, "texts-in-force", textsInForce());
  const [receipts, log, epoch, transform] = await Promise.all([
    parts.keys.publicKeys(),
    parts.keys.logKeys(),
    parts.keys.currentEpoch(),
    parts.keys.versions("transform"),
  ]);
  await noteInForce(parts, "keys-in-force", {
    receipts: receipts.at(-1)?.kid,
    log: log.at(-1)?.kid,
    epoch: epoch.number,
    since: epoch.startedAt.toISOString(),
    keyEncryptionKey: parts.keys.keyEncryptionKey().fingerprint,
    transform: transform[0]?.version,
  });
}

/** Figures that tell two policies apart, whatever they call themselves. */
const GALLERIES = [1, 10, 100, 1000];
const HEIGHTS = [32, 48, 96];

/** By which policy faces are matched from here on. */
export async function notePolicy(parts: Pick<Parts, "db" | "clock">, policy: Policy): Promise<void> {
  await noteInForce(parts, "policy-in-force", {
    policy: policy.version,
    pack: policy.packId,
    automatic: GALLERIES.map((people) => policy.automatic(people)),
    ask: HEIGHTS.map((height) => policy.ask(height)),
    margin: policy.margin,
    automaticHeight: policy.automaticHeight,
    largestGallery: policy.maxGallery,
  });
}
