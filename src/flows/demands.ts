import { checkLooker } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, type DemandKind, type Trx } from "../db/index.ts";
import * as rights from "../rights/index.ts";
import { writeLeftovers } from "./collection.ts";
import type { Parts } from "./instance.ts";
import { checkedId, personNamed } from "./named.ts";
import { withKeys } from "./with-keys.ts";

export interface DemandOrder {
  readonly kind: DemandKind;
  readonly person: Id;
  /** The day on which it arrived, YYYY-MM-DD; today where absent. */
  readonly received?: string | undefined;
  readonly contact?: string | undefined;
  readonly note?: string | undefined;
}

/** The kinds that a person may demand, for those who parse one. */
export const DEMAND_KINDS = rights.DEMANDS;

/**
 * Writes down what a person demands by letter or by word of mouth, so that its month runs: the command that does it closes it.
 * Errors: `not-found` for the person; `bad-input` for a day that is none, in the future or over a year ago.
 */
export async function openDemand(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: DemandOrder,
): Promise<{ readonly request: Id; readonly dueAt: string }> {
  const person = await personNamed(parts.db, order.person);
  const demand = {
    kind: order.kind,
    person: person.id,
    photo: null,
    face: null,
    language: person.language,
    receivedAt: order.received === undefined ? parts.clock.now() : dayOf(order.received),
    contact: order.contact ?? null,
    note: order.note ?? null,
  };
  const { id, dueAt } = await withKeys(parts, (keys) =>
    inTransaction(parts.db, (trx) => rights.openDemand(trx, keys, demand, parts.clock)),
  );
  return { request: id, dueAt: dueAt.toISOString() };
}

function dayOf(text: string): Date {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(NaN);
  if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day;
  throw new AssentError("bad-input", `--received: "${text}" is no date`, {
    remedy: "Write it as YYYY-MM-DD.",
  });
}

/** Two months more, once, with the reason (art. 12(3)). Errors: as `extendDemand` of rights/. */
export async function extendDemand(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly request: Id; readonly reason: string; readonly staff: string },
): Promise<{ readonly request: Id; readonly dueAt: string }> {
  checkedId(order.request, "request", "assent requests list shows them.");
  checkLooker({ actor: order.staff, reason: order.reason });
  const { dueAt } = await inTransaction(parts.db, (trx) => rights.extendDemand(trx, order, parts.clock));
  return { request: order.request, dueAt: dueAt.toISOString() };
}

/** In the transaction that does what is demanded: closes what was open, or writes that it was demanded and done. */
export async function answerDemand(
  parts: Pick<Parts, "keys" | "clock">,
  trx: Trx,
  answer: Omit<Parameters<typeof rights.answerDemands>[2], "outcome">,
): Promise<void> {
  const done = await rights.answerDemands(trx, parts.keys, { ...answer, outcome: "done" }, parts.clock);
  await doomRequestKeys(parts, trx, done.keyed);
}

/** What was written in requests that are closed in this transaction goes with its keys. */
export async function doomRequestKeys(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  requests: readonly Id[],
): Promise<void> {
  await writeLeftovers(parts, trx, { blobs: [], keys: requests.map(rights.requestKey) });
}
