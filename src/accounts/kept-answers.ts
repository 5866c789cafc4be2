import { createHmac, hkdfSync } from "node:crypto";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import { openSealed, sameBytes, seal } from "../crypto/index.ts";
import type { Db, Trx } from "../db/index.ts";

/** For as long a repeated request is answered as the first one was. */
const KEPT_MS = 24 * 3_600_000;
const KEY_BYTES = 32;

/** A request that its caller may repeat: by which key, under which name of the caller's, and what it asks. */
export interface KeptAnswer {
  readonly apiKey: Id;
  /** The whole API key, as the request carries it. What is kept is sealed under a key made of it, which nobody else can make. */
  readonly bearer: string;
  /** The caller's Idempotency-Key. */
  readonly repeat: string;
  /** Method, address and body. */
  readonly asked: string;
}

/**
 * What this very request was answered before; undefined where it is new. Errors: `conflict` where the caller gave the same name to
 * another request.
 */
export async function keptAnswer(db: Db, order: KeptAnswer, clock: Clock): Promise<unknown> {
  const { mac, key } = keysOf(order.bearer);
  const row = await db
    .selectFrom("api_answer")
    .select(["asked", "sealed"])
    .where("api_key_id", "=", order.apiKey)
    .where("repeat_key", "=", mac(order.repeat))
    .where("at", ">", new Date(clock.now().getTime() - KEPT_MS))
    .executeTakeFirst();
  if (!row) return undefined;
  if (!sameBytes(row.asked, mac(order.asked))) {
    throw new AssentError("conflict", "this Idempotency-Key was given to another request", {
      remedy: "Give each request a key of its own; repeat one with the same body.",
    });
  }
  const plain = openSealed(key, row.sealed, purposeOf(order.apiKey));
  return JSON.parse(Buffer.from(plain).toString("utf8")) as unknown;
}

/**
 * Keeps an answer in the transaction of what it tells, so that a request is either done and answered for, or neither. Two at once:
 * the later one fails with a unique violation, and nothing of it is done.
 */
export async function keepAnswer(trx: Trx, order: KeptAnswer, answer: unknown, clock: Clock): Promise<void> {
  const { mac, key } = keysOf(order.bearer);
  await forgetOldAnswers(trx, clock);
  const plain = Buffer.from(JSON.stringify(answer), "utf8");
  await trx
    .insertInto("api_answer")
    .values({
      api_key_id: order.apiKey,
      repeat_key: mac(order.repeat),
      asked: mac(order.asked),
      sealed: Buffer.from(seal(key, plain, purposeOf(order.apiKey))),
      at: clock.now(),
    })
    .execute();
}

export async function forgetOldAnswers(db: Db | Trx, clock: Clock): Promise<void> {
  const limit = new Date(clock.now().getTime() - KEPT_MS);
  await db.deleteFrom("api_answer").where("at", "<=", limit).execute();
}

function keysOf(bearer: string): { readonly mac: (text: string) => Buffer; readonly key: Uint8Array } {
  const made = new Uint8Array(hkdfSync("sha256", bearer, "", "assent api answers 1", 2 * KEY_BYTES));
  const macKey = made.subarray(0, KEY_BYTES);
  return {
    mac: (text) => createHmac("sha256", macKey).update(text, "utf8").digest(),
    key: made.slice(KEY_BYTES),
  };
}

function purposeOf(apiKey: Id): string {
  return `api-answer:${apiKey}`;
}
