import type { Clock, Id } from "../core/index.ts";
import type { EventKind, Trx, WebhookDeliveryRow, WebhookRow } from "../db/index.ts";
import { noSuchDelivery } from "./deliveries.ts";
import type { Posted } from "./post.ts";
import { switchOff } from "./webhooks.ts";

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
/** A receiver cannot ask to wait longer than the schedule's longest step. */
const LONGEST_WAIT_MS = 86_400_000;

export interface InHand {
  readonly delivery: WebhookDeliveryRow;
  readonly webhook: WebhookRow;
  /** Whether its webhook's other messages wait for it. */
  readonly inTurn: boolean;
}

/**
 * Takes in hand the oldest message that is due of each webhook of which no process has one in hand: a receiver gets them one after the
 * other. A process that dies with one leaves it to the next, after a minute: it may come twice, with the same id.
 */
export async function takeDue(trx: Trx, clock: Clock): Promise<readonly InHand[]> {
  const now = clock.now();
  const free = await trx
    .selectFrom("webhook")
    .select("id")
    .where("state", "=", "on")
    .where((eb) => eb.or([eb("in_hand_until", "is", null), eb("in_hand_until", "<=", now)]))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("webhook_delivery")
          .select("id")
          .whereRef("webhook_id", "=", "webhook.id")
          .where("state", "=", "due")
          .where("next_at", "<=", now),
      ),
    )
    .forNoKeyUpdate()
    .skipLocked()
    .execute();
  if (free.length === 0) return [];
  const hooks = free.map((one) => one.id);
  // Read under the webhooks' locks: what another process has done with them by now is seen.
  const due = await trx
    .selectFrom("webhook_delivery")
    .distinctOn("webhook_id")
    .select(["id", "webhook_id"])
    .where("webhook_id", "in", hooks)
    .where("state", "=", "due")
    .where("next_at", "<=", now)
    .orderBy("webhook_id")
    .orderBy("next_at")
    .orderBy("made_at")
    .orderBy("id")
    .execute();
  if (due.length === 0) return [];
  const until = new Date(now.getTime() + IN_HAND_MS);
  await trx
    .updateTable("webhook")
    .set({ in_hand_until: until })
    .where(
      "id",
      "in",
      due.map((one) => one.webhook_id),
    )
    .execute();
  return takeThese(
    trx,
    due.map((one) => one.id),
    { until, inTurn: true },
  );
}

/** Takes one message in hand at once, whenever it is due, beside any other of its webhook. Errors: `not-found`. */
export async function takeOne(trx: Trx, delivery: Id, clock: Clock): Promise<InHand> {
  const until = new Date(clock.now().getTime() + IN_HAND_MS);
  const [taken] = await takeThese(trx, [delivery], { until, inTurn: false });
  if (!taken) throw noSuchDelivery();
  return taken;
}

async function takeThese(
  trx: Trx,
  ids: readonly Id[],
  { until, inTurn }: { readonly until: Date; readonly inTurn: boolean },
): Promise<readonly InHand[]> {
  const taken = await trx
    .updateTable("webhook_delivery")
    .set(({ eb }) => ({ attempts: eb("attempts", "+", 1), next_at: until }))
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
    return webhook ? [{ delivery, webhook, inTurn }] : [];
  });
}

/** What a message in hand tells, and where: its maker's rights are asked about this before each attempt. null: a test, which tells nothing. */
export function toldBy({ delivery: { kind, body } }: InHand): {
  readonly kind: EventKind;
  readonly collection: Id | null;
} | null {
  if (kind === "test") return null;
  const { data } = JSON.parse(body) as { readonly data: { readonly collection: Id | null } };
  return { kind, collection: data.collection };
}

/** Gives up a message in hand that was not tried, because its webhook may not be told of it any more. */
export async function giveUp(trx: Trx, inHand: InHand): Promise<void> {
  await letGo(trx, inHand);
  await trx
    .updateTable("webhook_delivery")
    .set({ state: "failed", next_at: null, attempts: inHand.delivery.attempts - 1 })
    .where("id", "=", inHand.delivery.id)
    .where("state", "=", "due")
    .execute();
}

/** Lets others take the webhook's next message, unless it was taken in hand anew meanwhile. Holds the webhook; undefined: it is gone. */
async function letGo(trx: Trx, { delivery, inTurn }: InHand): Promise<WebhookRow | undefined> {
  const hook = await trx
    .selectFrom("webhook")
    .selectAll()
    .where("id", "=", delivery.webhook_id)
    .forUpdate()
    .executeTakeFirst();
  if (inTurn && hook && hook.in_hand_until?.getTime() === delivery.next_at?.getTime()) {
    await trx.updateTable("webhook").set({ in_hand_until: null }).where("id", "=", hook.id).execute();
  }
  return hook;
}

/** What became of an attempt. */
export type Settled = "done" | "again" | "failed" | "switched-off";

/**
 * Writes down how an attempt went, and what follows: nothing more, another at its time, giving up, or, after 410 and after days
 * without one that was taken, switching the webhook off. Where somebody switched it off meanwhile, nothing follows; where somebody
 * asked for the message again meanwhile, it stays due; one that was removed is left alone.
 */
export async function settleAttempt(
  trx: Trx,
  inHand: InHand,
  posted: Posted,
  clock: Clock,
): Promise<Settled> {
  const { delivery } = inHand;
  const now = clock.now();
  const hook = await letGo(trx, inHand);
  if (!hook) return "failed";
  const done = posted.status !== null && posted.status >= 200 && posted.status < 300;
  const wait = done ? undefined : waitAfter(delivery.attempts, asked(posted));
  const next = wait === undefined || delivery.kind === "test" ? null : new Date(now.getTime() + wait);
  const went = {
    tried_at: now,
    status: posted.status,
    failure: posted.failure,
    milliseconds: posted.milliseconds,
  };
  const row = trx.updateTable("webhook_delivery").where("id", "=", delivery.id);
  if (done) {
    await row.set({ ...went, state: "done", next_at: null }).execute();
    await trx.updateTable("webhook").set({ failing_since: null }).where("id", "=", hook.id).execute();
    return "done";
  }
  const { numUpdatedRows: stillMine } = await row
    .set({ ...went, state: next === null ? "failed" : "due", next_at: next })
    .where("state", "=", "due")
    .where("attempts", "=", delivery.attempts)
    .executeTakeFirstOrThrow();
  // Given up with its webhook, or asked for again, while it was on its way: that stands.
  if (stillMine === 0n) await row.set(went).execute();
  if (hook.state === "off") return "failed";
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
