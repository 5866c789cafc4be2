import { Type } from "@fastify/type-provider-typebox";
import {
  allowFrames,
  listGalleries,
  makeGallery,
  revokeGallery,
  type MadeGallery as Made,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  FrameOrigins,
  Galleries,
  MadeGallery,
  MakeGallery,
  MakePublicGallery,
} from "../contract/staff-galleries.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";

const WithId = Type.Object({ id: Type.String({ format: "uuid" }) });
const OfGallery = Type.Object({ gallery: Type.String({ format: "uuid" }) });

/** Links by which whoever has them sees what was published. That one is open to the public, or framed by a site, is an owner's to say. */
export function galleryLinkRoutes(
  app: App,
  { parts, publicUrl }: Pick<HttpContext, "parts" | "publicUrl">,
): void {
  const shown = ({ id, secret, expiresAt }: Made) => ({
    id,
    link: `${publicUrl.origin}/gallery#${secret}`,
    expiresAt: expiresAt?.toISOString() ?? null,
  });

  app.get(
    "/api/staff/collections/:id/galleries",
    {
      config: needs("look-through", "collection"),
      schema: { params: WithId, response: { "2xx": Galleries, ...PROBLEMS } },
    },
    async (request) => {
      const now = parts.clock.now();
      const links = await listGalleries(parts, request.params.id);
      return {
        galleries: links.map((one) => ({
          id: one.id,
          publication: one.publication_id,
          channel: one.channel,
          state:
            one.revoked_at !== null
              ? ("revoked" as const)
              : one.expires_at !== null && one.expires_at <= now
                ? ("expired" as const)
                : ("open" as const),
          madeBy: one.made_by,
          madeAt: one.made_at.toISOString(),
          expiresAt: one.expires_at?.toISOString() ?? null,
          openedAt: one.opened_at?.toISOString() ?? null,
          maxEdge: one.max_edge,
          seen: one.seen,
          changed: one.changed,
          origins: one.origins,
          frame: `${publicUrl.origin}/gallery/embed/${one.id}`,
        })),
      };
    },
  );

  app.post(
    "/api/staff/publications/:id/links",
    {
      config: needs("publish", "publication"),
      schema: { params: WithId, body: MakeGallery, response: { "2xx": MadeGallery, ...PROBLEMS } },
    },
    async (request) => {
      const { days, maxEdge } = request.body;
      const order = { publication: request.params.id, lasts: days, maxEdge, actor: actorOf(request) };
      return shown(await makeGallery(parts, order));
    },
  );

  app.post(
    "/api/staff/publications/:id/public-gallery",
    {
      config: needs("open-galleries", "publication"),
      schema: { params: WithId, body: MakePublicGallery, response: { "2xx": MadeGallery, ...PROBLEMS } },
    },
    async (request) => {
      const { maxEdge } = request.body;
      const order = { publication: request.params.id, lasts: "public" as const, maxEdge };
      return shown(await makeGallery(parts, { ...order, actor: actorOf(request) }));
    },
  );

  app.delete(
    "/api/staff/galleries/:gallery",
    {
      config: needs("publish", "gallery"),
      schema: { params: OfGallery, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      await revokeGallery(parts, request.params.gallery, actorOf(request));
      return reply.code(204).send(null);
    },
  );

  app.put(
    "/api/staff/galleries/:gallery/origins",
    {
      config: needs("open-galleries", "gallery"),
      schema: { params: OfGallery, body: FrameOrigins, response: { "2xx": FrameOrigins, ...PROBLEMS } },
    },
    async (request) => {
      const { gallery } = request.params;
      const origins = await allowFrames(parts, gallery, request.body.origins, actorOf(request));
      return { origins: [...origins] };
    },
  );
}
