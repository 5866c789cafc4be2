import { sql } from "kysely";
import { AssentError, isId, newId, type Clock, type Id } from "../core/index.ts";
import type {
  Db,
  DeliveryKind,
  EventKind,
  PostFailure,
  Trx,
  WebhookDeliveryRow,
  WebhookEventRow,
  WebhookRow,
} from "../db/index.ts";
import { lockWebhook } from "./webhooks.ts";

/** The spec's advice is less than 20 kB: a hundred ids are 4. */
const MOST_SUBJECTS = 100;
const EVENTS_AT_ONCE = 500;
/** Since when the log of deliveries is kept. */
const DELIVERIES_KEPT_MS = 30 * 86_400_000;

/** Whether a webhook is to be told of an event, as far as its maker may be told now; undefined for one whose maker was not asked. */
export type MayHear = (
  webhook: Pick<WebhookRow, "id">,
) => ((kind: EventKind, collection: Id | null) => boolean) | undefined;

/**
 * Makes messages of what happened, one transaction at a time, so that a crash makes none twice and loses none. Events of renditions of one
 * collection that wait together become one message. Returns how many events there were; `unknown`, and nothing made, where a webhook is on
 * whose maker was not asked: it was added, or switched on, since.
 */
export async function planDeliveries(trx: Trx, mayHear: MayHear, clock: Clock): Promise<number | "unknown"> {
  const events = await trx
    .selectFrom("webhook_event")
    .selectAll()
    .orderBy("at")
    .orderBy("id")
    .limit(EVENTS_AT_ONCE)
    .forUpdate()
    .skipLocked()
    .execute();
  if (events.length === 0) return 0;
  // Read after the events: whoever an event was written down for is among them.
  const hooks = await trx.selectFrom("webhook").selectAll().where("state", "=", "on").execute();
  const asked = hooks.map((hook) => ({ hook, may: mayHear(hook) }));
  if (asked.some(({ may }) => !may)) return "unknown";
  for (const { hook, may } of asked) {
    const heard = events.filter(
      (one) =>
        hook.kinds.includes(one.kind) &&
        (hook.collection_id === null || hook.collection_id === one.collection_id) &&
        may?.(one.kind, one.collection_id),
    );
    for (const message of messagesOf(heard)) await addDelivery(trx, hook.id, message, clock);
  }
  await trx
    .deleteFrom("webhook_event")
    .where(
      "id",
      "in",
      events.map((one) => one.id),
    )
    .execute();
  return events.length;
}

interface Message {
  readonly kind: DeliveryKind;
  /** When it happened; of several, the last. */
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

function messagesOf(events: readonly WebhookEventRow[]): readonly Message[] {
  const groups = Map.groupBy(events, (one) =>
    one.kind.startsWith("rendition.") ? `${one.kind} ${one.collection_id}` : one.id,
  );
  return [...groups.values()].flatMap((group): readonly Message[] => {
    const last = group.at(-1);
    if (!last) return [];
    const { kind, at, collection_id: collection } = last;
    switch (kind) {
      case "import.finished":
        return [{ kind, at, data: { collection, ...last.counts } }];
      case "request.opened":
        return [{ kind, at, data: { request: last.subjects[0] ?? null, collection } }];
      case "rendition.replaced":
      case "rendition.suspended": {
        const all = [...new Set(group.flatMap((one) => one.subjects))].sort();
        return pieces(all).map((renditions) => ({
          kind,
          at,
          data: { collection, renditions, count: renditions.length },
        }));
      }
    }
  });
}

function pieces(all: readonly Id[]): readonly (readonly Id[])[] {
  const count = Math.ceil(all.length / MOST_SUBJECTS);
  return Array.from({ length: count }, (_, i) => all.slice(i * MOST_SUBJECTS, (i + 1) * MOST_SUBJECTS));
}

/** Puts a message into the row of those that are due. */
export async function addDelivery(trx: Trx, webhook: Id, message: Message, clock: Clock): Promise<Id> {
  const { kind, at, data } = message;
  const id = newId();
  await trx
    .insertInto("webhook_delivery")
    .values({
      id,
      webhook_id: webhook,
      kind,
      body: JSON.stringify({ type: kind, timestamp: at.toISOString(), data }),
      state: "due",
      next_at: clock.now(),
      made_at: clock.now(),
      tried_at: null,
      status: null,
      failure: null,
      milliseconds: null,
    })
    .execute();
  return id;
}

/** As the receiver reads it, the same at every try. */
export function messageId(delivery: Id): string {
  return `msg_${delivery.replaceAll("-", "")}`;
}

/** A message as the log has it: no answer's body is kept. */
export interface Delivery {
  readonly id: Id;
  readonly kind: DeliveryKind;
  readonly state: "due" | "done" | "failed";
  readonly attempts: number;
  readonly madeAt: Date;
  readonly nextAt: Date | null;
  readonly triedAt: Date | null;
  readonly status: number | null;
  readonly failure: PostFailure | null;
  readonly milliseconds: number | null;
}

/** Of one webhook, newest first. `before`: those made before that one; `only`: that one. */
export async function deliveriesOf(
  db: Db,
  page: {
    readonly webhook: Id;
    readonly before?: Id | undefined;
    readonly only?: Id | undefined;
    readonly limit: number;
  },
): Promise<readonly Delivery[]> {
  if (!isId(page.webhook)) return [];
  let query = db.selectFrom("webhook_delivery").selectAll().where("webhook_id", "=", page.webhook);
  if (page.only !== undefined) query = query.where("id", "=", page.only);
  if (page.before !== undefined) {
    query = query.where(
      sql<boolean>`(made_at, id) < (select made_at, id from webhook_delivery where id = ${page.before})`,
    );
  }
  const rows = await query.orderBy("made_at", "desc").orderBy("id", "desc").limit(page.limit).execute();
  return rows.map(asDelivery);
}

function asDelivery(row: WebhookDeliveryRow): Delivery {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    madeAt: row.made_at,
    nextAt: row.next_at,
    triedAt: row.tried_at,
    status: row.status,
    failure: row.failure,
    milliseconds: row.milliseconds,
  };
}

/** Makes a message due again, from its first try on, whatever became of it. Errors: `not-found`; `refused` while it is off. */
export async function sendAgain(
  trx: Trx,
  order: { readonly webhook: Id; readonly delivery: Id },
  clock: Clock,
): Promise<void> {
  const hook = await lockWebhook(trx, order.webhook);
  if (hook.state === "off") {
    throw new AssentError("refused", "this webhook is switched off", { remedy: "Switch it on first." });
  }
  const done = isId(order.delivery)
    ? await trx
        .updateTable("webhook_delivery")
        .set({ state: "due", attempts: 0, next_at: clock.now() })
        .where("id", "=", order.delivery)
        .where("webhook_id", "=", hook.id)
        .executeTakeFirst()
    : undefined;
  if (done?.numUpdatedRows !== 1n) throw noSuchDelivery();
}

/** Lets go of what was sent, or given up, long ago. */
export async function forgetOldDeliveries(db: Db, clock: Clock): Promise<void> {
  await db
    .deleteFrom("webhook_delivery")
    .where("state", "<>", "due")
    .where("made_at", "<", new Date(clock.now().getTime() - DELIVERIES_KEPT_MS))
    .execute();
}

export function noSuchDelivery(): AssentError {
  return new AssentError("not-found", "there is no such message of this webhook");
}
