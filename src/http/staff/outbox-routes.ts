import { Type } from "@fastify/type-provider-typebox";
import { AssentError } from "../../core/index.ts";
import {
  cancelLetter,
  handOverLetter,
  inviteByMail,
  listOutbox,
  openLetter,
  sendLetterNow,
  type WaitingLetter,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  InviteByMail,
  InvitedByMail,
  LetterTried,
  OpenedLetter,
  Outbox,
  SettleLetter,
} from "../contract/outbox.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, mayHere, needs } from "../access.ts";

const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
const OfLetter = Type.Object({ letter: Type.String({ format: "uuid" }) });

/** Invitations addressed to somebody: sent where there is a mail server, else in the outbox to be handed over. */
export function outboxRoutes(
  app: App,
  {
    parts,
    sender,
    publicUrl,
    organisation,
  }: Pick<HttpContext, "parts" | "sender" | "publicUrl" | "organisation">,
): void {
  app.post(
    "/api/staff/collections/:id/invitations",
    {
      config: needs("invite-people", "collection"),
      schema: { params: InCollection, body: InviteByMail, response: { "2xx": InvitedByMail, ...PROBLEMS } },
    },
    async (request) => {
      const { email, language, child } = request.body;
      const order = { collection: request.params.id, email, language, child, actor: actorOf(request) };
      const { letter, state, failure } = await inviteByMail(parts, order, sender);
      return { letter, state, failure };
    },
  );

  app.get(
    "/api/staff/outbox",
    { config: needs("invite-people", "some"), schema: { response: { "2xx": Outbox, ...PROBLEMS } } },
    async (request) => ({
      mail: sender !== undefined,
      letters: (await listOutbox(parts))
        .filter((one) => mayHere(request, one.collection.id))
        .map((one) => asListed(one, sender !== undefined)),
    }),
  );

  app.get(
    "/api/staff/outbox/:letter",
    {
      config: needs("invite-people", "letter"),
      schema: { params: OfLetter, response: { "2xx": OpenedLetter, ...PROBLEMS } },
    },
    async (request) => {
      const opened = await openLetter(parts, request.params.letter, { publicUrl, organisation });
      const { language, subject, text, link } = opened;
      return { ...asListed(opened, sender !== undefined), language, subject, text, link };
    },
  );

  app.post(
    "/api/staff/outbox/:letter",
    {
      config: needs("invite-people", "letter"),
      schema: { params: OfLetter, body: SettleLetter, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const order = { letter: request.params.letter, actor: actorOf(request) };
      switch (request.body.outcome) {
        case "handed-over":
          await handOverLetter(parts, order);
          break;
        case "cancelled":
          await cancelLetter(parts, order);
          break;
      }
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/staff/outbox/:letter/send",
    {
      config: needs("invite-people", "letter"),
      schema: { params: OfLetter, response: { "2xx": LetterTried, ...PROBLEMS } },
    },
    async (request) => {
      if (!sender) {
        throw new AssentError("refused", "this server sends no mail", {
          remedy: "Hand the letter over, or set ASSENT_SMTP.",
        });
      }
      const { sent, failure } = await sendLetterNow(parts, sender, request.params.letter);
      return { state: sent ? ("sent" as const) : ("waiting" as const), failure };
    },
  );
}

function asListed({ collection, ...one }: WaitingLetter, mail: boolean) {
  return { ...one, collectionName: collection.name, nextTry: mail ? one.nextTry : null };
}
