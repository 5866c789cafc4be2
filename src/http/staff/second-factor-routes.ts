import { Type } from "@fastify/type-provider-typebox";
import type { Accounts } from "../../accounts/index.ts";
import type { App } from "../context.ts";
import {
  ByProof,
  ConfirmSecondFactor,
  RecoveryCodes,
  SecondFactor,
  SecondFactorBegun,
} from "../contract/staff-own-account.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, needs } from "../access.ts";

/** One's own second factor, also for whoever has none where one is required. */
export function secondFactorRoutes(app: App, { secondFactors }: Pick<Accounts, "secondFactors">): void {
  const config = { ...needs("see-self", "some"), withoutSecondFactor: true } as const;

  app.get(
    "/api/staff/account/second-factor",
    { config, schema: { response: { "2xx": SecondFactor, ...PROBLEMS } } },
    async (request) => secondFactors.standing(accountOf(request).id),
  );
  app.post(
    "/api/staff/account/second-factor/begin",
    { config, schema: { body: ByProof, response: { "2xx": SecondFactorBegun, ...PROBLEMS } } },
    async (request) => secondFactors.begin({ account: accountOf(request), password: request.body.password }),
  );
  app.post(
    "/api/staff/account/second-factor/confirm",
    { config, schema: { body: ConfirmSecondFactor, response: { "2xx": RecoveryCodes, ...PROBLEMS } } },
    async (request) => ({
      codes: [...(await secondFactors.confirm({ account: accountOf(request), code: request.body.code }))],
    }),
  );
  app.post(
    "/api/staff/account/second-factor/recovery-codes",
    { config, schema: { body: ByProof, response: { "2xx": RecoveryCodes, ...PROBLEMS } } },
    async (request) => {
      const proof = { account: accountOf(request), password: request.body.password };
      return { codes: [...(await secondFactors.renewRecoveryCodes(proof))] };
    },
  );
  app.post(
    "/api/staff/account/second-factor/end",
    { config, schema: { body: ByProof, response: { "2xx": Type.Null(), ...PROBLEMS } } },
    async (request, reply) => {
      await secondFactors.end({ account: accountOf(request), password: request.body.password });
      return reply.code(204).send(null);
    },
  );
}
