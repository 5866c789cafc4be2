import { Type } from "@fastify/type-provider-typebox";
import {
  collectionNamed,
  consentOverview,
  ENDING_DAYS,
  exportOverview,
  notToPhotograph,
  OVERVIEW_PAGE,
  useName,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { ExportPeople, People, PeopleQuery, PrintNotPhotographed } from "../contract/staff-people.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";
import { toCsv } from "./csv.ts";
import { drawNotPhotographed } from "../../printing/index.ts";

const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
/** Of the media type that the route names. */
const Sent = { "2xx": Type.Unsafe<Uint8Array | string>(Type.String()), ...PROBLEMS };

/** Who joined and what they agreed to; the same taken out as a list, by a look. */
export function peopleRoutes(
  app: App,
  { parts, organisation }: Pick<HttpContext, "parts" | "organisation">,
): void {
  app.post(
    "/api/staff/collections/:id/people/list",
    {
      config: needs("see-people", "collection"),
      schema: { params: InCollection, body: PeopleQuery, response: { "2xx": People, ...PROBLEMS } },
    },
    async (request) => {
      const { looking, state, use, from } = request.body;
      const order = { collection: request.params.id, looking, state, use, from: from ?? 0 };
      const { uses, people, total, ending } = await consentOverview(parts, order);
      return {
        uses: uses.map(useName),
        people: people.map(({ at, cells, ...who }) => ({
          ...who,
          at: at.toISOString(),
          cells: cells.map(({ state: stands, since, until }) => ({
            state: stands,
            since: since?.toISOString() ?? null,
            until: until?.toISOString() ?? null,
          })),
        })),
        total,
        ending,
        endingDays: ENDING_DAYS,
        page: OVERVIEW_PAGE,
      };
    },
  );

  app.post(
    "/api/staff/collections/:id/people/export",
    {
      config: { ...needs("see-people", "collection"), sends: "text/csv" },
      schema: { params: InCollection, body: ExportPeople, response: Sent },
    },
    async (request, reply) => {
      const order = { collection: request.params.id, reason: request.body.reason, actor: actorOf(request) };
      const { uses, people } = await exportOverview(parts, order);
      const day = (time: Date | null): string => time?.toISOString().slice(0, 10) ?? "";
      const columns = uses.map(useName).flatMap((use) => [use, `${use} until`]);
      const lines = people.map(({ name, label, at, cells }) => [
        name ?? "",
        label,
        day(at),
        ...cells.flatMap((cell) => [cell.state, day(cell.until)]),
      ]);
      return reply.type("text/csv").send(toCsv([["name", "label", "joined", ...columns], ...lines]));
    },
  );

  app.post(
    "/api/staff/collections/:id/do-not-photograph",
    {
      config: { ...needs("see-people", "collection"), sends: "application/pdf" },
      schema: { params: InCollection, body: PrintNotPhotographed, response: Sent },
    },
    async (request, reply) => {
      const { id: collection } = request.params;
      const { reason, language } = request.body;
      const people = await notToPhotograph(parts, { collection, reason, actor: actorOf(request) });
      const { name: event } = await collectionNamed(parts.db, collection);
      const now = parts.clock.now();
      const pdf = await drawNotPhotographed({ language, organisation, event, now, people });
      return reply.type("application/pdf").send(pdf);
    },
  );
}
