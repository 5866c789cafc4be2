import { Type } from "@fastify/type-provider-typebox";
import {
  closeRequest,
  listCollections,
  listConflicts,
  listRequests,
  openConflict,
  requestedPicture,
  settleConflict,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { CloseRequest, ConflictOpened, Conflicts, Requests, SettleConflict } from "../contract/staff.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, mayHere, needs } from "../access.ts";

const OfConflict = Type.Object({ enrolment: Type.String({ format: "uuid" }) });

const OfRequest = Type.Object({ request: Type.String({ format: "uuid" }) });
const Jpeg = Type.Unsafe<Uint8Array>(Type.String());

/** What waits for a human: claims on a face that is somebody's already, and "hide me". */
export function matterRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.get(
    "/api/staff/conflicts",
    { config: needs("settle-conflicts", "some"), schema: { response: { "2xx": Conflicts, ...PROBLEMS } } },
    async (request) => {
      const names = new Map((await listCollections(parts)).map((one) => [one.id, one.name]));
      // One claim may be near several people: it is settled once.
      const open = new Map((await listConflicts(parts)).map((one) => [one.enrolment, one]));
      return {
        conflicts: [...open.values()]
          .filter((one) => mayHere(request, one.collection))
          .map(({ enrolment, collection, at }) => ({
            enrolment,
            collection,
            collectionName: collection === null ? null : (names.get(collection) ?? null),
            at,
          })),
      };
    },
  );
  app.post(
    "/api/staff/conflicts/:enrolment/open",
    {
      config: needs("settle-conflicts", "conflict"),
      schema: { params: OfConflict, response: { "2xx": ConflictOpened, ...PROBLEMS } },
    },
    async (request) => openConflict(parts, { enrolment: request.params.enrolment, actor: actorOf(request) }),
  );
  app.post(
    "/api/staff/conflicts/:enrolment",
    {
      config: needs("settle-conflicts", "conflict"),
      schema: { params: OfConflict, body: SettleConflict, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const { enrolment } = request.params;
      await settleConflict(parts, { enrolment, outcome: request.body.outcome, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/api/staff/requests",
    { config: needs("see-requests", "some"), schema: { response: { "2xx": Requests, ...PROBLEMS } } },
    async (request) => ({
      requests: (await listRequests(parts))
        .filter((one) => mayHere(request, one.collection?.id ?? null))
        .map((one) => ({
          id: one.request,
          kind: one.kind,
          person: one.person,
          photo: one.photo,
          file: one.file,
          collectionName: one.collection?.name ?? null,
          face: one.face !== null,
          place: one.place,
          contact: one.contact,
          note: one.note,
          openedAt: one.openedAt,
          dueAt: one.dueAt,
          overdue: one.overdue,
        })),
    }),
  );
  app.get(
    "/api/staff/requests/:request/picture",
    {
      config: { ...needs("see-requested-pictures", "request"), sends: "image/jpeg" },
      schema: { params: OfRequest, response: { "2xx": Jpeg, ...PROBLEMS } },
    },
    async (request, reply) =>
      reply.type("image/jpeg").send(await requestedPicture(parts, request.params.request)),
  );
  app.post(
    "/api/staff/requests/:request",
    {
      config: needs("answer-requests", "request"),
      schema: { params: OfRequest, body: CloseRequest, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      await closeRequest(parts, request.params.request, request.body.outcome, actorOf(request));
      return reply.code(204).send(null);
    },
  );
}
