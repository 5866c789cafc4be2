import { createHmac } from "node:crypto";
import type { Clock, Id } from "../core/index.ts";
import { sameBytes, type KeyStore } from "../crypto/index.ts";

const DIGITS = 6;
/** An event in the evening goes on past midnight: yesterday's code is good for this long. */
const GRACE_MS = 3 * 3_600_000;
const DAY_MS = 86_400_000;

/**
 * The code shown at the event of a collection on a day (UTC): six digits, HMAC-SHA256 under a secret of the instance, so
 * that a poster's QR code alone, photographed and passed on, does not let people join who were not there that day.
 */
export async function dayCode(keys: Pick<KeyStore, "withSecret">, collection: Id, at: Date): Promise<string> {
  const day = at.toISOString().slice(0, 10);
  const mac = await keys.withSecret("pepper", (secret) =>
    createHmac("sha256", secret).update(`assent-day-code/1\0${collection}\0${day}`, "utf8").digest(),
  );
  // 48 bits by 10^6: no code is likelier than another by more than one in 10^8.
  return String(mac.readUIntBE(0, 6) % 10 ** DIGITS).padStart(DIGITS, "0");
}

/** Whether a code as somebody typed it is the day's, or until three hours after midnight (UTC) the day before's. */
export async function isDayCode(
  keys: Pick<KeyStore, "withSecret">,
  collection: Id,
  typed: string,
  clock: Clock,
): Promise<boolean> {
  const now = clock.now();
  const given = Buffer.from(typed.replace(/\s/g, ""), "utf8");
  const todays = await dayCode(keys, collection, now);
  const yesterdays = await dayCode(keys, collection, new Date(now.getTime() - DAY_MS));
  const sinceMidnight = now.getTime() % DAY_MS;
  const isTodays = sameBytes(Buffer.from(todays), given);
  const isYesterdays = sameBytes(Buffer.from(yesterdays), given);
  return isTodays || (isYesterdays && sinceMidnight < GRACE_MS);
}
