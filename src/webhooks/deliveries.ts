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
import type { Posted } from "./post.ts";
import { lockWebhook, switchOff } from "./webhooks.ts";

/**
 * How long after a failure the next try is, in seconds, after the first that is at once: the example schedule of Standard Webhooks 1.0.0
 * ("Deliverability and reliability"), ten tries within 75 hours and 35 minutes.
 */
const AGAIN_AFTER_S = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
/** Up to a tenth later, so that what failed together is not tried together. */
const JITTER = 0.1;
/** A receiver that took nothing for so long is written to no more. */
const FAILING_MS = 5 * 86_400_000;
/** What a process has taken in hand is another's after this, should it have died: longer than an attempt lasts. */
const IN_HAND_MS = 60_000;
/** The spec's advice is less than 20 kB: a hundred ids are 4. */
const MOST_SUBJECTS = 100;
const EVENTS_AT_ONCE = 500;
/** A receiver cannot ask to wait longer than the schedule's longest step. */
const LONGEST_WAIT_MS = 86_400_000;
/** Since when the log of deliveries is kept. */
const DELIVERIES_KEPT_MS = 30 * 86_400_000;

/** Whether a webhook is to be told of an event, as far as its maker may be told now. */
export type MayHear = (webhook: Pick<WebhookRow, "id">, kind: EventKind, collection: Id | null) => boolean;

/**
 * Makes messages of what happened, one transaction at a time, so that a crash makes none twice and loses none. Events of renditions of one
 * collection that wait together become one message. Returns how many events there were.
 */
export async function planDeliveries(trx: Trx, mayHear: MayHear, clock: Clock): Promise<number> {
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
  const hooks = await trx.selectFrom("webhook").selectAll().where("state", "=", "on").execute();
  for (const hook of hooks) {
    const heard = events.filter(
      (one) =>
        hook.kinds.includes(one.kind) &&
        (hook.collection_id === null || hook.collection_id === one.collection_id) &&
        mayHear(hook, one.kind, one.collection_id),
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

export interface InHand {
  readonly delivery: WebhookDeliveryRow;
  readonly webhook: WebhookRow;
}

/**
 * Takes in hand the oldest message that is due of each webhook, of which none is in hand: a receiver gets them one after the other. A
 * process that dies with one leaves it to the next, after a minute: it may come twice, with the same id.
 */
export async function takeDue(
  trx: Trx,
  { not }: { readonly not: readonly Id[] },
  clock: Clock,
): Promise<readonly InHand[]> {
  const now = clock.now();
  const { rows: due } = await sql<{ id: Id }>`
    select d.id from webhook w cross join lateral (
      select id, next_at from webhook_delivery where webhook_id = w.id and state = 'due' and next_at <= ${now}
      order by next_at, made_at, id limit 1 for update skip locked) d
    where w.state = 'on' and not (w.id = any(${[...not]}::uuid[]))`.execute(trx);
  return takeThese(
    trx,
    due.map((one) => one.id),
    clock,
  );
}

/** Takes one message in hand at once, whenever it is due. Errors: `not-found`. */
export async function takeOne(trx: Trx, delivery: Id, clock: Clock): Promise<InHand> {
  const [taken] = await takeThese(trx, [delivery], clock);
  if (!taken) throw noSuchDelivery();
  return taken;
}

async function takeThese(trx: Trx, ids: readonly Id[], clock: Clock): Promise<readonly InHand[]> {
  if (ids.length === 0) return [];
  const taken = await trx
    .updateTable("webhook_delivery")
    .set(({ eb }) => ({
      attempts: eb("attempts", "+", 1),
      next_at: new Date(clock.now().getTime() + IN_HAND_MS),
    }))
    .where("id", "in", [...ids])
    .where("state", "=", "due")
    .returningAll()
    .execute();
  if (taken.length === 0) return [];
  const hooks = await trx
    .selectFrom("webhook")
    .selectAll()
    .where(
      "id",
      "in",
      taken.map((one) => one.webhook_id),
    )
    .execute();
  return taken.flatMap((delivery) => {
    const webhook = hooks.find((one) => one.id === delivery.webhook_id);
    return webhook ? [{ delivery, webhook }] : [];
  });
}

/** What became of an attempt. */
export type Settled = "done" | "again" | "failed" | "switched-off";

/**
 * Writes down how an attempt went, and what follows: nothing more, another at its time, giving up, or, after 410 and after days
 * without one that was taken, switching the webhook off. One that was removed meanwhile is left alone.
 */
export async function settleAttempt(
  trx: Trx,
  { delivery }: InHand,
  posted: Posted,
  clock: Clock,
): Promise<Settled> {
  const now = clock.now();
  const hook = await trx
    .selectFrom("webhook")
    .selectAll()
    .where("id", "=", delivery.webhook_id)
    .forUpdate()
    .executeTakeFirst();
  if (!hook) return "failed";
  const done = posted.status !== null && posted.status >= 200 && posted.status < 300;
  const wait = done ? undefined : waitAfter(delivery.attempts, asked(posted));
  const next = wait === undefined || delivery.kind === "test" ? null : new Date(now.getTime() + wait);
  await trx
    .updateTable("webhook_delivery")
    .set({
      state: done ? "done" : next === null ? "failed" : "due",
      next_at: next,
      tried_at: now,
      status: posted.status,
      failure: posted.failure,
      milliseconds: posted.milliseconds,
    })
    .where("id", "=", delivery.id)
    .execute();
  if (done) {
    await trx.updateTable("webhook").set({ failing_since: null }).where("id", "=", hook.id).execute();
    return "done";
  }
  if (posted.status === 410) {
    await switchOff(trx, hook, "gone", null, clock);
    return "switched-off";
  }
  // A test says something of the address, and nothing of what is missed.
  if (delivery.kind === "test") return "failed";
  const since = hook.failing_since ?? now;
  await trx.updateTable("webhook").set({ failing_since: since }).where("id", "=", hook.id).execute();
  if (now.getTime() - since.getTime() >= FAILING_MS) {
    await switchOff(trx, hook, "failing", null, clock);
    return "switched-off";
  }
  if (next === null) return "failed";
  // Whoever is busy or away is left alone by the other messages as well, but no longer than they ask for.
  const rest = new Date(now.getTime() + Math.max(AGAIN_AFTER_S[0] * 1000, asked(posted)));
  await trx
    .updateTable("webhook_delivery")
    .set({ next_at: rest })
    .where("webhook_id", "=", hook.id)
    .where("state", "=", "due")
    .where("next_at", "<", rest)
    .execute();
  return "again";
}

/** How long the receiver asks to be left alone, in milliseconds. */
function asked({ retryAfterMs }: Posted): number {
  return Math.min(retryAfterMs ?? 0, LONGEST_WAIT_MS);
}

/** Milliseconds; undefined after the last try. */
function waitAfter(attempts: number, atLeast: number): number | undefined {
  const seconds = AGAIN_AFTER_S[attempts - 1];
  if (seconds === undefined) return undefined;
  return Math.max(seconds * 1000 * (1 + JITTER * Math.random()), atLeast);
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

function noSuchDelivery(): AssentError {
  return new AssentError("not-found", "there is no such message of this webhook");
}
