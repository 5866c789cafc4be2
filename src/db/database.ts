import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import { AssentError, withFileLock } from "../core/index.ts";
import { keepLocksApart } from "./advisory-lock.ts";
import { startEmbedded, stopEmbedded } from "./embedded.ts";
import { migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";

/** What readers take. A transaction is one as well. */
export type Db = Kysely<Schema>;
/** What writers take: only flows open one. */
export type Trx = Transaction<Schema>;

export interface Database {
  readonly db: Db;
  /** Ends the sessions; the embedded server is stopped when nobody else uses it. */
  close(): Promise<void>;
}

export type DatabaseSource =
  | { readonly kind: "url"; readonly url: string }
  /** `folder` holds the embedded server's data and the lock. */
  | { readonly kind: "embedded"; readonly folder: string };

const addresses = new WeakMap<Db, pg.PoolConfig>();

/**
 * Where the sessions of an open database go, for a library that must open its own: it ends them before the database is closed,
 * and they count as this process's.
 */
export function addressOf(db: Db): pg.PoolConfig {
  const known = addresses.get(db);
  if (!known) throw new AssentError("internal", "this database was not opened here");
  return { ...known };
}

export interface OpenDatabaseOptions {
  readonly role?: string;
  /** `none`: the schema is left as it is, for whoever brings a backup back into it. */
  readonly migrations?: "none";
}

const OLDEST_SERVER = 160_000;
/** A server that cannot be reached any more is not waited for longer. */
const GOODBYE_MS = 5_000;
const EMBEDDED_NAME = "assent";
const WORKING_SESSIONS = 6;
/**
 * Those who hold a named lock, or wait for it; opened as they are needed, closed when they are idle. The first number is for whoever
 * holds none yet, the next for whoever holds one, and so on: a job that looks at a folder, deletes, and has the log signed holds five.
 * Jobs that hold one within another for minutes, one of each kind at most, must leave some for those who withdraw meanwhile.
 */
const LOCK_SESSIONS = [16, 12, 6, 3, 3] as const;
const APPLICATION = `assent:${hostname().slice(0, 30)}:${process.pid}`;

/**
 * Connects, starting the embedded server where needed, and brings the schema up to date. Several processes may do so
 * at once. Errors: `database-unavailable` with the reason.
 */
export async function openDatabase(
  source: DatabaseSource,
  options: OpenDatabaseOptions = {},
): Promise<Database> {
  // A name of its own for each opening: a process that has opened the server twice must not stop it at the first closing.
  const application = `${APPLICATION}:${options.role ?? ""}:${randomBytes(4).toString("hex")}`;
  switch (source.kind) {
    case "url": {
      const opened = await connect({ connectionString: source.url }, application, options);
      return { db: opened.db, close: opened.end };
    }
    case "embedded":
      return openEmbedded(source.folder, application, options);
  }
}

/** By this role a process says that it does what is written down as to be done. */
export const WORKING = "work";

/** How many processes do what is written down as to be done, on whatever machine. */
export async function workersOf(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct split_part(application_name, ':', 2) || ':' || split_part(application_name, ':', 3))::int as n
    from pg_stat_activity where datname = current_database() and application_name like 'assent:%'
      and split_part(application_name, ':', 4) = ${WORKING}`.execute(db);
  return rows[0]?.n ?? 0;
}

async function openEmbedded(
  folder: string,
  application: string,
  options: OpenDatabaseOptions,
): Promise<Database> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, "postgres");
  const lock = join(folder, "postgres.lock");
  // Connecting and, at the end, counting who else is connected happen under one lock: no client can slip in between
  // the count and the stop.
  const opened = await withFileLock(lock, async () => {
    const server = await startEmbedded(data);
    const settings = { host: server.socket, port: server.port, user: server.user };
    try {
      await ensureDatabase({ ...settings, database: "postgres" });
      return await connect({ ...settings, database: EMBEDDED_NAME }, application, options);
    } catch (error) {
      if (server.started) await stopEmbedded(data);
      throw error;
    }
  });
  return {
    db: opened.db,
    close: () =>
      withFileLock(lock, async () => {
        const others = await sql<{ n: number }>`
          select count(*)::int as n from pg_stat_activity
          where backend_type = 'client backend' and application_name <> ${application}`
          .execute(opened.db)
          .then((result) => result.rows[0]?.n ?? 0)
          // Where that cannot be known, somebody may be there; the next one out stops the server.
          .catch(() => 1);
        await opened.end();
        if (others === 0) await stopEmbedded(data);
      }),
  };
}

async function ensureDatabase(settings: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...settings, application_name: APPLICATION });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const found = await client.query("select 1 from pg_database where datname = $1", [EMBEDDED_NAME]);
    if (found.rowCount === 0) await client.query(`create database ${EMBEDDED_NAME}`);
  } finally {
    await client.end();
  }
}

async function connect(
  settings: pg.PoolConfig,
  application: string,
  options: OpenDatabaseOptions,
): Promise<{ db: Db; end: () => Promise<void> }> {
  const sessions = new Set<Promise<void>>();
  const open = (limits: { readonly min: number; readonly max: number }): Db =>
    new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: openPool({ ...settings, ...limits }, application, sessions) }),
    });
  // One session stays however long nothing is asked: by it whoever closes knows that somebody is there.
  const db = open({ min: 1, max: WORKING_SESSIONS });
  addresses.set(db, { ...settings, application_name: application });
  const locks = LOCK_SESSIONS.map((max) => open({ min: 0, max }));
  keepLocksApart(db, locks);
  try {
    const { rows } = await sql<{ v: number; name: string }>`
      select current_setting('server_version_num')::int as v, current_database() as name`.execute(db);
    const version = rows[0]?.v ?? 0;
    if (version < OLDEST_SERVER) {
      throw new AssentError("database-unavailable", `PostgreSQL ${Math.floor(version / 10_000)} is too old`, {
        remedy: "Assent needs PostgreSQL 16 or later; without DATABASE_URL it brings its own.",
      });
    }
    if (options.migrations !== "none") await migrate(db);
  } catch (error) {
    await Promise.all([db, ...locks].map((one) => one.destroy()));
    if (error instanceof AssentError) throw error;
    throw new AssentError(
      "database-unavailable",
      `the database cannot be used: ${(error as Error).message}`,
      {
        cause: error,
        remedy: "Check DATABASE_URL, that the server runs, and that its account may create tables.",
      },
    );
  }
  return {
    db,
    async end() {
      await Promise.all([db, ...locks].map((one) => one.destroy()));
      // The pool says goodbye and does not wait: until the server has heard it, the session counts, and so do its locks.
      await Promise.race([Promise.all(sessions), setTimeout(GOODBYE_MS, undefined, { ref: false })]);
    },
  };
}

/** `sessions` gets a promise for each session until it has ended. */
function openPool(settings: pg.PoolConfig, application: string, sessions: Set<Promise<void>>): pg.Pool {
  const pool = new pg.Pool({
    ...settings,
    application_name: application,
    types: { getTypeParser: typeParser },
  });
  // A lost connection is reported by the query that needs it next; without a listener it would end the process. The
  // pool listens to idle sessions alone, so that those in use need one of their own.
  pool.on("error", () => undefined);
  pool.on("connect", (session) => {
    session.on("error", () => undefined);
    const ended: Promise<void> = new Promise<void>((resolve) => session.once("end", resolve)).then(
      () => void sessions.delete(ended),
    );
    sessions.add(ended);
  });
  return pool;
}

const BIGINT = 20;
const typeParser = ((oid: number, format?: "text" | "binary") =>
  oid === BIGINT ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser;
