import { once } from "node:events";
import { Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import { ZipFile } from "yazl";
import { AssentError, isId } from "../../core/index.ts";
import {
  beginLook,
  changedPictures,
  hideMore,
  listPublications,
  lookAtPhotos,
  lookAtPicture,
  orderPublishing,
  publicationProgress,
  publishedPictures,
  showAgain,
  takeMarkBack,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  BeginLook,
  BegunLook,
  ChangedPictures,
  HideMore,
  LookPage,
  LookQuery,
  Publications,
  Publish,
  ShowAgain,
} from "../contract/staff.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";

/** Bytes of the media type that the route names. */
const Bytes = Type.Unsafe<Uint8Array | NodeJS.ReadableStream>(Type.String());
const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
const OfPhoto = Type.Object({
  id: Type.String({ format: "uuid" }),
  photo: Type.String({ format: "uuid" }),
});
const OfMark = Type.Object({ ...OfPhoto.properties, face: Type.String({ format: "uuid" }) });
const Picture = { "2xx": Bytes, ...PROBLEMS };

/** Photos on one page of the look: what a person looks through before they scroll on, and a second of rendering. */
const PAGE = 24;

/** The look through what a channel would show, hiding more, publishing, and the pictures as a ZIP. */
export function publishRoutes(
  app: App,
  { parts }: Pick<HttpContext, "parts">,
  { exports }: { readonly exports: string },
): void {
  app.post(
    "/api/staff/collections/:id/look",
    {
      config: needs("look-through", "collection"),
      schema: { params: InCollection, body: BeginLook, response: { "2xx": BegunLook, ...PROBLEMS } },
    },
    async (request) =>
      beginLook(parts, { collection: request.params.id, actor: actorOf(request), ...request.body }),
  );

  app.get(
    "/api/staff/collections/:id/look",
    {
      config: needs("look-through", "collection"),
      schema: { params: InCollection, querystring: LookQuery, response: { "2xx": LookPage, ...PROBLEMS } },
    },
    async (request) => {
      const { channel, reveal, from = "0" } = request.query;
      const order = { collection: request.params.id, channel, reveal, actor: actorOf(request) };
      const { photos, total } = await lookAtPhotos(parts, { ...order, from: Number(from), most: PAGE });
      return {
        total,
        photos: photos.map(({ photo, fileName, size, faces }) => ({
          id: photo,
          file: fileName,
          width: size.width,
          height: size.height,
          faces: faces.map(({ face, box, standing, canShowAgain }) => ({
            id: face,
            box: [box.x, box.y, box.w, box.h] as [number, number, number, number],
            standing,
            canShowAgain,
          })),
        })),
      };
    },
  );

  app.get(
    "/api/staff/collections/:id/look/:photo",
    {
      config: { ...needs("look-through", "collection"), sends: "image/jpeg" },
      schema: { params: OfPhoto, querystring: LookQuery, response: Picture },
    },
    async (request, reply) => {
      const { channel, reveal } = request.query;
      const { id, photo } = request.params;
      const order = { collection: id, photo, channel, reveal, actor: actorOf(request) };
      return reply.type("image/jpeg").send(await lookAtPicture(parts, order));
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/hide",
    {
      config: needs("hide-more", "collection"),
      schema: { params: OfPhoto, body: HideMore, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const { id, photo } = request.params;
      const { body } = request;
      const place =
        "face" in body
          ? { face: body.face }
          : { box: { x: body.box[0], y: body.box[1], w: body.box[2], h: body.box[3] } };
      await hideMore(parts, { collection: id, photo, place, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/show-again",
    {
      config: needs("look-through", "collection"),
      schema: { params: OfPhoto, body: ShowAgain, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const { id, photo } = request.params;
      await showAgain(parts, { collection: id, photo, ...request.body, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/api/staff/collections/:id/photos/:photo/marks/:face",
    {
      config: needs("tag-faces", "collection"),
      schema: { params: OfMark, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const { id, photo, face } = request.params;
      await takeMarkBack(parts, { collection: id, photo, face, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  const publications = async (id: string): Promise<Publications> => {
    const last = await publicationProgress(parts, id);
    return {
      running: last?.running === true ? { channel: last.channel, done: last.done, total: last.total } : null,
      failed: last?.failed != null ? { channel: last.channel, code: last.failed } : null,
      publications: (await listPublications(parts, id)).map((one) => ({ ...one, at: one.at.toISOString() })),
    };
  };
  app.get(
    "/api/staff/collections/:id/publications",
    {
      config: needs("look-through", "collection"),
      schema: { params: InCollection, response: { "2xx": Publications, ...PROBLEMS } },
    },
    async (request) => publications(request.params.id),
  );
  app.post(
    "/api/staff/collections/:id/publications",
    {
      config: needs("publish", "collection"),
      schema: { params: InCollection, body: Publish, response: { "2xx": Publications, ...PROBLEMS } },
    },
    async (request) => {
      const { id } = request.params;
      const { channel, reveal, looked, maxEdge, watermark } = request.body;
      // What is wrong with the order is answered at once; the pictures take their time.
      await orderPublishing(parts, {
        collection: id,
        channel,
        reveal,
        looked,
        maxEdge,
        watermark,
        exports,
        actor: actorOf(request),
      });
      return publications(id);
    },
  );

  app.get(
    "/api/staff/publications/:id/changes",
    {
      config: needs("look-through", "publication"),
      schema: { params: InCollection, response: { "2xx": ChangedPictures, ...PROBLEMS } },
    },
    async (request) => ({ pictures: [...(await changedPictures(parts, request.params.id))] }),
  );

  app.get(
    "/api/staff/publications/:id/zip",
    {
      config: { ...needs("publish", "publication"), sends: "application/zip" },
      schema: { params: InCollection, response: Picture },
    },
    async (request, reply) => {
      if (!isId(request.params.id)) throw new AssentError("not-found", "there is no such publication");
      const found = await publishedPictures(parts, request.params.id);
      reply.header("content-disposition", `attachment; filename="${found.channel}.zip"`);
      return reply.type("application/zip").send(zipOf(found.pictures));
    },
  );
}

/** Streamed, one picture at a time as it is asked for. */
function zipOf(
  pictures: AsyncIterable<{ readonly name: string; readonly bytes: Uint8Array }>,
): NodeJS.ReadableStream {
  const zip = new ZipFile();
  const out = zip.outputStream;
  const gone = once(out, "close");
  const fill = async (): Promise<void> => {
    for await (const { name, bytes } of pictures) {
      const one = Readable.from([bytes]);
      zip.addReadStream(one, name, { compress: false, size: bytes.byteLength });
      await Promise.race([once(one, "end"), gone]);
      if ((out as Readable).destroyed) return;
    }
    zip.end();
  };
  fill().catch((error: unknown) => (out as Readable).destroy(error as Error));
  return out;
}
