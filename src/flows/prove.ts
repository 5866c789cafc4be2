import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { BlobKind } from "../blobs/index.ts";
import { sweepDatabase, sweepPerson, type Residue } from "../rights/index.ts";
import { checkedId } from "./named.ts";
import { keySubject } from "./doomed-keys.ts";
import { INDEX_CHECK, waitForHolders } from "./index-holders.ts";
import type { Parts } from "./instance.ts";
import { checkTheLog } from "./log.ts";
import { neededKeys } from "./needed-keys.ts";

export interface Proof {
  readonly clean: boolean;
  readonly residue: readonly Residue[];
  readonly checks: readonly { readonly check: string; readonly residue: number }[];
  /** What this instance cannot see to by itself, such as settings of an external server. */
  readonly advice: readonly string[];
}

/** A blob may be this old before a missing row counts: a put comes before its row. */
const ORPHAN_AGE_MS = 60_000;

/**
 * The residue sweep over database, blobs, keys and index: everything that should not be there. With a person, also
 * everything that is about them: after an erasure, nothing may be.
 */
export async function prove(
  parts: Pick<Parts, "id" | "db" | "blobs" | "keys" | "indexes" | "pin" | "clock">,
  options: { readonly person?: Id | undefined },
): Promise<Proof> {
  const results: Residue[] = [];
  const database = await sweepDatabase(parts.db);
  results.push(
    ...database.checks.map((one) => ({
      check: one.check,
      where: database.residue.find((left) => left.check === one.check)?.where ?? "database",
      count: one.residue,
    })),
  );
  results.push(...(await sweepLog(parts)));
  results.push(...(await sweepBlobs(parts)), ...(await sweepKeys(parts)), await sweepIndex(parts));
  if (options.person !== undefined) {
    checkedId(options.person, "person", "It is printed by assent join.");
    const person = await sweepPerson(parts.db, options.person);
    results.push(
      ...(person.residue.length > 0
        ? person.residue
        : [{ check: "no row about the person", where: "database", count: 0 }]),
    );
    for (const group of ["face", "contact"] as const) {
      const there = await parts.keys.has({ kind: "person", id: options.person, group });
      results.push({ check: `no ${group} key of the person`, where: "key store", count: there ? 1 : 0 });
    }
  }
  const residue = results.filter((one) => one.count > 0);
  return {
    clean: residue.length === 0,
    residue,
    checks: results.map((one) => ({ check: one.check, residue: one.count })),
    advice: await serverAdvice(parts),
  };
}

/** What `assent log check` names one by one. */
async function sweepLog(parts: Pick<Parts, "id" | "db" | "keys" | "pin">): Promise<readonly Residue[]> {
  const { damage } = await checkTheLog(parts);
  const payloads = damage.filter((one) => one.kind === "altered-payload").length;
  return [
    { check: "no altered entry of the log", where: "entry_payload", count: payloads },
    {
      check: "no damage to the order and the signatures of the log",
      where: "log",
      count: damage.length - payloads,
    },
  ];
}

async function sweepBlobs(parts: Pick<Parts, "db" | "blobs" | "clock">): Promise<readonly Residue[]> {
  const [originals, chips, renditions] = await Promise.all([
    parts.db.selectFrom("photo").select("blob as ref").execute(),
    parts.db.selectFrom("photo").select("chips as ref").where("chips", "is not", null).execute(),
    parts.db.selectFrom("rendition").select("blob as ref").where("blob", "is not", null).execute(),
  ]);
  const results: Residue[] = [];
  for (const [kind, rows] of [
    ["originals", originals],
    ["chips", chips],
    ["renditions", renditions],
  ] as const) {
    const named = new Set(rows.map((row) => row.ref));
    const orphans = await countOrphans(parts, kind, named);
    results.push({ check: `no ${kind} file without its row`, where: `blobs/${kind}`, count: orphans.files });
    results.push({
      check: `no ${kind} row without its file`,
      where: `blobs/${kind}`,
      count: orphans.missing,
    });
  }
  return results;
}

async function countOrphans(
  parts: Pick<Parts, "blobs" | "clock">,
  kind: BlobKind,
  named: ReadonlySet<string | null>,
): Promise<{ readonly files: number; readonly missing: number }> {
  const there = new Set<string>();
  let files = 0;
  const old = Date.now() - ORPHAN_AGE_MS;
  for await (const blob of parts.blobs.list(kind)) {
    there.add(blob.ref);
    if (!named.has(blob.ref) && blob.modifiedAt.getTime() < old) files++;
  }
  let missing = 0;
  for (const ref of named) if (ref !== null && !there.has(ref)) missing++;
  return { files, missing };
}

async function sweepKeys(parts: Pick<Parts, "db" | "keys">): Promise<readonly Residue[]> {
  const needed = await neededKeys(parts.db);
  const orphans = (await parts.keys.list()).filter((ref) => !needed.has(keySubject(ref)));
  const doomed = await parts.keys.doomed();
  return [
    { check: "no key without its person or collection", where: "key store", count: orphans.length },
    { check: "no doomed key still there", where: "key store", count: doomed.length },
  ];
}

async function sweepIndex(parts: Pick<Parts, "db" | "indexes">): Promise<Residue> {
  const row = await parts.db.selectFrom("index_version").select("version").executeTakeFirst();
  const clean = await waitForHolders(parts, row?.version ?? 0);
  return {
    check: INDEX_CHECK,
    where: "index",
    count: clean ? 0 : 1,
  };
}

/** Settings under which erased rows live on in the server's own files; docs/operating.md says how to set them. */
async function serverAdvice(parts: Pick<Parts, "db">): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings
    where name in ('log_statement', 'log_min_messages', 'log_min_error_statement', 'log_parameter_max_length_on_error', 'wal_recycle', 'archive_mode')`.execute(
    parts.db,
  );
  const wanted: Readonly<Record<string, string>> = {
    log_statement: "none",
    log_min_messages: "log",
    log_min_error_statement: "panic",
    log_parameter_max_length_on_error: "0",
    wal_recycle: "off",
    archive_mode: "off",
  };
  return rows
    .filter((row) => wanted[row.name] !== row.setting)
    .map(
      (row) =>
        `the database server has ${row.name} = ${row.setting}; erased rows leave fewer traces with ${wanted[row.name]}`,
    );
}
