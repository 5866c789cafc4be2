import { checkLooker, recordLook } from "../audit/index.ts";
import { consentTable, type ConsentCell, type ConsentState } from "../consent/index.ts";
import type { Clock, Id } from "../core/index.ts";
import { inTransaction, type Purpose } from "../db/index.ts";
import { collectionById } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { everybodyOf, type JoinedName } from "./named-people.ts";
import { askedIn } from "./welcome.ts";

const DAY_MS = 86_400_000;
/** What ends within so many days is marked: time enough to ask again before it does. */
export const ENDING_DAYS = 30;

/** A use that the collection asks about: a column of the table. `channel` of `publish` alone. */
export interface AskedUse {
  readonly purpose: Purpose;
  readonly channel: string | null;
}

/** `unanswered`: never asked, or passed over. `ending`: a yes that ends within `ENDING_DAYS`. */
export type OverviewState = ConsentState | "ending" | "unanswered";

export interface OverviewCell {
  readonly state: OverviewState;
  readonly since: Date | null;
  readonly until: Date | null;
}

/** One line: a person, with a cell for each use, in the order of `uses`. */
export interface OverviewLine extends JoinedName {
  readonly cells: readonly OverviewCell[];
}

export interface Overview {
  readonly uses: readonly AskedUse[];
  readonly people: readonly OverviewLine[];
  /** Of those that were asked for, not only of this page. */
  readonly total: number;
  /** Of everybody who joined: with a yes that ends soon. */
  readonly ending: number;
}

/** Lines on one page. */
export const OVERVIEW_PAGE = 50;

export interface OverviewOrder {
  readonly collection: Id;
  readonly looking?: string | undefined;
  /** Keeps those who stand so to one of the uses, or to the one that is named, as `PURPOSE` or `publish:CHANNEL`. */
  readonly state?: OverviewState | undefined;
  readonly use?: string | undefined;
  /** Lines before it are left out. */
  readonly from?: number | undefined;
}

/**
 * Who joined a collection and what they agreed to, by name, a page of them. Names are unsealed as they are read and searched
 * in memory alone. No look: it names no face and no photo. Errors: `not-found`.
 */
export async function consentOverview(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: OverviewOrder,
): Promise<Overview> {
  const { uses, lines } = await overviewLines(parts, order);
  const at = order.use === undefined ? undefined : uses.findIndex((use) => useName(use) === order.use);
  const wanted = lines.filter(({ cells }) => {
    if (order.state === undefined) return true;
    const asked = at === undefined ? cells : cells.filter((_, i) => i === at);
    return asked.some((cell) => isIn(cell.state, order.state));
  });
  const from = order.from ?? 0;
  return {
    uses,
    people: wanted.slice(from, from + OVERVIEW_PAGE),
    total: wanted.length,
    ending: lines.filter(({ cells }) => cells.some((cell) => cell.state === "ending")).length,
  };
}

/** What is ending is a yes until then. */
function isIn(state: OverviewState, wanted: OverviewState | undefined): boolean {
  return state === wanted || (wanted === "yes" && state === "ending");
}

/** `PURPOSE`, or `publish:CHANNEL`: how a use is named where one word must do. */
export function useName({ purpose, channel }: AskedUse): string {
  return channel === null ? purpose : `${purpose}:${channel}`;
}

async function overviewLines(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: Pick<OverviewOrder, "collection" | "looking">,
): Promise<{ readonly uses: readonly AskedUse[]; readonly lines: readonly OverviewLine[] }> {
  const collection = await collectionById(parts.db, order.collection);
  const uses = askedIn(collection).map(({ purpose, channel }) => ({ purpose, channel }));
  const [people, said] = await Promise.all([
    everybodyOf(parts, order),
    consentTable(parts.db, collection.id, parts.clock),
  ]);
  const cells = new Map(said.map((cell) => [`${cell.person} ${useName(cell)}`, cell]));
  const cellOf = (person: Id, use: AskedUse): OverviewCell =>
    asOverview(cells.get(`${person} ${useName(use)}`), parts.clock);
  return {
    uses,
    lines: people.map((one) => ({ ...one, cells: uses.map((use) => cellOf(one.person, use)) })),
  };
}

function asOverview(cell: ConsentCell | undefined, clock: Clock): OverviewCell {
  if (!cell) return { state: "unanswered", since: null, until: null };
  const { since, until, state } = cell;
  const soon = until.getTime() - clock.now().getTime() < ENDING_DAYS * DAY_MS;
  if (state === "yes") return { state: soon ? "ending" : "yes", since, until };
  return { state, since, until: null };
}

/**
 * The whole table, to be taken out of Assent. A look at everybody in it, recorded with its reason before the answer: from
 * then on the list is where nobody can take a name off it. Errors: `bad-input` without a reason; `not-found`.
 */
export async function exportOverview(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly collection: Id; readonly actor: string; readonly reason: string },
): Promise<Pick<Overview, "uses" | "people">> {
  checkLooker(order);
  const { uses, lines } = await overviewLines(parts, order);
  const { actor, reason, collection } = order;
  const look = { kind: "list", actor, reason, collection, persons: lines.map((one) => one.person) } as const;
  await inTransaction(parts.db, (trx) => recordLook(trx, look, parts.clock));
  return { uses, people: lines };
}

/** Somebody not to be photographed, and how they said so. */
export interface NotPhotographed extends JoinedName {
  /** `objected`: to publication of any kind. `refused`: to every use that shows a face. */
  readonly because: "objected" | "refused";
}

/**
 * Who is better not photographed: who objected to publication, and who said no to every use that shows their face and yes to
 * none. Whoever has not answered is not on it. A look at everybody on the list, recorded with its reason.
 * Errors: `bad-input` without a reason; `not-found`.
 */
export async function notToPhotograph(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly collection: Id; readonly actor: string; readonly reason: string },
): Promise<readonly NotPhotographed[]> {
  checkLooker(order);
  const { uses, lines } = await overviewLines(parts, order);
  const objected = new Set(
    (
      await parts.db.selectFrom("objection").select("person_id").where("person_id", "is not", null).execute()
    ).map((row) => row.person_id),
  );
  const shows = uses.map((use) => use.purpose === "publish");
  const found = lines.flatMap(({ cells, ...one }): NotPhotographed[] => {
    if (objected.has(one.person)) return [{ ...one, because: "objected" }];
    const said = cells.filter((_, i) => shows[i]).map((cell) => cell.state);
    const refused = said.some((state) => state === "no") && said.every(isNoYes);
    return refused ? [{ ...one, because: "refused" }] : [];
  });
  const { actor, reason, collection } = order;
  const look = { kind: "list", actor, reason, collection, persons: found.map((one) => one.person) } as const;
  await inTransaction(parts.db, (trx) => recordLook(trx, look, parts.clock));
  return found;
}

function isNoYes(state: OverviewState): boolean {
  return state !== "yes" && state !== "ending" && state !== "waiting";
}
