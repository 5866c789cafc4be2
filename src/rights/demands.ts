import { record } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { DemandKind, DemandOutcome, Trx } from "../db/index.ts";
import { closeRequest, monthsAfter, writeRequest, type WrittenRequest } from "./requests.ts";

export const DEMANDS: readonly DemandKind[] = ["access", "correct", "object", "erase"];

/** What a person may demand: access, correction, objection, erasure (GDPR art. 15, 16, 21, 17). */
export interface NewDemand extends Pick<
  WrittenRequest,
  "person" | "photo" | "face" | "contact" | "note" | "language"
> {
  readonly kind: DemandKind;
  /** When it arrived: its month runs from then. Not in the future. */
  readonly receivedAt: Date;
}

/** Longer than a month ago, somebody mistyped the year, or the answer is late anyhow; a year is past any excuse. */
const LONGEST_AGO_MS = 365 * 86_400_000;

/** By art. 12(3) the month may become three, where the person is told why within the first. */
const EXTENSION_MONTHS = 2;
const LONGEST_REASON = 500;

/** Writes a demand down, with its clock. Errors: `bad-input` for a date in the future or over a year ago. */
export async function openDemand(
  trx: Trx,
  keys: KeyStore,
  demand: NewDemand,
  clock: Clock,
): Promise<{ readonly id: Id; readonly dueAt: Date }> {
  const age = clock.now().getTime() - demand.receivedAt.getTime();
  if (!(age >= 0 && age <= LONGEST_AGO_MS)) {
    throw new AssentError("bad-input", "the day on which it arrived lies in the future, or over a year ago");
  }
  return writeRequest(trx, keys, { ...demand, place: null }, clock);
}

/**
 * Answers a person's demands of one kind in the transaction that does what they demand: those that were open are closed; with
 * none open, one is written that was opened and closed now, so that the record tells of it either way. Returns the requests
 * whose keys the caller destroys.
 */
export async function answerDemands(
  trx: Trx,
  keys: KeyStore,
  answer: Pick<NewDemand, "kind" | "person" | "photo" | "face" | "language"> & {
    readonly outcome: DemandOutcome;
    readonly staff: string;
  },
  clock: Clock,
): Promise<{ readonly requests: readonly Id[]; readonly keyed: readonly Id[] }> {
  const { kind, person, photo, face, language, outcome, staff } = answer;
  const open = await trx
    .selectFrom("request")
    .select("id")
    .where("kind", "=", kind)
    .where("state", "=", "open")
    .where("person_id", "is not distinct from", person)
    .where("photo_id", "is not distinct from", photo)
    .where("face_id", "is not distinct from", face)
    .orderBy("opened_at")
    .execute();
  const requests = open.map((row) => row.id);
  if (requests.length === 0) {
    const receivedAt = clock.now();
    const demand = { kind, person, photo, face, language, receivedAt, contact: null, note: null };
    requests.push((await openDemand(trx, keys, demand, clock)).id);
  }
  const keyed: Id[] = [];
  for (const request of requests) {
    const { hadKey } = await closeRequest(trx, { request, outcome, staff }, clock);
    if (hadKey) keyed.push(request);
  }
  return { requests, keyed };
}

/** The person leaves: whatever they had still demanded is moot. Returns the requests whose keys the caller destroys. */
export async function closeDemandsOf(
  trx: Trx,
  person: Id,
  staff: string,
  clock: Clock,
): Promise<readonly Id[]> {
  const open = await trx
    .selectFrom("request")
    .select(["id", "kind"])
    .where("person_id", "=", person)
    .where("state", "=", "open")
    .execute();
  const keyed: Id[] = [];
  for (const { id, kind } of open) {
    const outcome = kind === "erase" ? "done" : "no-change";
    const { hadKey } = await closeRequest(trx, { request: id, outcome, staff }, clock);
    if (hadKey) keyed.push(id);
  }
  return keyed;
}

/**
 * Makes the time of a demand longer, by two months, once, with the reason; the caller tells the person, as art. 12(3) asks.
 * Errors: `bad-input` for a reason that is empty or longer than 500 characters; `not-found` for one that is not open;
 * `refused` once the first month is over, or a second time.
 */
export async function extendDemand(
  trx: Trx,
  order: { readonly request: Id; readonly reason: string; readonly staff: string },
  clock: Clock,
): Promise<{ readonly dueAt: Date }> {
  const reason = order.reason.trim();
  if (reason === "" || reason.length > LONGEST_REASON) {
    throw new AssentError("bad-input", `the reason must have 1 to ${LONGEST_REASON} characters`, {
      remedy: "Say why a month is not enough: the person is told.",
    });
  }
  const row = await trx
    .selectFrom("request")
    .selectAll()
    .where("id", "=", order.request)
    .where("state", "=", "open")
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no open request ${order.request}`);
  if (row.extended_at !== null) throw new AssentError("refused", "its time was made longer already");
  if (row.due_at < clock.now()) {
    throw new AssentError("refused", "its month is over: it can be made longer within the month only", {
      remedy: "Answer it now.",
    });
  }
  const dueAt = monthsAfter(row.opened_at, 1 + EXTENSION_MONTHS);
  await trx
    .updateTable("request")
    .set({ due_at: dueAt, extended_at: clock.now(), extension: reason })
    .where("id", "=", order.request)
    .execute();
  const about = row.person_id === null ? {} : { person: row.person_id };
  const payload = { request: order.request, due: dueAt.toISOString(), by: order.staff };
  await record(trx, { kind: "request-extended", payload, ...about }, clock);
  return { dueAt };
}
