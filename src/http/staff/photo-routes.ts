import { Type } from "@fastify/type-provider-typebox";
import {
  hiddenViewForStaff,
  neverMatchHere,
  peopleOf,
  ratePhotos,
  seeFace,
  staffPhoto,
  staffPhotos,
  tagHere,
  untagHere,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  FaceOpened,
  Joined,
  JoinedQuery,
  OpenWithReason,
  PhotosQuery,
  PhotosRated,
  PictureQuery,
  RatePhotos,
  StaffPhoto,
  StaffPhotos,
  TagFace,
} from "../contract/staff-matters.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";

const uuid = Type.String({ format: "uuid" });
const InCollection = Type.Object({ id: uuid });
const OfPhoto = Type.Object({ id: uuid, photo: uuid });
const OfFace = Type.Object({ id: uuid, photo: uuid, face: uuid });
const Jpeg = Type.Unsafe<Uint8Array>(Type.String());
const DONE = { "2xx": Type.Null(), ...PROBLEMS };

/** Photos on one page of the grid: ten screens of them, some 40 kB. */
const PAGE = 200;

/** Longer side, in pixels: in the grid, and of the one that is open. */
const EDGES = { tiny: 320, small: 640, large: 1280 } as const;

/** A collection's photos with every face hidden; one face to be seen by a look; and saying by hand whose it is. */
export function photoRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.get(
    "/api/staff/collections/:id/photos",
    {
      config: needs("see-photos", "collection"),
      schema: {
        params: InCollection,
        querystring: PhotosQuery,
        response: { "2xx": StaffPhotos, ...PROBLEMS },
      },
    },
    async (request) => {
      const { cursor, filter } = request.query;
      const order = { collection: request.params.id, cursor, filter, limit: PAGE };
      const { photos, next, total } = await staffPhotos(parts, order);
      return { photos: photos.map(({ photo, ...rest }) => ({ id: photo, ...rest })), next, total };
    },
  );

  app.get(
    "/api/staff/collections/:id/photos/:photo",
    {
      config: needs("see-photos", "collection"),
      schema: { params: OfPhoto, response: { "2xx": StaffPhoto, ...PROBLEMS } },
    },
    async (request) => {
      const { id, photo } = request.params;
      const { file, size, rating, faces } = await staffPhoto(parts, { collection: id, photo });
      return {
        id: photo,
        file,
        ...size,
        rating,
        faces: faces.map(({ face, box, ...rest }) => ({
          id: face,
          box: [...box] as [number, number, number, number],
          ...rest,
        })),
      };
    },
  );

  app.get(
    "/api/staff/collections/:id/photos/:photo/picture",
    {
      config: { ...needs("see-photos", "collection"), sends: "image/jpeg" },
      schema: { params: OfPhoto, querystring: PictureQuery, response: { "2xx": Jpeg, ...PROBLEMS } },
    },
    async (request, reply) => {
      const { id, photo } = request.params;
      return reply
        .type("image/jpeg")
        .send(await hiddenViewForStaff(parts, id, photo, EDGES[request.query.size]));
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/faces/:face/open",
    {
      config: needs("tag-faces", "collection"),
      schema: { params: OfFace, body: OpenWithReason, response: { "2xx": FaceOpened, ...PROBLEMS } },
    },
    async (request) => {
      const { id: collection, photo, face } = request.params;
      const { reason } = request.body;
      const seen = await seeFace(parts, { collection, photo, face, reason, actor: actorOf(request) });
      return { ...seen, channels: [...seen.channels], picture: seen.picture.toString("base64") };
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/faces/:face/tag",
    { config: needs("tag-faces", "collection"), schema: { params: OfFace, body: TagFace, response: DONE } },
    async (request, reply) => {
      const { id: collection, photo, face } = request.params;
      await tagHere(parts, {
        collection,
        photo,
        face,
        person: request.body.person,
        actor: actorOf(request),
      });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/api/staff/collections/:id/photos/:photo/faces/:face/tag",
    { config: needs("tag-faces", "collection"), schema: { params: OfFace, response: DONE } },
    async (request, reply) => {
      const { id: collection, photo, face } = request.params;
      await untagHere(parts, { collection, photo, face, actor: actorOf(request) });
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/faces/:face/never-match",
    { config: needs("tag-faces", "collection"), schema: { params: OfFace, response: DONE } },
    async (request, reply) => {
      const { id: collection, photo, face } = request.params;
      await neverMatchHere(parts, { collection, photo, face });
      return reply.code(204).send(null);
    },
  );

  app.put(
    "/api/staff/collections/:id/ratings",
    {
      config: needs("look-through", "collection"),
      schema: { params: InCollection, body: RatePhotos, response: { "2xx": PhotosRated, ...PROBLEMS } },
    },
    async (request) => {
      const { photos, rating } = request.body;
      return ratePhotos(parts, {
        collection: request.params.id,
        photos,
        rating,
        actor: actorOf(request),
      });
    },
  );

  app.post(
    "/api/staff/collections/:id/joined",
    {
      config: needs("see-people", "collection"),
      schema: { params: InCollection, body: JoinedQuery, response: { "2xx": Joined, ...PROBLEMS } },
    },
    async (request) => {
      const { looking } = request.body;
      const { people, more } = await peopleOf(parts, { collection: request.params.id, looking });
      return { people: people.map((one) => ({ ...one, at: one.at.toISOString() })), more };
    },
  );
}
