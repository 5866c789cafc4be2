import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:tls";

const CADDYFILE = join(import.meta.dirname, "../../deploy/Caddyfile");

/** The proxy of this machine, or undefined: tests with it are then skipped, saying so. */
export const caddyPath: string | undefined = [process.env["ASSENT_CADDY"] ?? "", "/usr/bin/caddy"].find(
  (path) => path !== "" && existsSync(path),
);

if (caddyPath === undefined) {
  console.log("no Caddy on this machine: tests with a proxy are skipped (apt install caddy)");
}

export interface Proxy {
  /** SHA-256 of its certificate's public key, base64: what Chromium is told to believe in. */
  readonly fingerprint: string;
  /** Every line that it wrote. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

/**
 * Caddy with the file that the project comes with, before a server at `upstream`, with a certificate of its own for `host`; and a
 * line of settings more, if given.
 */
export async function startProxy(host: string, port: number, upstream: string, more = ""): Promise<Proxy> {
  if (caddyPath === undefined) throw new Error("no Caddy on this machine");
  const folder = await mkdtemp(join(tmpdir(), "assent-caddy-"));
  const settings = ["admin off", "local_certs", "skip_install_trust", "auto_https disable_redirects"];
  const environment = {
    ASSENT_NAME: `${host}:${port}`,
    ASSENT_UPSTREAM: upstream,
    CADDY_GLOBAL_OPTIONS: [...settings, more].join("\n"),
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
  const child = spawn(caddyPath, ["run", "--config", CADDYFILE, "--adapter", "caddyfile"], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lines: string[] = [];
  const close = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilServing(child, lines);
    return { fingerprint: await fingerprintOf(host, port), lines, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A port of this machine that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** It says so itself. */
function untilServing(child: ChildProcess, lines: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`Caddy ended: ${lines.at(-1) ?? "without a word"}`)));
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
      lines.push(line);
      if (line.includes("serving initial configuration")) resolve();
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

/** Its certificate is made a moment before it is used: until then nobody gets in. */
async function fingerprintOf(host: string, port: number): Promise<string> {
  for (let tries = 100; ; tries--) {
    try {
      return await shownBy(host, port);
    } catch (error) {
      if (tries === 0) throw error;
      await pause(50);
    }
  }
}

function shownBy(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // Whose it is cannot be asked of anybody else: it was made a moment ago by a process of ours.
    const socket = connect({ host: "127.0.0.1", port, servername: host, rejectUnauthorized: false }, () => {
      const key = socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" });
      socket.end();
      if (key) resolve(createHash("sha256").update(key).digest("base64"));
      else reject(new Error("no certificate"));
    });
    socket.once("error", reject);
  });
}
