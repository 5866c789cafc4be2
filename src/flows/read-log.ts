import { sql, type RawBuilder } from "kysely";
import { latestCheckpoint, latestCosigned, originOf, waitingEntries } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { Parts } from "./instance.ts";

/** What is looked for in the log; what is left out, is not asked about. */
export interface LogQuery {
  readonly kind?: string | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  /** The whole name of whoever did it, where the log, or what it tells of, knows. */
  readonly actor?: string | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface ReadEntry {
  readonly id: Id;
  /** From 0; null: it waits for one. */
  readonly position: number | null;
  /** null, and so the rest: what it said was erased with the person whom it was about. */
  readonly kind: string | null;
  readonly at: Date | null;
  readonly actor: string | null;
  readonly person: Id | null;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

const PAGE = 50;

/**
 * What leads from a face or a picture to a person, which is a look (promise 3): left out of what is read here of an entry about a
 * person.
 */
const LEADS_TO_A_PERSON: ReadonlySet<string> = new Set(["face", "faces", "photo", "photos"]);

/**
 * The log as people read it, from the newest, fifty at a time. Names of collections stand in the place of their ids. An entry about
 * a person says neither in which photo nor which face. Errors: `bad-input` for a cursor that is none.
 */
export async function readLog(
  parts: Pick<Parts, "db">,
  query: LogQuery,
): Promise<{ readonly entries: readonly ReadEntry[]; readonly next: string | null }> {
  const { rows } = await sql<Row>`
    select e.id, e.sequence::float8 as sequence, p.position::float8 as position, x.kind, x.at, x.payload, x.person_id,
      coalesce(x.payload ->> 'by', l.actor, n.staff, d.reviewed_by) as actor
    from entry e
    left join log_position p on p.entry_id = e.id
    left join entry_payload x on x.entry_id = e.id
    left join look l on l.id = case when x.kind = 'look' then (x.payload ->> 'look')::uuid end
    left join enrolment n on n.id = case when x.kind = 'person-enrolled' then (x.payload ->> 'enrolment')::uuid end
    left join disclosure d on d.id = case when x.kind = 'disclosed' then (x.payload ->> 'disclosure')::uuid end
    where ${sql.join(conditions(query), sql` and `)}
    order by e.sequence desc limit ${PAGE + 1}`.execute(parts.db);
  const names = await collectionNames(parts);
  const shown = rows.slice(0, PAGE);
  const last = shown.at(-1);
  return {
    entries: shown.map((row) => readable(row, names)),
    next: rows.length > PAGE && last ? String(last.sequence) : null,
  };
}

interface Row {
  readonly id: Id;
  readonly sequence: number;
  readonly position: number | null;
  readonly kind: string | null;
  readonly at: Date | null;
  readonly payload: Readonly<Record<string, unknown>> | null;
  readonly person_id: Id | null;
  readonly actor: string | null;
}

function conditions({ kind, from, to, actor, cursor }: LogQuery): readonly RawBuilder<unknown>[] {
  const all: RawBuilder<unknown>[] = [sql`true`];
  if (cursor !== undefined) {
    if (!/^\d{1,15}$/.test(cursor)) throw new AssentError("bad-input", "this is no place in the log");
    all.push(sql`e.sequence < ${Number(cursor)}`);
  }
  if (kind !== undefined) all.push(sql`x.kind = ${kind}`);
  if (from !== undefined) all.push(sql`x.at >= ${from}`);
  if (to !== undefined) all.push(sql`x.at < ${to}`);
  if (actor !== undefined) {
    const name = actor.trim();
    all.push(sql`(x.payload ->> 'by' = ${name} or x.payload ->> 'secondStaff' = ${name} or l.actor = ${name}
      or n.staff = ${name} or d.reviewed_by = ${name})`);
  }
  return all;
}

function readable(row: Row, names: ReadonlyMap<string, string>): ReadEntry {
  const { id, position, kind, at, payload, actor } = row;
  const named = payload?.["person"];
  const person = row.person_id ?? (typeof named === "string" ? named : null);
  const facts = Object.entries(payload ?? {}).flatMap(([name, value]) => {
    if (name === "by" || name === "person" || value === null) return [];
    if (person !== null && LEADS_TO_A_PERSON.has(name)) return [];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [{ name, value: names.get(text) ?? text }];
  });
  return { id, position, kind, at, actor, person, facts };
}

async function collectionNames({ db }: Pick<Parts, "db">): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom("collection").select(["id", "name"]).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

export interface LogState {
  readonly origin: string;
  /** What is signed, and when; null: nothing is yet. */
  readonly head: { readonly size: number; readonly at: Date; readonly checkpoint: string } | null;
  /** Entries that are not in it yet. */
  readonly waiting: number;
  /** The newest head that somebody outside has signed too; null: the organisation alone vouches for its log. */
  readonly witnessed: { readonly size: number; readonly by: readonly string[]; readonly at: Date } | null;
  /** Kinds of entries that there are, in the order of the alphabet. */
  readonly kinds: readonly string[];
}

/** How the log stands, as it was signed last; nothing is signed for it. */
export async function logState(parts: Pick<Parts, "id" | "db">): Promise<LogState> {
  const { db } = parts;
  const [head, cosigned, waiting, kinds] = await Promise.all([
    latestCheckpoint(db),
    latestCosigned(db),
    waitingEntries(db),
    db.selectFrom("entry_payload").select("kind").distinct().orderBy("kind").execute(),
  ]);
  return {
    origin: originOf(parts.id),
    head: head ? { size: head.size, at: await signedAt(parts, head.size), checkpoint: head.note } : null,
    waiting,
    witnessed: cosigned ? await witnessesOf(parts, cosigned.size) : null,
    kinds: kinds.map((row) => row.kind),
  };
}

async function signedAt({ db }: Pick<Parts, "db">, size: number): Promise<Date> {
  const row = await db
    .selectFrom("log_checkpoint")
    .select("at")
    .where("size", "=", size)
    .executeTakeFirstOrThrow();
  return row.at;
}

async function witnessesOf(
  { db }: Pick<Parts, "db">,
  size: number,
): Promise<NonNullable<LogState["witnessed"]>> {
  const rows = await db
    .selectFrom("log_cosignature")
    .select(["witness", "at"])
    .where("size", "=", size)
    .orderBy("at")
    .execute();
  return { size, by: rows.map((row) => row.witness), at: rows.at(-1)?.at ?? new Date(0) };
}
