import { Type } from "@fastify/type-provider-typebox";
import type { App, HttpContext } from "./context.ts";
import { AssentError } from "../core/index.ts";
import { PROBLEMS } from "./problem.ts";

const Health = Type.Object({ status: Type.Literal("up") });

/** A key by which receipts are signed, or were. Only the public half has a place in this schema. */
const PublicKeys = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.String(),
      crv: Type.String(),
      x: Type.String(),
      kid: Type.String(),
      alg: Type.String(),
      use: Type.Literal("sig"),
      since: Type.String(),
    }),
  ),
});

/** Whether the server works, for whatever watches over it; and the keys by which anybody can check a receipt elsewhere. */
export function healthRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.get("/healthz", { schema: { response: { "2xx": Health, ...PROBLEMS } } }, async () => {
    try {
      await parts.db.selectFrom("instance").select("id").executeTakeFirstOrThrow();
    } catch (error) {
      throw new AssentError("database-unavailable", "the database does not answer", { cause: error });
    }
    return { status: "up" as const };
  });
  app.get(
    "/.well-known/assent-keys.json",
    { schema: { response: { "2xx": PublicKeys, ...PROBLEMS } } },
    async (_, reply) => {
      reply.header("cache-control", "public, max-age=300");
      const known = await parts.keys.publicKeys();
      return {
        keys: known.map(({ kid, jwk, since }) => ({ ...jwk, kid, alg: "EdDSA", use: "sig" as const, since })),
      };
    },
  );
}
