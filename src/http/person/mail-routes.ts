import { AssentError } from "../../core/index.ts";
import { askToVerify, confirmAddress, recoverByMail, type Sender } from "../../flows/index.ts";
import { assertMayAgree } from "../../people/index.ts";
import type { App, HttpContext } from "../context.ts";
import { AskByMail, ConfirmAddress, RecoverByLink, RecoveryWays } from "../contract/mail.ts";
import { setPersonCookie } from "../person-cookie.ts";
import { PROBLEMS } from "../problem.ts";
import { DONE, done } from "./joining-routes.ts";
import { who } from "./session.ts";

function requireMail(sender: Sender | undefined): Sender {
  if (sender) return sender;
  throw new AssentError("refused", "this server sends no mail", {
    remedy: "Come back by recovery code, by passkey or at the desk.",
  });
}

/** For those whom no device knows: links that were mailed, and asking for one. */
export function mailedLinkRoutes(app: App, { parts, sender, posting }: HttpContext): void {
  app.get("/recovery", { schema: { response: { "2xx": RecoveryWays, ...PROBLEMS } } }, async () => ({
    byMail: sender !== undefined,
  }));

  // Answered before anything is looked up, in the same words and time whoever the address is, and whether it is one.
  app.post(
    "/recover/mail",
    { config: { limit: "mail" }, schema: { body: AskByMail, response: DONE } },
    async (request, reply) => {
      requireMail(sender);
      posting.waysBack(request.body.email);
      return done(reply);
    },
  );

  app.post(
    "/recover/link",
    { config: { limit: "link" }, schema: { body: RecoverByLink, response: DONE } },
    async (request, reply) => {
      const { device } = await recoverByMail(parts, { secret: request.body.secret });
      setPersonCookie(reply, device.secret);
      return done(reply);
    },
  );

  app.post(
    "/address",
    { config: { limit: "link" }, schema: { body: ConfirmAddress, response: DONE } },
    async (request, reply) => {
      await confirmAddress(parts, { secret: request.body.secret });
      return done(reply);
    },
  );
}

/** For somebody signed in: the message that asks to verify their address, once more. */
export function addressRoutes(app: App, { parts, sender }: HttpContext): void {
  app.post(
    "/address/message",
    { config: { limit: "mail" }, schema: { response: DONE } },
    async (request, reply) => {
      const { person, guardian } = who(request);
      const mail = requireMail(sender);
      await assertMayAgree(parts.db, { person, guardian });
      await askToVerify(parts, mail, person);
      return done(reply);
    },
  );
}
