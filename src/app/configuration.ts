import { availableParallelism, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AssentError } from "../core/index.ts";
import type { DatabaseSource } from "../db/index.ts";

/** Everything that can be set from outside. docs/operating.md lists it; nothing else reads the environment. */
export interface Configuration {
  readonly dataFolder: string;
  readonly database: DatabaseSource;
  /** How the key-encryption key is had. */
  readonly kek:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "environment"; readonly value: string }
    | { readonly kind: "command"; readonly command: string };
  readonly modelPack: string;
  readonly processes: number;
  /** Who acts, where a command does not say. */
  readonly actor: string;
}

const PROJECT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const MOST_PROCESSES = 64;

/** Errors: `bad-input`, naming the variable. */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const dataFolder = resolve(environment["ASSENT_DATA"] || "data");
  const url = environment["DATABASE_URL"];
  return {
    dataFolder,
    database: url ? { kind: "url", url: checkUrl(url) } : { kind: "embedded", folder: dataFolder },
    kek: readKek(environment, dataFolder),
    modelPack: resolve(environment["ASSENT_MODEL_PACK"] || join(PROJECT, "models/default")),
    processes: readProcesses(environment["ASSENT_PROCESSES"]),
    actor: environment["ASSENT_ACTOR"] || accountName(),
  };
}

function readKek(environment: NodeJS.ProcessEnv, dataFolder: string): Configuration["kek"] {
  const value = environment["ASSENT_KEK"];
  const command = environment["ASSENT_KEK_COMMAND"];
  if (value && command) {
    throw new AssentError("bad-input", "ASSENT_KEK and ASSENT_KEK_COMMAND are both set", {
      remedy: "Unset one.",
    });
  }
  if (value) return { kind: "environment", value };
  if (command) return { kind: "command", command };
  return { kind: "file", path: resolve(environment["ASSENT_KEK_FILE"] || join(dataFolder, "keys/kek")) };
}

function checkUrl(url: string): string {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new AssentError("bad-input", "DATABASE_URL is no address of a PostgreSQL server", {
      remedy: "Give postgres://user:password@host:port/database, or unset it to use the embedded server.",
    });
  }
  return url;
}

function readProcesses(text: string | undefined): number {
  if (!text) return availableParallelism();
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > MOST_PROCESSES) {
    throw new AssentError("bad-input", `ASSENT_PROCESSES must be a number from 1 to ${MOST_PROCESSES}`);
  }
  return n;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown account"; // A container may run under a number that has no name.
  }
}
