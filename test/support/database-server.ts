import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { isProcessGone, processMark } from "../../src/core/index.ts";
import { startEmbedded, stopEmbedded } from "../../src/db/embedded.ts";
import { openDatabase } from "../../src/db/index.ts";
import { createJobQueue } from "../../src/jobs/index.ts";

/** What a test file needs to make a database of its own (test/support/database.ts). */
export interface DatabaseServer {
  /** Address of a database whose session may create others. */
  readonly admin: string;
  /** Name of the migrated database to copy; nobody is connected to it. */
  readonly template: string;
}

declare module "vitest" {
  interface ProvidedContext {
    databaseServer: DatabaseServer;
  }
}

const FOLDER = "assent-test-";

/**
 * One PostgreSQL server per test run: TEST_DATABASE_URL where it is set (its account must be allowed to create
 * databases), else the embedded one in a temporary folder, with fsync off because nothing of it outlives the run.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The many processes that tests start load their modules from here.
  process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../../node_modules/.cache/assent");
  const external = process.env["TEST_DATABASE_URL"];
  const server = external ? { admin: external, stop: () => Promise.resolve() } : await startThrowAway();
  const template = `assent_template_${randomBytes(6).toString("hex")}`;
  try {
    await statement(server.admin, `create database ${template}`);
    const database = await openDatabase({ kind: "url", url: databaseUrl(server.admin, template) });
    // As after the first server: the queue's tables are there.
    const queue = createJobQueue(database.db);
    await queue.start((error) => console.error(error));
    await queue.stop();
    await database.close();
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("databaseServer", { admin: server.admin, template });
  return async () => {
    if (external) await statement(server.admin, `drop database ${template} with (force)`);
    await server.stop();
  };
}

/** The same server, another database. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Runs one statement of the harness itself; its names are made here and need no quoting. */
export async function statement(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function startThrowAway(): Promise<{ admin: string; stop: () => Promise<void> }> {
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), FOLDER));
  // As root, PostgreSQL runs as another account, which must be able to enter.
  await chmod(folder, 0o755);
  await writeFile(join(folder, "owner"), processMark());
  const data = join(folder, "postgres");
  let socket: string | undefined;
  const stop = async (): Promise<void> => {
    await stopEmbedded(data);
    for (const made of [folder, socket]) if (made) await rm(made, { recursive: true, force: true });
  };
  try {
    const server = await startEmbedded(data);
    socket = server.socket;
    const admin = `postgres://${server.user}@${encodeURIComponent(server.socket)}/postgres?port=${server.port}`;
    for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) {
      await statement(admin, `alter system set ${name} = off`);
    }
    await statement(admin, "select pg_reload_conf()");
    return { admin, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** A run that was killed leaves its server behind; the next one ends it. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER)) continue;
    const folder = join(tmpdir(), name);
    const owner = await readFile(join(folder, "owner"), "utf8").catch(() => undefined);
    if (owner === undefined || !isProcessGone(owner)) continue;
    await stopEmbedded(join(folder, "postgres")).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}
