import { record } from "../audit/index.ts";
import { AssentError, isId, newId, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import {
  requireCollection,
  type Db,
  type EventKind,
  type Trx,
  type WebhookOff,
  type WebhookRow,
} from "../db/index.ts";
import { EVENT_KINDS, isEventKind } from "./kinds.ts";
import { newSecret, openSecret, sealSecret } from "./secrets.ts";

/** For so long after a change of secrets messages are signed with both. */
const BOTH_SECRETS_MS = 24 * 3_600_000;
/** Each event is a message to each: more than this is no integration but a mistake. */
const MOST_WEBHOOKS = 50;

export interface WebhookOrder {
  /** null: of the whole instance. */
  readonly collection: Id | null;
  readonly url: string;
  readonly kinds: readonly string[];
  /** Whether addresses of this network may be asked; only an owner says so. */
  readonly allowPrivate: boolean;
  /** `account` null: on the command line. `apiKey`: made by a program, and no more than its key. */
  readonly by: { readonly account: string | null; readonly apiKey: Id | null; readonly name: string };
}

/** As it is listed: without its secret. */
export interface Webhook {
  readonly id: Id;
  readonly collection: { readonly id: Id; readonly name: string } | null;
  readonly url: string;
  readonly kinds: readonly EventKind[];
  readonly allowPrivate: boolean;
  readonly state: "on" | "off";
  readonly offBecause: WebhookOff | null;
  readonly offAt: Date | null;
  readonly failingSince: Date | null;
  /** Until then messages are signed with the secret before as well; null: with one alone. */
  readonly bothSecretsUntil: Date | null;
  readonly madeBy: string;
  readonly madeAt: Date;
  /** Whose rights it goes by. */
  readonly account: string | null;
  readonly apiKey: Id | null;
}

type Sealer = Pick<KeyStore, "withSecret">;

/**
 * Makes a webhook with its entry. The secret is in the answer, and nowhere else after it. Errors: `bad-input`, `not-found` for a
 * collection that is not there, `refused` beyond the most there may be.
 */
export async function addWebhook(
  trx: Trx,
  keys: Sealer,
  order: WebhookOrder,
  clock: Clock,
): Promise<{ readonly id: Id; readonly secret: string }> {
  const url = checkedUrl(order.url, order.allowPrivate);
  const kinds = checkedKinds(order.kinds);
  const { collection, allowPrivate, by } = order;
  const id = newId();
  const secret = newSecret();
  if (collection !== null) await requireCollection(trx, collection);
  const { count } = await trx
    .selectFrom("webhook")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_WEBHOOKS) {
    throw new AssentError("refused", `there are ${MOST_WEBHOOKS} webhooks already`, {
      remedy: "Remove one that is not used any more.",
    });
  }
  await trx
    .insertInto("webhook")
    .values({
      id,
      collection_id: collection,
      url,
      kinds: [...kinds],
      allow_private: allowPrivate,
      secret_sealed: await sealSecret(keys, id, secret),
      old_secret_sealed: null,
      old_until: null,
      state: "on",
      off_because: null,
      off_at: null,
      failing_since: null,
      made_by: by.account,
      api_key_id: by.apiKey,
      made_by_name: by.name,
      made_at: clock.now(),
    })
    .execute();
  const payload = { webhook: id, collection, kinds, allowPrivate, account: by.account, key: by.apiKey };
  await record(trx, { kind: "webhook-added", payload }, clock);
  return { id, secret };
}

/** Ends a webhook with its entry, and what it still had to be told; whether it was there. */
export async function removeWebhook(trx: Trx, webhook: Id, actor: string, clock: Clock): Promise<boolean> {
  if (!isId(webhook)) return false;
  const gone = await trx.deleteFrom("webhook").where("id", "=", webhook).executeTakeFirst();
  if (gone.numDeletedRows === 0n) return false;
  await record(trx, { kind: "webhook-removed", payload: { webhook, by: actor } }, clock);
  return true;
}

/** Ends every webhook that goes by an account's rights or by those of a key it made, with its entries. Returns their ids. */
export async function removeWebhooksOf(
  trx: Trx,
  account: string,
  actor: string,
  clock: Clock,
): Promise<readonly Id[]> {
  const made = await trx
    .selectFrom("webhook as w")
    .leftJoin("api_key as k", "k.id", "w.api_key_id")
    .select("w.id")
    .where(({ eb, or }) => or([eb("w.made_by", "=", account), eb("k.made_by", "=", account)]))
    .execute();
  for (const { id } of made) await removeWebhook(trx, id, actor, clock);
  return made.map((one) => one.id);
}

/** Gives a new secret, and lets the one before count for a day beside it. Errors: `not-found`. */
export async function rotateSecret(
  trx: Trx,
  keys: Sealer,
  order: { readonly webhook: Id; readonly actor: string },
  clock: Clock,
): Promise<{ readonly secret: string; readonly bothUntil: Date }> {
  const row = await lockWebhook(trx, order.webhook);
  const secret = newSecret();
  const bothUntil = new Date(clock.now().getTime() + BOTH_SECRETS_MS);
  await trx
    .updateTable("webhook")
    .set({
      secret_sealed: await sealSecret(keys, row.id, secret),
      old_secret_sealed: row.secret_sealed,
      old_until: bothUntil,
    })
    .where("id", "=", row.id)
    .execute();
  const payload = { webhook: row.id, by: order.actor };
  await record(trx, { kind: "webhook-secret-changed", payload }, clock);
  return { secret, bothUntil };
}

/** On again, or off by hand. What it missed meanwhile is not told. Errors: `not-found`. */
export async function switchWebhook(
  trx: Trx,
  order: { readonly webhook: Id; readonly on: boolean; readonly actor: string },
  clock: Clock,
): Promise<void> {
  const row = await lockWebhook(trx, order.webhook);
  if (!order.on) return switchOff(trx, row, "hand", order.actor, clock);
  if (row.state === "on") return;
  await trx
    .updateTable("webhook")
    .set({ state: "on", off_because: null, off_at: null, failing_since: null })
    .where("id", "=", row.id)
    .execute();
  await record(trx, { kind: "webhook-on", payload: { webhook: row.id, by: order.actor } }, clock);
}

/** Off, with its entry; what it still had to be told is given up. Whoever calls holds the row. */
export async function switchOff(
  trx: Trx,
  row: Pick<WebhookRow, "id" | "state">,
  because: WebhookOff,
  actor: string | null,
  clock: Clock,
): Promise<void> {
  if (row.state === "off") return;
  await trx
    .updateTable("webhook")
    .set({ state: "off", off_because: because, off_at: clock.now() })
    .where("id", "=", row.id)
    .execute();
  await trx
    .updateTable("webhook_delivery")
    .set({ state: "failed", next_at: null })
    .where("webhook_id", "=", row.id)
    .where("state", "=", "due")
    .execute();
  await record(trx, { kind: "webhook-off", payload: { webhook: row.id, because, by: actor } }, clock);
}

/** Errors: `not-found`. */
export async function lockWebhook(trx: Trx, webhook: Id): Promise<WebhookRow> {
  const row = isId(webhook)
    ? await trx.selectFrom("webhook").selectAll().where("id", "=", webhook).forUpdate().executeTakeFirst()
    : undefined;
  if (!row) throw noSuchWebhook();
  return row;
}

/** All there are, newest first, or one. */
export async function listWebhooks(db: Db, only?: Id): Promise<readonly Webhook[]> {
  let query = db
    .selectFrom("webhook as w")
    .leftJoin("collection as c", "c.id", "w.collection_id")
    .selectAll("w")
    .select("c.name as collection_name");
  if (only !== undefined) query = query.where("w.id", "=", isId(only) ? only : newId());
  const rows = await query.orderBy("w.made_at", "desc").orderBy("w.id").execute();
  return rows.map((row) => ({
    id: row.id,
    collection:
      row.collection_id === null ? null : { id: row.collection_id, name: row.collection_name ?? "" },
    url: row.url,
    kinds: row.kinds.filter(isEventKind),
    allowPrivate: row.allow_private,
    state: row.state,
    offBecause: row.off_because,
    offAt: row.off_at,
    failingSince: row.failing_since,
    bothSecretsUntil: row.old_until,
    madeBy: row.made_by_name,
    madeAt: row.made_at,
    account: row.made_by,
    apiKey: row.api_key_id,
  }));
}

/** Errors: `not-found`. */
export async function webhookById(db: Db, id: Id): Promise<Webhook> {
  const [found] = await listWebhooks(db, id);
  if (!found) throw noSuchWebhook();
  return found;
}

/** The secrets by which messages are signed now, the newest first. */
export async function secretsOf(
  keys: Sealer,
  row: Pick<WebhookRow, "id" | "secret_sealed" | "old_secret_sealed" | "old_until">,
  clock: Clock,
): Promise<readonly string[]> {
  const both = row.old_until !== null && row.old_until > clock.now();
  const sealed = [row.secret_sealed, ...(both && row.old_secret_sealed ? [row.old_secret_sealed] : [])];
  return Promise.all(sealed.map((one) => openSecret(keys, row.id, one)));
}

/** Lets go of secrets that count no more. */
export async function forgetOldSecrets(db: Db, clock: Clock): Promise<void> {
  await db
    .updateTable("webhook")
    .set({ old_secret_sealed: null, old_until: null })
    .where("old_until", "<=", clock.now())
    .execute();
}

function noSuchWebhook(): AssentError {
  return new AssentError("not-found", "there is no such webhook");
}

/** Errors: `bad-input`. Where a name leads is checked when a message goes there, each time. */
function checkedUrl(text: string, allowPrivate: boolean): string {
  const url = URL.canParse(text) && text.length <= 2000 ? new URL(text) : undefined;
  const scheme = url?.protocol === "https:" || (url?.protocol === "http:" && allowPrivate);
  if (url && scheme && url.username === "" && url.password === "" && url.hash === "") return url.href;
  throw new AssentError("bad-input", "this is no address that messages could go to", {
    remedy: allowPrivate
      ? "Give an address that begins with https:// or, in this network, http://, without a name, a password or #."
      : "Give an address that begins with https://, without a name, a password or #.",
  });
}

function checkedKinds(given: readonly string[]): readonly EventKind[] {
  const kinds = [...new Set(given.filter(isEventKind))];
  if (kinds.length > 0 && given.every(isEventKind)) return kinds;
  throw new AssentError("bad-input", "a webhook is told of one kind of events at least, of those there are", {
    remedy: `Kinds: ${EVENT_KINDS.join(", ")}.`,
  });
}
