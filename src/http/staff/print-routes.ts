import { Type } from "@fastify/type-provider-typebox";
import { AssentError, endOfDay, tagText } from "../../core/index.ts";
import { dayCodeOf, invite, showCollection } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { Cards, DayCode, GuardianInvitation, GuardianLinks, Poster } from "../contract/staff.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";
import { drawCards } from "../../printing/index.ts";
import { drawPoster } from "../../printing/index.ts";

/** Bytes of the media type that the route names. */
const Bytes = Type.Unsafe<Uint8Array | NodeJS.ReadableStream>(Type.String());
const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
const Pdf = { "2xx": Bytes, ...PROBLEMS };

/** What is put up and handed out at the event. Each print makes invitations of its own: their secrets are kept nowhere. */
export function printRoutes(
  app: App,
  { parts, publicUrl, organisation }: Pick<HttpContext, "parts" | "publicUrl" | "organisation">,
): void {
  const linkOf = (secret: string): string => `${publicUrl.origin}/join#${secret}`;

  app.post(
    "/api/staff/collections/:id/poster",
    {
      config: { ...needs("invite-people", "collection"), sends: "application/pdf" },
      schema: { params: InCollection, body: Poster, response: Pdf },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { language, place, days } = request.body;
      const codes = await Promise.all(days.map((day) => dayCodeOf(parts, { collection: id, at: noon(day) })));
      const actor = actorOf(request);
      const made = await invite(parts, { collection: id, kind: "public", actor });
      const pdf = await drawPoster({
        language,
        organisation,
        event: made.collection.name,
        place,
        link: linkOf(made.invitations[0]?.secret ?? ""),
        codes,
      });
      return reply.type("application/pdf").send(pdf);
    },
  );

  app.post(
    "/api/staff/collections/:id/cards",
    {
      config: { ...needs("invite-people", "collection"), sends: "application/pdf" },
      schema: { params: InCollection, body: Cards, response: Pdf },
    },
    async (request, reply) => {
      const { language, count, series } = request.body;
      const order = { collection: request.params.id, kind: "single" as const, count, cardSeries: series };
      const made = await invite(parts, { ...order, actor: actorOf(request) });
      const pdf = await drawCards({
        language,
        organisation,
        event: made.collection.name,
        until: made.expiresAt,
        cards: made.invitations.map(({ secret, card }) => ({
          link: linkOf(secret),
          tag: card && { text: tagText(card.code), code: card.code },
        })),
      });
      return reply.type("application/pdf").send(pdf);
    },
  );

  app.get(
    "/api/staff/collections/:id/day-code",
    {
      config: needs("invite-people", "collection"),
      schema: {
        params: InCollection,
        querystring: Type.Object({ day: Type.Optional(Type.String({ maxLength: 10 })) }),
        response: { "2xx": DayCode, ...PROBLEMS },
      },
    },
    async (request) => {
      const { day } = request.query;
      const order = { collection: request.params.id, ...(day === undefined ? {} : { at: noon(day) }) };
      const { day: of, code } = await dayCodeOf(parts, order);
      return { day: of, code };
    },
  );

  app.post(
    "/api/staff/collections/:id/guardian-invitation",
    {
      config: needs("invite-people", "collection"),
      schema: {
        params: InCollection,
        body: GuardianInvitation,
        response: { "2xx": GuardianLinks, ...PROBLEMS },
      },
    },
    async (request) => {
      await showCollection(parts, request.params.id);
      const order = { collection: request.params.id, kind: "guardian" as const, child: request.body.child };
      const made = await invite(parts, { ...order, actor: actorOf(request) });
      return {
        links: made.invitations.map((one) => linkOf(one.secret)),
        expiresAt: made.expiresAt.toISOString(),
      };
    },
  );
}

/** The middle of a day in UTC: codes go by it. Errors: `bad-input`. */
function noon(day: string): Date {
  const end = endOfDay(day);
  if (!end) throw new AssentError("bad-input", `"${day}" is no date`, { remedy: "Write it as YYYY-MM-DD." });
  return new Date(end.getTime() - 43_200_000);
}
