import { Type } from "@fastify/type-provider-typebox";
import { originOf } from "../audit/index.ts";
import { AssentError } from "../core/index.ts";
import { logKeys, type LogKey } from "../flows/index.ts";
import type { App, HttpContext } from "./context.ts";
import { forAnybody } from "./log-routes.ts";
import { PROBLEMS } from "./problem.ts";

const Health = Type.Object({ status: Type.Literal("up") });
const Ready = Type.Object({ status: Type.Literal("ready") });

const KEY = {
  kty: Type.String(),
  crv: Type.String(),
  x: Type.String(),
  kid: Type.String(),
  alg: Type.String(),
  use: Type.Literal("sig"),
  since: Type.String(),
} as const;

/** The keys by which receipts and the log are signed, or were. Only the public half has a place in this schema. */
const PublicKeys = Type.Object({
  keys: Type.Array(Type.Object(KEY)),
  log: Type.Object({
    origin: Type.String(),
    /** `vkey`: the same key in one line (C2SP signed-note). */
    keys: Type.Array(Type.Object({ ...KEY, vkey: Type.String() })),
  }),
});

const asJwk = ({ kid, jwk, since }: Omit<LogKey, "vkey">) => ({
  ...jwk,
  kid,
  alg: "EdDSA",
  use: "sig" as const,
  since,
});

/** Keys change seldom. */
const KEYS_SECONDS = 300;

/** Whether the server works, for whatever watches over it; and the keys by which anybody can check a receipt elsewhere. */
export function healthRoutes(
  app: App,
  { parts, warm, stopping }: Pick<HttpContext, "parts" | "warm" | "stopping">,
): void {
  const requireDatabase = async (): Promise<void> => {
    try {
      await parts.db.selectFrom("instance").select("id").executeTakeFirstOrThrow();
    } catch (error) {
      throw new AssentError("database-unavailable", "the database does not answer", { cause: error });
    }
  };
  // Whether it lives: whoever watches starts it again where it does not answer.
  app.get("/healthz", { schema: { response: { "2xx": Health, ...PROBLEMS } } }, async () => {
    await requireDatabase();
    return { status: "up" as const };
  });
  // Whether it should be sent requests: not while it stops, nor before its networks are loaded.
  app.get("/readyz", { schema: { response: { "2xx": Ready, ...PROBLEMS } } }, async () => {
    if (stopping.aborted) throw new AssentError("instance-busy", "the server is stopping");
    await requireDatabase();
    if (warm?.() === false) throw new AssentError("instance-busy", "the networks are being loaded");
    return { status: "ready" as const };
  });
  app.get(
    "/.well-known/assent-keys.json",
    { schema: { response: { "2xx": PublicKeys, ...PROBLEMS } } },
    async (_, reply) => {
      forAnybody(reply, KEYS_SECONDS);
      const log = await logKeys(parts);
      return {
        keys: (await parts.keys.publicKeys()).map(asJwk),
        log: { origin: originOf(parts.id), keys: log.map((key) => ({ ...asJwk(key), vkey: key.vkey })) },
      };
    },
  );
}
