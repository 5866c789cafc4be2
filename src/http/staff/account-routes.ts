import { Type } from "@fastify/type-provider-typebox";
import { AUTH_PATHS, type Accounts } from "../../accounts/index.ts";
import { AssentError } from "../../core/index.ts";
import type { App, HttpContext } from "../context.ts";
import { OpenSetup, Setup, SetUp, SetupOpened, WaysIn } from "../contract/staff.ts";
import { PROBLEMS } from "../problem.ts";
import { handOver } from "./hand-over.ts";

/** Signing in and out, by the accounts' library; and the owner's one-time link. The only staff routes without a session. */
export async function accountRoutes(app: App, context: HttpContext, accounts: Accounts): Promise<void> {
  await app.register(async (scope: App) => {
    // The library reads bodies by itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _body, done) => done(null));
    scope.route({
      method: ["GET", "POST"],
      url: "/api/auth/*",
      config: { open: "accounts" },
      schema: {
        params: Type.Object({ "*": Type.String() }),
        response: { "2xx": Type.Object({}, { additionalProperties: true }), ...PROBLEMS },
      },
      async handler(request, reply) {
        const { "*": path } = request.params as { readonly "*": string };
        if (!AUTH_PATHS.has(path)) throw new AssentError("not-found", "there is nothing here");
        await handOver(reply, () => accounts.handle(request.raw, reply.raw, request.ip));
      },
    });
  });

  app.get("/api/staff/ways-in", { schema: { response: { "2xx": WaysIn, ...PROBLEMS } } }, async () => ({
    ...accounts.waysIn,
    organisation: context.organisation,
  }));
  app.post(
    "/api/staff/setup/open",
    { schema: { body: OpenSetup, response: { "2xx": SetupOpened, ...PROBLEMS } } },
    async (request, reply) => {
      await context.limits.count("secret", request, reply);
      const opened = await accounts.readOwnerLink(request.body.secret);
      return { ...opened, organisation: context.organisation };
    },
  );
  app.post(
    "/api/staff/setup",
    { schema: { body: Setup, response: { "2xx": SetUp, ...PROBLEMS } } },
    async (request, reply) => {
      await context.limits.count("secret", request, reply);
      return accounts.useOwnerLink(request.body);
    },
  );
}
