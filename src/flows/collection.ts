import { sql } from "kysely";
import { AssentError, endOfDay, type Id } from "../core/index.ts";
import { inTransaction, type Preset, type Trx } from "../db/index.ts";
import * as photos from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { doomedRow, keySubject } from "./doomed-keys.ts";
import { isSandbox } from "./is-sandbox.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed } from "./named.ts";
import { withKeys } from "./with-keys.ts";

export interface CollectionOrder {
  readonly name: string;
  readonly purpose: string;
  readonly matching: string;
  readonly matchOnly: string | undefined;
  /** `NAME`, or `NAME:internal` for a channel that is not open to the public. */
  readonly channels: readonly string[];
  /** Days, YYYY-MM-DD, each to its end in UTC. */
  readonly retainUntil: string;
  readonly joinUntil: string | undefined;
  readonly attestation: string;
  readonly attestedBy: string;
  readonly guardians?: number | undefined;
  readonly preset?: string | undefined;
  readonly justification?: string | undefined;
}

export const PRESETS = [
  "event",
  "club",
  "archive",
  "press",
  "school",
  "employer",
] as const satisfies readonly Preset[];

/** Errors: `bad-input` naming what is wrong, `exists` where the name is taken. */
export async function createCollection(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: CollectionOrder & {
    /** Writes what goes with it in the same transaction. */
    readonly along?: (trx: Trx, made: { readonly id: Id }) => Promise<void>;
  },
): Promise<{ readonly id: Id; readonly name: string }> {
  const matching = order.matching;
  if (matching !== "off" && matching !== "enrolled") {
    throw new AssentError("bad-input", `"${matching}" is no matching mode`, {
      remedy: "Modes: off, enrolled.",
    });
  }
  if (order.matchOnly !== undefined && order.matchOnly !== "all-cleared") {
    throw new AssentError("bad-input", `"${order.matchOnly}" does not limit matching`, {
      remedy: "The only limit is all-cleared.",
    });
  }
  const preset = PRESETS.find((known) => known === (order.preset ?? "event"));
  if (!preset) {
    throw new AssentError("bad-input", `"${order.preset}" is no preset`, {
      remedy: `Presets: ${PRESETS.join(", ")}.`,
    });
  }
  const guardians = order.guardians ?? 1;
  if (guardians !== 1 && guardians !== 2) {
    throw new AssentError("bad-input", "a collection asks for the yes of one guardian or of two");
  }
  if (matching === "enrolled" && (await isSandbox(parts.db))) {
    throw new AssentError("refused", "a sandbox looks for nobody", { remedy: "Leave matching off." });
  }
  const wanted: photos.NewCollection = {
    name: order.name,
    purpose: order.purpose,
    matching,
    matchOnly: order.matchOnly,
    channels: order.channels.map(parseChannel),
    retainUntil: day(order.retainUntil, "--retain-until"),
    joinUntil: order.joinUntil === undefined ? undefined : day(order.joinUntil, "--join-until"),
    attestation: order.attestation,
    attestedBy: order.attestedBy,
    guardians,
    preset,
    justification: order.justification,
  };
  const made = await withKeys(parts, (keys) =>
    inTransaction(parts.db, async (trx) => {
      const row = await photos.createCollection(trx, keys, wanted, parts.clock);
      await order.along?.(trx, { id: row.id });
      return row;
    }),
  );
  return { id: made.id, name: made.name };
}

/** Errors: `not-found`, `bad-input`, `exists`. */
export async function renameCollection(
  parts: Pick<Parts, "db" | "clock">,
  order: { readonly collection: Id; readonly name: string; readonly actor: string },
): Promise<void> {
  const { collection, name, actor: by } = order;
  await inTransaction(parts.db, (trx) => photos.renameCollection(trx, { collection, name, by }, parts.clock));
}

function parseChannel(text: string): { readonly name: string; readonly public: boolean } {
  const internal = text.endsWith(":internal");
  return { name: internal ? text.slice(0, -":internal".length) : text, public: !internal };
}

/** The end of a day given by a person. Errors: `bad-input`, naming the option. */
export function day(text: string, option: string): Date {
  const end = endOfDay(text);
  if (!end) {
    throw new AssentError("bad-input", `${option}: "${text}" is no date`, {
      remedy: "Write it as YYYY-MM-DD.",
    });
  }
  return end;
}

export interface CollectionSummary {
  readonly id: Id;
  readonly name: string;
  readonly matching: string;
  readonly photos: number;
  /** Photos not looked through yet. */
  readonly waiting: number;
  readonly faces: number;
  /** People with a live `find-me` for it, or a tag in it. */
  readonly people: number;
  readonly retainUntil: string;
  readonly joinUntil: string;
}

export function listCollections(parts: Pick<Parts, "db" | "clock">): Promise<readonly CollectionSummary[]> {
  return summaries(parts, null);
}

/** Counted for one collection alone, or for all. */
async function summaries(
  parts: Pick<Parts, "db" | "clock">,
  only: Id | null,
): Promise<readonly CollectionSummary[]> {
  const { rows } = await sql<CollectionSummary & { retain_until: Date; join_until: Date }>`
    select c.id, c.name, c.matching, c.retain_until, c.join_until,
      (select count(*)::int from photo p where p.collection_id = c.id) as photos,
      (select count(*)::int from photo p where p.collection_id = c.id and p.state = 'pending') as waiting,
      (select count(*)::int from face f join photo p on p.id = f.photo_id where p.collection_id = c.id) as faces,
      (select count(*)::int from person n where consent_live(n.id, 'find-me', c.id, null, ${parts.clock.now()})
        or exists (select 1 from match m join face f on f.id = m.face_id join photo p on p.id = f.photo_id
          where p.collection_id = c.id and m.person_id = n.id and m.state <> 'rejected')) as people
    from collection c ${only === null ? sql`` : sql`where c.id = ${only}`} order by c.created_at`.execute(
    parts.db,
  );
  return rows.map(({ retain_until, join_until, ...row }) => ({
    ...row,
    retainUntil: lastDay(retain_until),
    joinUntil: lastDay(join_until),
  }));
}

/** The day of which the moment is the end. */
function lastDay(end: Date): string {
  return new Date(end.getTime() - 1).toISOString().slice(0, 10);
}

export async function showCollection(
  parts: Pick<Parts, "db" | "clock">,
  name: string,
): Promise<
  CollectionSummary & {
    /** Whether people may still join. */
    readonly joinable: boolean;
    readonly purpose: string;
    readonly matchOnly: string | null;
    readonly channels: readonly photos.Channel[];
    readonly attestation: string;
    readonly attestedBy: string;
  }
> {
  const collection = await collectionNamed(parts.db, name);
  const [summary] = await summaries(parts, collection.id);
  if (!summary) throw new AssentError("not-found", `there is no collection "${name}"`);
  return {
    ...summary,
    joinable: collection.joining_closed_at === null && collection.join_until > parts.clock.now(),
    purpose: collection.purpose,
    matchOnly: collection.match_only,
    channels: collection.channels,
    attestation: collection.attestation,
    attestedBy: collection.attested_by,
  };
}

/** Writes down files and keys that must go, in the transaction that lets go of them. */
export async function writeLeftovers(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  left: photos.Leftovers,
): Promise<void> {
  if (left.keys.length > 0) {
    await trx
      .insertInto("doomed_key")
      .values(left.keys.map((ref) => doomedRow(ref, parts.clock.now())))
      .onConflict((oc) => oc.doNothing())
      .execute();
  }
  await addPending(
    trx,
    [
      ...left.keys.map((ref) => ({ kind: "destroy-key" as const, subject: keySubject(ref), erasure: null })),
      ...left.blobs.map((subject) => ({ kind: "remove-blob" as const, subject, erasure: null })),
    ],
    parts.clock,
  );
}
