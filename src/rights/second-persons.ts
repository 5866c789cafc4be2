import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, isId, newId, type Clock, type Id } from "../core/index.ts";
import type { Db, SecondPersonRow, Trx } from "../db/index.ts";

/** What two persons can be asked for: `purge` deletes for good, `look-up-roles` gives somebody the right to look people up. */
export const TWO_PERSON_ACTS = ["purge", "look-up-roles"] as const;
export type TwoPersonAct = (typeof TWO_PERSON_ACTS)[number];
export type TwoPersonRule = ReadonlySet<TwoPersonAct>;

/** What waits for a second person. */
export type Asked =
  | { readonly kind: "delete-collection"; readonly collection: Id }
  | {
      readonly kind: "delete-photos";
      readonly collection: Id;
      readonly photos: readonly Id[];
      /** A watched folder: of the photos only those go that are missing from it still. */
      readonly folder?: Id | null;
    }
  | {
      readonly kind: "give-role";
      readonly collection: Id | null;
      readonly account: Id;
      readonly role: NonNullable<SecondPersonRow["role"]>;
    };

/** Who asks, or settles; `account` null: on the command line. */
export interface Actor {
  readonly account: Id | null;
  readonly name: string;
}

/** A colleague comes back from a short holiday. */
const WAITS_MS = 7 * 86_400_000;
/** Owners and officers see what was decided; longer than that the log is for. */
const KEPT_MS = 30 * 86_400_000;

/** Whether an act takes two: where the rule names it, and there is a second owner to confirm it. */
export async function takesTwo(db: Db, rule: TwoPersonRule, act: TwoPersonAct): Promise<boolean> {
  if (!rule.has(act)) return false;
  const { rows: there } = await sql<{ there: boolean }>`
    select to_regclass('auth."user"') is not null as there`.execute(db);
  // An instance that was never served has no accounts.
  if (!there[0]?.there) return false;
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from auth."user" where role = 'owner'`.execute(db);
  return (rows[0]?.n ?? 0) > 1;
}

/** Asks for a second person, with its entry. */
export async function askSecond(
  trx: Trx,
  asked: Asked,
  by: Actor,
  clock: Clock,
): Promise<{ readonly id: Id; readonly expiresAt: Date }> {
  const [id, now] = [newId(), clock.now()];
  const expiresAt = new Date(now.getTime() + WAITS_MS);
  await trx
    .insertInto("second_person")
    .values({
      id,
      kind: asked.kind,
      collection_id: asked.collection,
      photo_ids: asked.kind === "delete-photos" ? [...asked.photos] : [],
      folder_id: asked.kind === "delete-photos" ? (asked.folder ?? null) : null,
      account_id: asked.kind === "give-role" ? asked.account : null,
      role: asked.kind === "give-role" ? asked.role : null,
      asked_by: by.account,
      asked_by_name: by.name,
      asked_at: now,
      expires_at: expiresAt,
      state: "open",
    })
    .execute();
  const { kind, ...what } = asked;
  await record(trx, { kind: "second-asked", payload: { id, what: kind, ...what, by: by.account } }, clock);
  return { id, expiresAt };
}

/** What waits, and what was settled within a month, newest first. */
export async function secondPersons(db: Db, clock: Clock): Promise<readonly SecondPersonRow[]> {
  return db
    .selectFrom("second_person")
    .selectAll()
    .where("asked_at", ">", new Date(clock.now().getTime() - KEPT_MS))
    .orderBy("asked_at", "desc")
    .orderBy("id")
    .execute();
}

/** Old ones go. Nothing waits for so long. */
export async function removeOldSeconds(trx: Trx, clock: Clock): Promise<void> {
  await trx
    .deleteFrom("second_person")
    .where("asked_at", "<=", new Date(clock.now().getTime() - KEPT_MS))
    .execute();
}

/** With a collection goes what waits about it; what was decided stays to be read. */
export async function dropOpenSeconds(trx: Trx, collection: Id): Promise<void> {
  await trx
    .deleteFrom("second_person")
    .where("collection_id", "=", collection)
    .where("state", "=", "open")
    .execute();
}

/** What waits by an id. Errors: `not-found` where nothing does, or not any more. */
export async function secondAsked(db: Db, id: string, clock: Clock): Promise<Asked> {
  const row = await open(db, id, clock).executeTakeFirst();
  if (!row) throw nothingWaits();
  return askedOf(row);
}

/** A text that is no id finds nothing. */
function open(db: Db | Trx, id: string, clock: Clock) {
  return db
    .selectFrom("second_person")
    .selectAll()
    .where("id", "=", isId(id) ? id : null)
    .where("state", "=", "open")
    .where("expires_at", ">", clock.now());
}

function nothingWaits(): AssentError {
  return new AssentError("not-found", "nothing waits by this id, or not any more", {
    remedy: "Ask for it again.",
  });
}

/**
 * Confirms what waits, or takes it back. Only the caller knows who may: here it is refused to confirm what one has asked for oneself.
 * Errors: `not-found` where nothing waits by that id, or not any more; `refused`.
 */
export async function settleSecond(
  trx: Trx,
  order: { readonly id: string; readonly outcome: "confirmed" | "withdrawn"; readonly by: Actor },
  clock: Clock,
): Promise<Asked> {
  const { id, outcome, by } = order;
  const row = await open(trx, id, clock).forUpdate().executeTakeFirst();
  if (!row) throw nothingWaits();
  if (outcome === "confirmed" && row.asked_by === by.account) {
    throw new AssentError("refused", "somebody else confirms what you have asked for", {
      remedy: "Ask another owner.",
    });
  }
  await trx
    .updateTable("second_person")
    .set({ state: outcome, settled_by: by.account, settled_by_name: by.name, settled_at: clock.now() })
    .where("id", "=", id)
    .execute();
  const kind = outcome === "confirmed" ? "second-confirmed" : "second-withdrawn";
  await record(trx, { kind, payload: { id, what: row.kind, account: by.account } }, clock);
  return askedOf(row);
}

/** What was confirmed could not be done: it waits again, with its entry; nothing where it is gone since. */
export async function reopenSecond(trx: Trx, id: string, clock: Clock): Promise<void> {
  const changed = await trx
    .updateTable("second_person")
    .set({ state: "open", settled_by: null, settled_by_name: null, settled_at: null })
    .where("id", "=", id)
    .where("state", "=", "confirmed")
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) return;
  await record(trx, { kind: "second-not-done", payload: { id } }, clock);
}

function askedOf(row: SecondPersonRow): Asked {
  const { kind, collection_id: collection, account_id: account, role } = row;
  if (kind === "give-role" && account !== null && role !== null) return { kind, collection, account, role };
  if (kind === "delete-photos" && collection !== null)
    return { kind, collection, photos: row.photo_ids, folder: row.folder_id };
  if (kind === "delete-collection" && collection !== null) return { kind, collection };
  throw new AssentError("internal", "what waits for a second person does not say what it is");
}
