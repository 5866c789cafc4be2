import { Type } from "@fastify/type-provider-typebox";
import { claimReceipt, hideMe, publishedPicture, verifyReceiptText } from "../flows/index.ts";
import type { App, HttpContext } from "./context.ts";
import {
  ClaimedReceipt,
  ClaimReceipt,
  HideRequest,
  HideRequested,
  Verdict,
  Verify,
} from "./contract/anybody.ts";
import { PROBLEMS } from "./problem.ts";

/** For anybody, signed in nowhere: checking a receipt, fetching one's own again, and "hide me / report this photo". */
export function anybodyRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.post(
    "/api/verify",
    { config: { limit: "verify" }, schema: { body: Verify, response: { "2xx": Verdict, ...PROBLEMS } } },
    async (request) => {
      const { valid, reason } = await verifyReceiptText(parts, request.body.receipt);
      return { valid, reason };
    },
  );

  app.post(
    "/api/receipts/claim",
    {
      config: { limit: "secret" },
      schema: { body: ClaimReceipt, response: { "2xx": ClaimedReceipt, ...PROBLEMS } },
    },
    async (request) => claimReceipt(parts, request.body.code),
  );

  app.post(
    "/api/requests",
    {
      config: { limit: "request" },
      schema: { body: HideRequest, response: { "2xx": HideRequested, ...PROBLEMS } },
    },
    async (request) => hideMe(parts, request.body),
  );

  app.get(
    "/api/renditions/:name/picture",
    {
      config: { sends: "image/jpeg" },
      schema: {
        params: Type.Object({ name: Type.String({ minLength: 8, maxLength: 100 }) }),
        response: { "2xx": Type.String(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const bytes = await publishedPicture(parts, request.params.name);
      return reply
        .type("image/jpeg")
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as never);
    },
  );
}
