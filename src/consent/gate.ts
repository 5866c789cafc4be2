import { sql } from "kysely";
import { refuseWhileSuspended } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { Db, Purpose, Trx } from "../db/index.ts";
import { COMPANIONS } from "./texts.ts";

export type Use = "match" | "publish" | "lookup";

/** Seconds that a permit may be used without asking the database again. */
const LIFETIME_MS = 60_000;

interface Facts {
  readonly person: Id;
  readonly purpose: Purpose;
  readonly collection: Id;
  readonly channel: string | null;
  readonly consent: Id;
  readonly epoch: number;
  readonly expires: Date;
}

const MAKER: unique symbol = Symbol("gate");

/**
 * The in-process proof that a consent is live. Only the functions of this file make one: the constructor refuses
 * whoever does not hold this file's secret, and the brand cannot be forged from outside.
 */
export class Permit<U extends Use> implements Facts {
  readonly #brand = true;
  readonly use: U;
  readonly person: Id;
  readonly purpose: Purpose;
  readonly collection: Id;
  readonly channel: string | null;
  readonly consent: Id;
  readonly epoch: number;
  readonly expires: Date;

  /** @internal */
  constructor(maker: symbol, use: U, facts: Facts) {
    if (maker !== MAKER) throw new AssentError("no-consent", "permits are made by the gate only");
    this.use = use;
    this.person = facts.person;
    this.purpose = facts.purpose;
    this.collection = facts.collection;
    this.channel = facts.channel;
    this.consent = facts.consent;
    this.epoch = facts.epoch;
    this.expires = facts.expires;
    Object.freeze(this);
  }

  static isGenuine(value: unknown): value is Permit<Use> {
    return typeof value === "object" && value !== null && #brand in value && value.#brand;
  }
}

/** Errors: `no-consent` for a forged permit, one for another use, or one older than a minute. */
export function assertPermit<U extends Use>(
  permit: Permit<Use>,
  use: U,
  clock: Clock,
): asserts permit is Permit<U> {
  if (!Permit.isGenuine(permit)) throw new AssentError("no-consent", "this is no permit of the gate");
  if (permit.use !== use)
    throw new AssentError("no-consent", `a permit to ${permit.use} does not allow to ${use}`);
  if (clock.now() >= permit.expires) throw new AssentError("no-consent", "the permit has run out");
}

/** One permit for each person who may be looked for in the collection: `find-me` live, matching on. */
export async function matchPermits(
  db: Db,
  collection: Id,
  clock: Clock,
): Promise<readonly Permit<"match">[]> {
  const { rows } = await sql<{
    matching: string;
  }>`select matching from collection where id = ${collection}`.execute(db);
  if (rows[0]?.matching !== "enrolled") return [];
  return permits(db, "match", { purpose: "find-me", collection, channel: null }, clock);
}

/** One permit for each person whom staff may ask about in the collection: `staff-lookup` and `find-me` both live. */
export async function lookupPermits(
  db: Db,
  collection: Id,
  clock: Clock,
): Promise<readonly Permit<"lookup">[]> {
  const [lookup, found] = await Promise.all([
    permits(db, "lookup", { purpose: "staff-lookup", collection, channel: null }, clock),
    matchPermits(db, collection, clock),
  ]);
  const findable = new Set(found.map((permit) => permit.person));
  return lookup.filter((permit) => findable.has(permit.person));
}

/** One permit for each person whose face may appear on the channel. */
export function publishPermits(
  db: Db,
  collection: Id,
  channel: string,
  clock: Clock,
): Promise<readonly Permit<"publish">[]> {
  return permits(db, "publish", { purpose: "publish", collection, channel }, clock);
}

/**
 * One permit for each person whose face the others in the same photo may see; `among` asks about these people alone, as
 * for one photo.
 */
export function companionPermits(
  db: Db,
  collection: Id,
  clock: Clock,
  among?: readonly Id[],
): Promise<readonly Permit<"publish">[]> {
  return permits(db, "publish", { purpose: "publish", collection, channel: COMPANIONS }, clock, among);
}

async function permits<U extends Use>(
  db: Db,
  use: U,
  scope: { purpose: Purpose; collection: Id; channel: string | null },
  clock: Clock,
  among?: readonly Id[],
): Promise<readonly Permit<U>[]> {
  await refuseWhileSuspended(db);
  if (among?.length === 0) return [];
  const now = clock.now();
  const { rows } = await sql<{ person: Id; epoch: number; consent: Id; until: Date }>`
    select p.id as person, p.epoch, e.id as consent, e.valid_until as until
    from person p
    cross join lateral (
      select c.id, c.event, c.valid_from, c.valid_until from consent_event c
      where c.person_id = p.id and c.purpose = ${scope.purpose}
        and (c.collection_id = ${scope.collection} or c.collection_id is null)
        and c.channel is not distinct from ${scope.channel}
        and (c.guardian_id is null or exists (select 1 from guardian g where g.id = c.guardian_id))
      order by c.sequence desc limit 1
    ) e
    where e.event in ('given', 'renewed') and e.valid_from <= ${now} and ${now} < e.valid_until
      and (${among ? [...among] : null}::uuid[] is null or p.id = any(${among ? [...among] : null}::uuid[]))
      and consent_live(p.id, ${scope.purpose}, ${scope.collection}, ${scope.channel}, ${now})`.execute(db);
  return rows.map(
    (row) =>
      new Permit(MAKER, use, {
        person: row.person,
        purpose: scope.purpose,
        collection: scope.collection,
        channel: scope.channel,
        consent: row.consent,
        epoch: row.epoch,
        expires: new Date(Math.min(now.getTime() + LIFETIME_MS, row.until.getTime())),
      }),
  );
}

/**
 * Closes the race with a withdrawal: in the transaction that writes, locks the rows of the people concerned against change and
 * refuses where one of them has changed anything since the permit was made.
 * Errors: `no-consent`; the caller reads again and computes again.
 */
export async function recheck(trx: Trx, used: readonly Permit<Use>[], clock: Clock): Promise<void> {
  const epochs = new Map<Id, number>();
  for (const permit of used) {
    assertPermit(permit, permit.use, clock);
    const known = epochs.get(permit.person);
    if (known !== undefined && known !== permit.epoch) throw stale();
    epochs.set(permit.person, permit.epoch);
  }
  if (epochs.size === 0) return;
  const rows = await trx
    .selectFrom("person")
    .select(["id", "epoch"])
    .where("id", "in", [...epochs.keys()])
    .orderBy("id")
    .forShare()
    .execute();
  const current = new Map(rows.map((row) => [row.id, row.epoch]));
  for (const [person, epoch] of epochs) if (current.get(person) !== epoch) throw stale();
}

function stale(): AssentError {
  return new AssentError("no-consent", "a consent has changed meanwhile", {
    remedy: "Read again and try again.",
  });
}
