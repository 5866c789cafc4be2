import { Type } from "@fastify/type-provider-typebox";
import { AssentError } from "../../core/index.ts";
import { invite, inviteGuests, previewGuests, stopReminding, unanswered } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  GuestCards,
  Guests,
  InvitedGuests,
  InviteGuests,
  PreviewGuests,
  Unanswered,
} from "../contract/staff-guests.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";
import { drawCards } from "../../printing/index.ts";

const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
const OfLetter = Type.Object({ letter: Type.String({ format: "uuid" }) });
const Pdf = { "2xx": Type.Unsafe<Uint8Array>(Type.String()), ...PROBLEMS };

/** A class or guest list: read, invited by letters or cards, and who has not answered. */
export function guestRoutes(
  app: App,
  {
    parts,
    sender,
    posting,
    publicUrl,
    organisation,
  }: Pick<HttpContext, "parts" | "sender" | "posting" | "publicUrl" | "organisation">,
): void {
  app.post(
    "/api/staff/collections/:id/guests/preview",
    {
      config: needs("invite-people", "collection"),
      bodyLimit: 2_000_000,
      schema: { params: InCollection, body: PreviewGuests, response: { "2xx": Guests, ...PROBLEMS } },
    },
    async (request) => {
      const order = { collection: request.params.id, csv: request.body.csv };
      const { guests, faults } = await previewGuests(parts, order);
      return { guests: [...guests], faults: [...faults] };
    },
  );

  app.post(
    "/api/staff/collections/:id/guests",
    {
      config: needs("invite-people", "collection"),
      bodyLimit: 2_000_000,
      schema: { params: InCollection, body: InviteGuests, response: { "2xx": InvitedGuests, ...PROBLEMS } },
    },
    async (request) => {
      const order = { collection: request.params.id, actor: actorOf(request), ...request.body };
      const done = await inviteGuests(parts, order);
      posting.outbox();
      return done;
    },
  );

  app.post(
    "/api/staff/collections/:id/guests/cards",
    {
      config: { ...needs("invite-people", "collection"), sends: "application/pdf" },
      bodyLimit: 2_000_000,
      schema: { params: InCollection, body: GuestCards, response: Pdf },
    },
    async (request, reply) => {
      const { id: collection } = request.params;
      const { csv, language } = request.body;
      const { guests } = await previewGuests(parts, { collection, csv });
      const without = guests.filter((guest) => guest.email === null);
      const cards: { link: string; name: string; tag: null }[] = [];
      let of: Awaited<ReturnType<typeof invite>> | undefined;
      for (const { child, name } of without) {
        of = await invite(parts, {
          collection,
          kind: child === null ? "single" : "guardian",
          ...(child === null ? {} : { child }),
          actor: actorOf(request),
        });
        for (const { secret } of of.invitations) {
          cards.push({ link: `${publicUrl.origin}/join#${secret}`, name: name ?? child ?? "", tag: null });
        }
      }
      if (!of) throw new AssentError("bad-input", "everybody on this list has an address");
      const { collection: made, expiresAt: until } = of;
      const pdf = await drawCards({ language, organisation, event: made.name, until, cards });
      return reply.type("application/pdf").send(pdf);
    },
  );

  app.get(
    "/api/staff/collections/:id/unanswered",
    {
      config: needs("invite-people", "collection"),
      schema: { params: InCollection, response: { "2xx": Unanswered, ...PROBLEMS } },
    },
    async (request) => ({
      mail: sender !== undefined,
      letters: (await unanswered(parts, request.params.id)).map(
        ({ letter, to, child, sentAt, nextTry, reminders }) => ({
          letter,
          to,
          child,
          sentAt,
          nextTry,
          reminders,
        }),
      ),
    }),
  );

  app.delete(
    "/api/staff/outbox/:letter/reminders",
    {
      config: needs("invite-people", "letter"),
      schema: { params: OfLetter, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      await stopReminding(parts, { letter: request.params.letter, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );
}
