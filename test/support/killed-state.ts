import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import type { Instance } from "../../src/app/index.ts";
import { keySubject } from "../../src/flows/doomed-keys.ts";
import type { Db } from "../../src/db/index.ts";
import { prove } from "../../src/flows/index.ts";
import { heldPhotos } from "../../src/rights/index.ts";
import { filesBelow } from "./snapshot.ts";

/**
 * What an instance holds, in a form in which two that were brought to the same state by different ways are equal: what
 * was there at the beginning has its name, and what is new (ids, file names, times, sealed bytes) has none.
 */
export type State = Readonly<Record<string, readonly string[]>>;

const NEW = [
  // Of the transparency log: a signature with its key's id, a hash, an entry's salt.
  [/[A-Za-z0-9+/]{91}=/g, "a signature"],
  [/[A-Za-z0-9+/]{43}=/g, "a hash"],
  [/[A-Za-z0-9+/]{22}==/g, "a salt"],
  [/"sequence": \d+(, )?/g, ""],
  [/(renditions|chips)\/[0-9a-f]{2}\/[0-9a-f]{32}/g, "a $1 file"],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "an id"],
  [/\b[0-9a-f]{32}\b/g, "a name"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)?/g, "a time"],
  [/\\+x[0-9a-f]+/g, "bytes"],
] as const;

/** Makes texts comparable; `known` are texts from before, whose ids and times keep their names. */
export function normaliser(known: Iterable<string>): (text: string) => string {
  const old = new Set<string>();
  for (const text of known)
    for (const [form] of NEW) for (const [token] of text.matchAll(form)) old.add(token);
  return (text) =>
    NEW.reduce(
      (result, [form, name]) =>
        result.replaceAll(form, (token: string, ...groups: unknown[]) =>
          name !== "" && old.has(token) ? token : name.replace("$1", String(groups[0])),
        ),
      text,
    );
}

/** Every row as JSON, but for leases of processes, which end by themselves. */
export async function rowsOf(db: Db): Promise<Readonly<Record<string, readonly string[]>>> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'kysely_%'
      and table_name <> 'index_holder' order by table_name`.execute(db);
  const all: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const found = await sql<{
      text: string;
    }>`select to_jsonb(t)::text as text from ${sql.table(name)} t`.execute(db);
    all[name] = found.rows.map((row) => row.text);
  }
  return all;
}

/** The whole instance with its exports: rows, blobs, keys, receipts, journal, folders. */
export async function stateOf(
  instance: Instance,
  folder: string,
  plain: (text: string) => string,
): Promise<State> {
  const state: Record<string, readonly string[]> = {};
  const put = (name: string, texts: Iterable<string>): void => {
    state[name] = [...texts].map((text) => plain(text.replaceAll(folder, "FOLDER"))).sort();
  };
  // What is derived from the entries depends on their random salts and on when it was signed; `prove` checks all of it.
  const tables = Object.entries(await rowsOf(instance.db)).filter(([table]) => !table.startsWith("log_"));
  for (const [table, rows] of tables) put(table, rows);
  const pictures: string[] = [];
  const exported: string[] = [];
  for (const [path, bytes] of await filesBelow(folder)) {
    // Chips are sealed: their bytes differ each time, and their rows tell how many there are.
    if (/^data\/blobs\/(originals|renditions)\//.test(path)) pictures.push(digest(bytes));
    else if (!path.startsWith("data/"))
      exported.push(`${path} ${path.endsWith(".jpg") ? digest(bytes) : bytes.toString("utf8")}`);
  }
  put("pictures", pictures);
  put("exported", exported);
  put(
    "keys",
    (await instance.keys.list()).map((ref) => keySubject(ref)),
  );
  put("receipts", [...(await filesBelow(instance.receipts.path)).values()].map(payloadOf));
  put("journal", new Set((await instance.journal.read()).map((event) => JSON.stringify(event))));
  return state;
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function payloadOf(jws: Buffer): string {
  const payload = Buffer.from(jws.toString("utf8").split(".")[1] ?? "", "base64url").toString("utf8");
  // The log that it is proved in differs with every run.
  const { iat: _, log: __, ...said } = JSON.parse(payload) as Record<string, unknown>;
  return JSON.stringify(said);
}

/** Everything that should not be there once a start has settled: `prove`, and stricter, because nobody else is at work. */
export async function leftovers(instance: Instance): Promise<readonly string[]> {
  const { db } = instance;
  const found: string[] = [];
  const proof = await prove(instance, {});
  for (const one of proof.residue) found.push(`prove: ${one.check} (${one.count})`);
  const same = (what: string, there: Iterable<string>, wanted: Iterable<string>): void => {
    const [left, right] = [[...there], [...wanted]];
    for (const one of without(left, right)) found.push(`${what} too many: ${one}`);
    for (const one of without(right, left)) found.push(`${what} missing: ${one}`);
  };
  const photos = await db.selectFrom("photo").select(["blob", "chips"]).execute();
  const renditions = await db.selectFrom("rendition").select(["blob", "state", "photo_id"]).execute();
  const named = {
    originals: photos.map((row) => row.blob),
    chips: photos.flatMap((row) => row.chips ?? []),
    renditions: renditions.flatMap((row) => row.blob ?? []),
  };
  for (const kind of ["originals", "chips", "renditions"] as const) {
    const there: string[] = [];
    for await (const { ref } of instance.blobs.list(kind)) there.push(ref);
    same(kind, there, named[kind]);
  }
  const receipts = await db.selectFrom("receipt").select("file").execute();
  same(
    "receipts",
    (await filesBelow(instance.receipts.path).catch(() => new Map<string, Buffer>())).keys(),
    receipts.map((row) => row.file),
  );
  const data = (name: string): Promise<readonly string[]> => readdir(join(instance.dataFolder, name));
  same("temporary files", await data("blobs/tmp"), []);
  same("keys in passing", await data("keys/passing"), []);
  same("doomed keys", await data("keys/doomed"), []);
  if ((await data("running")).length !== 1) found.push("an announcement of a process that is gone");
  const suspended = renditions.filter((row) => row.state !== "current").map((row) => row.photo_id);
  // What somebody objected to stays off.
  const held = await heldPhotos(db, suspended);
  if (suspended.some((photo) => !held.has(photo))) found.push("a suspended rendition");
  for (const table of ["pending", "doomed_key"] as const) {
    const rows = await db.selectFrom(table).selectAll().execute();
    for (const row of rows) found.push(`${table}: ${JSON.stringify(row)}`);
  }
  const pending = await db.selectFrom("photo").select("file_name").where("state", "=", "pending").execute();
  for (const row of pending) found.push(`not looked through: ${row.file_name}`);
  found.push(...instance.settled.kept.map((reason) => `not settled: ${reason}`));
  const open = await db.selectFrom("erasure").select("id").where("erased_at", "is", null).execute();
  if (open.length > 0) found.push("an erasure that is not finished");
  return found;
}

/** What differs, in words; `except` are parts that may differ. */
export function differences(is: State, wanted: State, except: readonly string[] = []): readonly string[] {
  const found: string[] = [];
  for (const part of new Set([...Object.keys(is), ...Object.keys(wanted)])) {
    if (except.includes(part)) continue;
    const [left, right] = [is[part] ?? [], wanted[part] ?? []];
    if (left.join("\n") === right.join("\n")) continue;
    const extra = without(left, right);
    const missing = without(right, left);
    found.push(`${part}: +[${extra.join(" | ")}] -[${missing.join(" | ")}]`);
  }
  return found;
}

/** The items of one list that the other lacks, counted. */
function without(items: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return items.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
