import { Type } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { AssentError } from "../core/index.ts";
import { galleryPicture, listGallery, openGallery, watchGallery } from "../flows/index.ts";
import type { App, HttpContext } from "./context.ts";
import { GalleryOpened, GalleryPictures, GalleryState, OpenGallery } from "./contract/gallery.ts";
import { GALLERY_HEADER } from "./limits.ts";
import { PROBLEMS } from "./problem.ts";

const Named = Type.Object({ name: Type.String({ minLength: 8, maxLength: 100 }) });
const Picture = { params: Named, response: { "2xx": Type.String(), ...PROBLEMS } };

/** A gallery, for whoever has its link. Nothing of who looks is kept, and no cookie is set. */
export function galleryRoutes(
  app: App,
  { parts, organisation }: Pick<HttpContext, "parts" | "organisation">,
): void {
  app.post(
    "/api/gallery/open",
    {
      config: { limit: "open" },
      schema: { body: OpenGallery, response: { "2xx": GalleryOpened, ...PROBLEMS } },
    },
    async (request) => {
      const { expiresAt, ...opened } = await openGallery(parts, request.body.secret);
      return { organisation, ...opened, expiresAt: expiresAt?.toISOString() ?? null };
    },
  );

  app.get(
    "/api/gallery/state",
    { config: { limit: "gallery" }, schema: { response: { "2xx": GalleryState, ...PROBLEMS } } },
    async (request) => watchGallery(parts, secretOf(request)),
  );

  app.get(
    "/api/gallery/pictures",
    {
      config: { limit: "gallery" },
      schema: {
        querystring: Type.Object({ from: Type.Optional(Type.String({ pattern: "^\\d{1,6}$" })) }),
        response: { "2xx": GalleryPictures, ...PROBLEMS },
      },
    },
    async (request) => {
      const { pictures, next } = await listGallery(parts, secretOf(request), Number(request.query.from ?? 0));
      return { pictures: [...pictures], next };
    },
  );

  for (const [url, size, limit] of [
    ["/api/gallery/pictures/:name", "full", "gallery-picture"],
    ["/api/gallery/pictures/:name/small", "small", "gallery-small"],
  ] as const) {
    app.get(url, { config: { sends: "image/jpeg", limit }, schema: Picture }, async (request, reply) => {
      const bytes = await galleryPicture(parts, secretOf(request), { name: request.params.name, size });
      return reply
        .type("image/jpeg")
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as never);
    });
  }
}

function secretOf(request: FastifyRequest): string {
  const secret = request.headers[GALLERY_HEADER];
  if (typeof secret === "string" && secret.length >= 4 && secret.length <= 200) return secret;
  throw new AssentError("not-found", "there is no such gallery or picture, or not any more");
}
