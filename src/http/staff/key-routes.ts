import { Type } from "@fastify/type-provider-typebox";
import { listApiKeys, makeApiKey, revokeApiKey } from "../../accounts/index.ts";
import { AssentError, endOfDay } from "../../core/index.ts";
import { takesTwo, type TwoPersonRule } from "../../rights/index.ts";
import type { App, HttpContext } from "../context.ts";
import { ApiKeyMade, ApiKeys, MakeApiKey } from "../contract/staff-accounts.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, needs } from "../access.ts";

const OfKey = Type.Object({ key: Type.String({ format: "uuid" }) });

/** Keys by which other programs read and invite, under /api/v1. For owners. */
export function keyRoutes(app: App, { parts }: Pick<HttpContext, "parts">, twoPersons: TwoPersonRule): void {
  const { db, clock } = parts;
  const config = needs("manage-accounts", "instance");

  app.get("/api/staff/keys", { config, schema: { response: { "2xx": ApiKeys, ...PROBLEMS } } }, async () => ({
    keys: (await listApiKeys(db, clock)).map((one) => ({
      ...one,
      scopes: [...one.scopes],
      madeAt: one.madeAt.toISOString(),
      expiresAt: one.expiresAt.toISOString(),
      lastUsedAt: one.lastUsedAt?.toISOString() ?? null,
    })),
  }));

  app.post(
    "/api/staff/keys",
    { config, schema: { body: MakeApiKey, response: { "2xx": ApiKeyMade, ...PROBLEMS } } },
    async (request) => {
      const { until, ...order } = request.body;
      const expiresAt = endOfDay(until);
      if (!expiresAt) {
        throw new AssentError("bad-input", "this is no day", { remedy: "Write it as YYYY-MM-DD." });
      }
      if (order.scopes.includes("look-up") && (await takesTwo(db, twoPersons, "look-up-roles"))) {
        throw new AssentError("refused", "the right to look people up takes two owners", {
          remedy:
            "Make the key without look-up; whoever runs this instance can make one with it (assent api-key make).",
        });
      }
      const { id: account, name } = accountOf(request);
      const made = await makeApiKey(db, { ...order, expiresAt, by: { account, name } }, clock);
      return { ...made, expiresAt: made.expiresAt.toISOString() };
    },
  );

  app.delete(
    "/api/staff/keys/:key",
    { config, schema: { params: OfKey, response: { "2xx": Type.Null(), ...PROBLEMS } } },
    async (request, reply) => {
      await revokeApiKey(parts, { key: request.params.key, account: accountOf(request).id });
      return reply.code(204).send(null);
    },
  );
}
