import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { Parts, Sender } from "../flows/index.ts";
import type { Device } from "../people/index.ts";
import type { LimitClass, Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Posting } from "./posting.ts";
import type { StaffOptions } from "./staff/options.ts";

/** The server as routes see it: bodies, queries and answers are typed by their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the server is made of; app/ fills it in. */
export interface HttpOptions {
  readonly parts: Parts;
  /** Where people reach this server; only its origin counts. Links, passkeys and the check of origins go by it. */
  readonly publicUrl: URL;
  /** The controller's name, as pages show it. */
  readonly organisation: string;
  /** Years; who is younger joins through a guardian. */
  readonly minimumAge: number;
  /** Years; from then on guardians speak for a child no more. */
  readonly majorityAge: number;
  /** The built pages: `person/index.html`, `staff/index.html`, `assets/`. */
  readonly webFolder: string;
  /** Own certificate and key, PEM. Without them the server speaks http, for a loopback address or a proxy before it. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** Addresses (or networks in CIDR notation, or `loopback`) of proxies whose X-Forwarded-For is believed. */
  readonly proxies: readonly string[];
  /** Whoever shows it may read /metrics; without one there is no such page. */
  readonly metricsToken?: string;
  /** Whether the networks are loaded; without it they are taken to be. */
  readonly warm?: () => boolean;
  readonly log: Log;
  /** Without one nobody is written to, and pages say what else there is. */
  readonly mailer?: Sender["mailer"];
  /** Accounts of staff; without them the server has no staff routes. */
  readonly staff?: StaffOptions;
}

/** What every route is given. */
export interface HttpContext extends HttpOptions {
  /** Counters of this server: who asks too often is refused with 429. */
  readonly limits: Limits;
  /** Undefined where nobody is written to. */
  readonly sender: Sender | undefined;
  /** What is mailed after the answer. */
  readonly posting: Posting;
  /** Aborted when the server begins to close: streams of events end themselves. */
  readonly stopping: AbortSignal;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /**
     * For answers that no schema can serialise: a stream or bytes of this media type. Every other 2xx answer is an object
     * that lets through what its schema names, and nothing else.
     */
    readonly sends?:
      | "image/jpeg"
      | "application/zip"
      | "text/event-stream"
      | "text/html"
      | "text/csv"
      | "application/pdf"
      | "file";
    /** Why an answer may carry what its schema does not name, or why the CSRF header is not asked for. */
    readonly open?: "webauthn" | "accounts" | "tus" | "own-data";
    /** Answers whoever carries an API key, and goes by no cookie. */
    readonly asks?: "key";
    /** Counted besides `any`. */
    readonly limit?: LimitClass;
  }
  interface FastifyRequest {
    /** Whose device asks, on routes behind `requirePerson`. */
    device: Device | null;
    /** Whether the answer went through the schema of its status. */
    serialised: boolean;
  }
}
