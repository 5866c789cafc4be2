import { Type } from "@fastify/type-provider-typebox";
import type { Accounts } from "../../accounts/index.ts";
import { AssentError } from "../../core/index.ts";
import { addressChangedMessage, staffAddressMessage, type Sender } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  ChangeAddress,
  ConfirmOwnAddress,
  OwnAddress,
  VerifyAddress,
} from "../contract/staff-own-account.ts";
import { errorFacts } from "../log.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, needs } from "../access.ts";

const DONE = { "2xx": Type.Null(), ...PROBLEMS };

/** The e-mail address of one's own account: whether it is verified, and changing it. */
export function addressRoutes(
  app: App,
  { sender }: Pick<HttpContext, "sender">,
  { addresses }: Pick<Accounts, "addresses">,
): void {
  const config = needs("see-self", "some");
  const send = async (
    mail: Sender,
    asked: Awaited<ReturnType<Accounts["addresses"]["verify"]>>,
    language: "fr" | "en",
  ): Promise<void> => {
    const link = `${mail.publicUrl.origin}/staff/address#${asked.secret}`;
    try {
      const message = staffAddressMessage(language, { organisation: mail.organisation, link });
      await mail.mailer.send({ to: asked.email, ...message });
    } catch (error) {
      await asked.cancel();
      throw error;
    }
  };

  app.get(
    "/api/staff/account/address",
    { config, schema: { response: { "2xx": OwnAddress, ...PROBLEMS } } },
    async (request) => ({
      ...(await addresses.standing(accountOf(request).id)),
      mail: sender !== undefined,
    }),
  );
  app.post(
    "/api/staff/account/address/verify",
    { config, schema: { body: VerifyAddress, response: DONE } },
    async (request, reply) => {
      if (!sender) throw noMail();
      await send(sender, await addresses.verify({ account: accountOf(request) }), request.body.language);
      return reply.code(204).send(null);
    },
  );
  app.put(
    "/api/staff/account/address",
    { config, schema: { body: ChangeAddress, response: DONE } },
    async (request, reply) => {
      if (!sender) throw noMail();
      const { email, password, language } = request.body;
      const asked = await addresses.change({ account: accountOf(request), password }, email);
      await send(sender, asked, language);
      return reply.code(204).send(null);
    },
  );
}

/** Behind the mailed link, on any device; signs nobody in. */
export function confirmAddressRoute(
  app: App,
  { sender, limits, log }: Pick<HttpContext, "sender" | "limits" | "log">,
  { addresses }: Pick<Accounts, "addresses">,
): void {
  app.post(
    "/api/staff/address",
    { schema: { body: ConfirmOwnAddress, response: DONE } },
    async (request, reply) => {
      await limits.count("secret", request, reply);
      const { before } = await addresses.confirm(request.body.secret);
      if (before !== null && sender) {
        const { organisation, mailer } = sender;
        // It is changed already: a mail server that is away does not undo it.
        await mailer
          .send({ to: before, ...addressChangedMessage(request.body.language, { organisation }) })
          .catch((error: unknown) => log.warn(errorFacts(error), "a message was not sent"));
      }
      return reply.code(204).send(null);
    },
  );
}

/** Where no mail server is configured. */
export function noMail(): AssentError {
  return new AssentError("refused", "this server sends no e-mail", {
    remedy: "Whoever runs it sets ASSENT_SMTP and ASSENT_MAIL_FROM; until then links are handed over.",
  });
}
