import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openAccounts, type SingleSignOn } from "../accounts/index.ts";
import { AssentError, isErrno, isLoopback } from "../core/index.ts";
import { createLog, createServer, type Log } from "../http/index.ts";
import { createPost } from "../webhooks/index.ts";
import type { Configuration } from "./configuration.ts";
import type { Instance } from "./instance.ts";
import { openSender, UNNAMED } from "./sender.ts";
import { samplePhotos } from "./sample-photos.ts";

const WEB = join(dirname(fileURLToPath(import.meta.url)), "../../web/dist");

/** A grey JPEG of 64 x 64 pixels: to load the networks it is enough to look at nothing. */
const GREY =
  "/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9j" +
  "QjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCABAAEADASIAAhEBAxEB/8QAFQABAQAAAAAA" +
  "AAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEA" +
  "AhEDEQA/AKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA//2Q==";

export interface RunningServer {
  /** Where people open it. */
  readonly url: string;
  /** What links lead to. */
  readonly publicUrl: URL;
  /** Opened once, within a day, it makes the owner; null where there is one. */
  readonly ownerLink: string | null;
  /** What whoever starts it should know: what is off, and how to get it. */
  readonly notes: readonly string[];
  /** Ends the streams of events, lets running requests finish, then stops listening. */
  close(): Promise<void>;
}

/**
 * Serves the pages and the interface of an open instance. Answers at once; the networks are loaded behind it.
 * Errors: `bad-input` (the port is taken, the host is none of this machine, the certificate is none), `not-found` (its files).
 */
export async function startServer(
  instance: Instance,
  configuration: Configuration,
  options: { readonly log?: Log } = {},
): Promise<RunningServer> {
  const { serving } = configuration;
  const log = options.log ?? createLog();
  const publicUrl = new URL(configuration.publicUrl);
  const tls = serving.tls && {
    cert: await readPem(serving.tls.cert, "ASSENT_TLS_CERT"),
    key: await readPem(serving.tls.key, "ASSENT_TLS_KEY"),
  };
  const organisation = serving.organisation ?? UNNAMED;
  const singleSignOn = await readSingleSignOn(serving.singleSignOn);
  const accounts = await openAccounts({
    db: instance.db,
    keys: instance.keys,
    clock: instance.clock,
    publicUrl,
    organisation,
    secondFactor: serving.secondFactor,
    singleSignOn: singleSignOn && { ...singleSignOn, journal: instance.journal },
    note: (error) => log.error({ error }, "the accounts' library failed"),
  });
  let warm = false;
  const sender = openSender(configuration, publicUrl);
  const server = await createServer({
    parts: instance,
    publicUrl,
    organisation,
    minimumAge: serving.minimumAge,
    majorityAge: serving.majorityAge,
    webFolder: WEB,
    proxies: serving.proxies,
    log,
    ...(sender ? { mailer: sender.mailer } : {}),
    staff: {
      accounts,
      twoPersons: configuration.twoPersons,
      dataFolder: instance.dataFolder,
      samples: await samplePhotos(),
      post: createPost(),
    },
    ...(serving.metricsToken === undefined ? {} : { metricsToken: serving.metricsToken }),
    warm: () => warm,
    ...(tls ? { tls } : {}),
  }).catch((error: unknown) => {
    throw tls ? asCertificateError(error) : error;
  });
  try {
    const address = await server.listen({ host: serving.host, port: serving.port });
    // Any free port was asked for: now it is known which.
    if (publicUrl.port === "0") publicUrl.port = new URL(address).port;
  } catch (error) {
    await server.close();
    throw asListenError(error, serving.host, serving.port);
  }
  // Loaded or not, from then on requests are taken: what fails here fails again, and is told, at use.
  void warmUp(instance, log).finally(() => (warm = true));
  return {
    url: publicUrl.origin,
    publicUrl,
    ownerLink: (await accounts.hasOwner()) ? null : ownerLink(publicUrl, await accounts.makeOwnerLink()),
    notes: notesOf(configuration, publicUrl),
    async close() {
      await server.close();
      sender?.mailer.close();
    },
  };
}

function ownerLink(publicUrl: URL, secret: string): string {
  return `${publicUrl.origin}/staff/setup#${secret}`;
}

/**
 * A one-time link by which the owner is made or, where there is one, sets a new password; earlier ones end. Written down
 * in the log. No server need run.
 */
export async function makeOwnerLink(
  instance: Instance,
  { publicUrl, serving }: Configuration,
  email?: string,
): Promise<string> {
  const { db, keys, clock } = instance;
  const organisation = serving.organisation ?? UNNAMED;
  const accounts = await openAccounts({ db, keys, clock, publicUrl, organisation });
  return ownerLink(publicUrl, await accounts.makeOwnerLink(email));
}

/** Loads the networks, so that the first selfie does not wait for them. What fails here fails again, and is told, at use. */
async function warmUp(instance: Instance, log: Log): Promise<void> {
  try {
    const vision = await instance.vision();
    await vision.warmUp();
    await vision.judgeFrame(Buffer.from(GREY, "base64"), "look-straight");
    log.info("ready to look for faces");
  } catch (error) {
    // The server was stopped meanwhile.
    if (error instanceof AssentError && error.code === "interrupted") return;
    log.warn("the networks could not be loaded");
  }
}

/** Cameras, passkeys and cookies need a secure origin: https, or this machine itself. */
function notesOf({ serving, publicUrl: asked }: Configuration, publicUrl: URL): readonly string[] {
  const open = publicUrl.protocol === "http:" && !isLoopback(publicUrl.hostname);
  const unreachable = isLoopback(asked.hostname) && !isLoopback(serving.host);
  return [
    ...(open
      ? [
          `${publicUrl.origin} is not https: there browsers give no camera, no passkeys and keep nobody signed in, so ` +
            "people cannot join. Set ASSENT_TLS_CERT and ASSENT_TLS_KEY, or put a proxy with a certificate before it, " +
            "and set ASSENT_URL to its https address.",
        ]
      : []),
    ...(unreachable
      ? [
          `The server listens on ${serving.host}, but links say ${publicUrl.origin}: set ASSENT_URL to the address ` +
            "that people open.",
        ]
      : []),
    ...(serving.organisation === undefined
      ? [`ASSENT_ORGANISATION is not set: pages say "${UNNAMED}" where the organisation's name belongs.`]
      : []),
  ];
}

async function readSingleSignOn(
  settings: Configuration["serving"]["singleSignOn"],
): Promise<SingleSignOn | undefined> {
  if (!settings) return undefined;
  const { clientSecret: from, ...rest } = settings;
  if (from.kind === "value") return { ...rest, clientSecret: from.value };
  try {
    return { ...rest, clientSecret: (await readFile(from.path, "utf8")).trim() };
  } catch (error) {
    throw new AssentError("not-found", "the file of ASSENT_OIDC_CLIENT_SECRET_FILE cannot be read", {
      remedy: "Name a file that this account may read.",
      cause: error,
    });
  }
}

async function readPem(path: string, variable: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new AssentError("not-found", `the file ${path} of ${variable} cannot be read`, {
      remedy: "Name a PEM file that this account may read.",
      cause: error,
    });
  }
}

function asCertificateError(error: unknown): unknown {
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code) : "";
  if (!code.startsWith("ERR_OSSL") && !code.startsWith("ERR_TLS")) return error;
  return new AssentError("bad-input", "ASSENT_TLS_CERT and ASSENT_TLS_KEY are no certificate and its key", {
    remedy:
      "Give PEM files: the certificate followed by its chain, and the key that belongs to it, without a password.",
    cause: error,
  });
}

function asListenError(error: unknown, host: string, port: number): unknown {
  const why = isErrno(error, "EADDRINUSE")
    ? "is taken by another program"
    : isErrno(error, "EACCES")
      ? "is closed to this account"
      : isErrno(error, "EADDRNOTAVAIL") || isErrno(error, "ENOTFOUND")
        ? "is no address of this machine"
        : undefined;
  if (why === undefined) return error;
  return new AssentError("bad-input", `port ${port} of ${host} ${why}`, {
    remedy: "Set ASSENT_PORT and ASSENT_HOST to what is free here.",
    cause: error,
  });
}
