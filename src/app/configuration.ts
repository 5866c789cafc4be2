import { availableParallelism, userInfo } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { SecondFactorRule } from "../accounts/index.ts";
import { AssentError, isWithin } from "../core/index.ts";
import type { DatabaseSource } from "../db/index.ts";
import type { TwoPersonRule } from "../rights/index.ts";
import type { MailSettings } from "../mail/index.ts";
import {
  readSecondFactor,
  readSingleSignOn,
  readTwoPersons,
  type SingleSignOnSettings,
} from "./sign-in-settings.ts";

/** Everything that can be set from outside. docs/operating.md lists it; nothing else reads the environment. */
type KekSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly value: string }
  | { readonly kind: "command"; readonly command: string };

export interface Configuration {
  readonly dataFolder: string;
  readonly database: DatabaseSource;
  /** How the key-encryption key is had. */
  readonly kek: KekSource;
  /** How the one is had that it is to be changed to; undefined: a file is replaced where it is. */
  readonly newKek: KekSource | undefined;
  readonly modelPack: string;
  readonly processes: number;
  /** Folders below which staff may name one to be watched; absolute. */
  readonly libraries: readonly string[];
  /** After so many months without a word of theirs a person is erased; undefined: never. */
  readonly idleMonths: number | undefined;
  /** Whether a new instance is made a sandbox, with made-up people alone, at the start of the server. */
  readonly sandbox: boolean;
  /** What takes two persons where there are two owners. */
  readonly twoPersons: TwoPersonRule;
  /** Who acts, where a command does not say. */
  readonly actor: string;
  /** Where people reach the pages: an origin. Links, passkeys and the check of origins go by it. */
  readonly publicUrl: URL;
  readonly serving: ServingSettings;
  /** What receipts say of the controller beside its name; undefined where it is not set. */
  readonly controller: {
    /** An e-mail address, a telephone number or a page. */
    readonly contact: string | undefined;
    /** Postal. */
    readonly address: string | undefined;
    /** ISO 3166-1 alpha-2, or EU: whose law applies, and where the data is. */
    readonly jurisdiction: string;
    readonly storedIn: string | undefined;
  };
}

/** What `assent serve` needs to be a server. */
export interface ServingSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Whoever shows it may read /metrics. */
  readonly metricsToken: string | undefined;
  /** Addresses or networks of proxies whose X-Forwarded-For is believed, or `loopback`. */
  readonly proxies: readonly string[];
  /** The controller's name, as pages show it; undefined where nobody has set it. */
  readonly organisation: string | undefined;
  /** Years; who is younger joins through a guardian. */
  readonly minimumAge: number;
  /** Years; from then on guardians speak for a child no more. */
  readonly majorityAge: number;
  /** Where messages go out; undefined: nobody is written to. */
  readonly mail: MailSettings | undefined;
  /** Whether staff may have a second factor beside their password, or must. */
  readonly secondFactor: SecondFactorRule;
  /** The organisation's own sign-in, by OpenID Connect; undefined: none. */
  readonly singleSignOn: SingleSignOnSettings | undefined;
}

const PROJECT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const MOST_PROCESSES = 64;
const PORT = 8080;
/** The age of consent to online services under French law (loi Informatique et Libertés, art. 45); 13 to 16 elsewhere in the EU. */
const MINIMUM_AGE = 15;
const MAJORITY_AGE = 18;

/** Errors: `bad-input`, naming the variable. */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const dataFolder = resolve(environment["ASSENT_DATA"] || "data");
  const url = environment["DATABASE_URL"];
  const serving = readServing(environment);
  return {
    dataFolder,
    database: url ? { kind: "url", url: checkUrl(url) } : { kind: "embedded", folder: dataFolder },
    kek: readKek(environment, "ASSENT_KEK") ?? { kind: "file", path: join(dataFolder, "keys/kek") },
    newKek: readKek(environment, "ASSENT_NEW_KEK"),
    modelPack: resolve(environment["ASSENT_MODEL_PACK"] || join(PROJECT, "models/default")),
    processes: readProcesses(environment["ASSENT_PROCESSES"]),
    libraries: readLibraries(environment["ASSENT_LIBRARIES"], dataFolder),
    idleMonths: readIdleMonths(environment["ASSENT_IDLE_MONTHS"]),
    sandbox: readYes(environment["ASSENT_SANDBOX"], "ASSENT_SANDBOX"),
    twoPersons: readTwoPersons(environment["ASSENT_TWO_PERSONS"]),
    actor: environment["ASSENT_ACTOR"] || accountName(),
    publicUrl: readPublicUrl(environment["ASSENT_URL"], serving),
    serving,
    controller: {
      contact: environment["ASSENT_CONTACT"] || undefined,
      address: environment["ASSENT_ADDRESS"] || undefined,
      jurisdiction: readCountry(environment["ASSENT_JURISDICTION"], "ASSENT_JURISDICTION") ?? "EU",
      storedIn: readCountry(environment["ASSENT_STORED_IN"], "ASSENT_STORED_IN"),
    },
  };
}

function readYes(text: string | undefined, name: string): boolean {
  if (!text || text === "false") return false;
  if (text === "true") return true;
  throw new AssentError("bad-input", `${name} is neither true nor false`);
}

function readCountry(text: string | undefined, name: string): string | undefined {
  if (!text || /^[A-Z]{2}$/.test(text)) return text || undefined;
  throw new AssentError("bad-input", `${name} is no country`, {
    remedy: "Give two capital letters (ISO 3166-1), such as FR, or EU.",
  });
}

/** Pages read nothing of the server's disk but what is named here: by default nothing. */
function readLibraries(text: string | undefined, dataFolder: string): readonly string[] {
  const folders = (text ?? "").split(delimiter).filter((one) => one !== "");
  for (const one of folders) {
    if (!isAbsolute(one)) {
      throw new AssentError("bad-input", `ASSENT_LIBRARIES names ${one}, which is no absolute path`, {
        remedy: `Give absolute paths, with ${delimiter} between them.`,
      });
    }
    if (isWithin(dataFolder, resolve(one)) || isWithin(resolve(one), dataFolder)) {
      throw new AssentError(
        "bad-input",
        `ASSENT_LIBRARIES names ${one}, and the data folder is in it or around it`,
        {
          remedy: "Keep photos to be watched apart from the data folder.",
        },
      );
    }
  }
  return folders.map((one) => resolve(one));
}

function readServing(environment: NodeJS.ProcessEnv): ServingSettings {
  const cert = environment["ASSENT_TLS_CERT"];
  const key = environment["ASSENT_TLS_KEY"];
  if (Boolean(cert) !== Boolean(key)) {
    throw new AssentError("bad-input", "one of ASSENT_TLS_CERT and ASSENT_TLS_KEY is set without the other", {
      remedy: "Set both, to PEM files of a certificate (with its chain) and of its key; or neither.",
    });
  }
  return {
    host: environment["ASSENT_HOST"] || "127.0.0.1",
    port: readNumber(environment["ASSENT_PORT"], "ASSENT_PORT", { least: 0, most: 65_535, unset: PORT }),
    tls: cert && key ? { cert: resolve(cert), key: resolve(key) } : undefined,
    metricsToken: readMetricsToken(environment["ASSENT_METRICS_TOKEN"]),
    proxies: (environment["ASSENT_PROXY"] || "loopback")
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== ""),
    organisation: environment["ASSENT_ORGANISATION"] || undefined,
    minimumAge: readNumber(environment["ASSENT_MINIMUM_AGE"], "ASSENT_MINIMUM_AGE", {
      least: 13,
      most: 18,
      unset: MINIMUM_AGE,
    }),

    majorityAge: readNumber(environment["ASSENT_MAJORITY_AGE"], "ASSENT_MAJORITY_AGE", {
      least: 16,
      most: 21,
      unset: MAJORITY_AGE,
    }),
    mail: readMail(environment["ASSENT_SMTP"], environment["ASSENT_MAIL_FROM"]),
    secondFactor: readSecondFactor(environment["ASSENT_SECOND_FACTOR"]),
    singleSignOn: readSingleSignOn(environment),
  };
}

/** As long as cannot be guessed. */
const SHORTEST_TOKEN = 16;

function readMetricsToken(text: string | undefined): string | undefined {
  if (!text || text.length >= SHORTEST_TOKEN) return text || undefined;
  throw new AssentError("bad-input", "ASSENT_METRICS_TOKEN is too short", {
    remedy: `Give at least ${SHORTEST_TOKEN} characters: openssl rand -hex 16.`,
  });
}

function readMail(server: string | undefined, from: string | undefined): MailSettings | undefined {
  if (!server && !from) return undefined;
  if (!server || !from) {
    throw new AssentError("bad-input", "one of ASSENT_SMTP and ASSENT_MAIL_FROM is set without the other", {
      remedy: "Set both, to the mail server and to the address that messages come from; or neither.",
    });
  }
  if (!URL.canParse(server) || !/^smtps?:$/.test(new URL(server).protocol)) {
    throw new AssentError("bad-input", "ASSENT_SMTP is no address of a mail server", {
      remedy: "Give smtp://user:password@host:port, or smtps:// where the connection begins encrypted.",
    });
  }
  if (!/[^\s@<]+@[^\s@>]+/.test(from)) {
    throw new AssentError("bad-input", "ASSENT_MAIL_FROM is no e-mail address", {
      remedy: "Give photos@example.org, or The club <photos@example.org>.",
    });
  }
  return { server, from };
}

function readPublicUrl(text: string | undefined, { tls, port }: ServingSettings): URL {
  if (!text) return new URL(`${tls ? "https" : "http"}://localhost:${port}`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === "/" &&
    [url.search, url.hash, url.username, url.password].every((part) => part === "");
  if (!isOrigin) {
    throw new AssentError("bad-input", "ASSENT_URL is no address that people could open", {
      remedy:
        "Give the scheme, the host and, where it is not the usual one, the port: https://photos.example.org",
    });
  }
  if (tls && url.protocol !== "https:") {
    throw new AssentError(
      "bad-input",
      "ASSENT_URL says http, and ASSENT_TLS_CERT that the server speaks https",
      {
        remedy: "Begin ASSENT_URL with https, or unset ASSENT_TLS_CERT and ASSENT_TLS_KEY.",
      },
    );
  }
  return url;
}

function readKek(
  environment: NodeJS.ProcessEnv,
  name: "ASSENT_KEK" | "ASSENT_NEW_KEK",
): KekSource | undefined {
  const value = environment[name];
  const command = environment[`${name}_COMMAND`];
  const file = environment[`${name}_FILE`];
  if (value && command) {
    throw new AssentError("bad-input", `${name} and ${name}_COMMAND are both set`, {
      remedy: "Unset one.",
    });
  }
  if (value) return { kind: "environment", value };
  if (command) return { kind: "command", command };
  return file ? { kind: "file", path: resolve(file) } : undefined;
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
  return readNumber(text, "ASSENT_PROCESSES", {
    least: 1,
    most: MOST_PROCESSES,
    unset: availableParallelism(),
  });
}

/** Less than half a year is a holiday; more than ten years nobody remembers. */
function readIdleMonths(text: string | undefined): number | undefined {
  if (!text) return undefined;
  return readNumber(text, "ASSENT_IDLE_MONTHS", { least: 6, most: 120, unset: 0 });
}

function readNumber(
  text: string | undefined,
  name: string,
  { least, most, unset }: { readonly least: number; readonly most: number; readonly unset: number },
): number {
  if (!text) return unset;
  const n = Number(text);
  if (!Number.isInteger(n) || n < least || n > most) {
    throw new AssentError("bad-input", `${name} must be a number from ${least} to ${most}`);
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
