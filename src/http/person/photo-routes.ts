import { Type } from "@fastify/type-provider-typebox";
import { answer, browse, claimFace, confirmGiven, photosOf, pictureFor } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { Answer, Browse, ClaimAnswer, Confirm, Confirmed, PersonPhotos } from "../contract/person.ts";
import { PROBLEMS } from "../problem.ts";
import { DONE, done, WITH_ID } from "./joining-routes.ts";
import { who } from "./session.ts";

const Id = Type.String({ format: "uuid" });
const Cursor = Type.String({ maxLength: 60 });

/** A person's photos, each in the version that this person may see. What is not theirs is answered like what is not there. */
export function photoRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.get(
    "/photos",
    {
      schema: {
        querystring: Type.Object({ cursor: Type.Optional(Cursor), collection: Type.Optional(Id) }),
        response: { "2xx": PersonPhotos, ...PROBLEMS },
      },
    },
    async (request) => {
      const { photos, next } = await photosOf(parts, who(request).person, request.query);
      return { photos: photos.map((one) => ({ ...one, box: corners(one.box) })), next };
    },
  );

  app.get(
    "/photos/:id/picture",
    {
      config: { sends: "image/jpeg" },
      schema: {
        params: WITH_ID,
        querystring: Type.Object({
          size: Type.Optional(Type.Union([Type.Literal("small"), Type.Literal("full")])),
        }),
        response: { "2xx": Type.String(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const { person } = who(request);
      const bytes = await pictureFor(parts, person, request.params.id, request.query.size ?? "full");
      return reply
        .type("image/jpeg")
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as never);
    },
  );

  app.get(
    "/browse",
    {
      schema: {
        querystring: Type.Object({ collection: Id, cursor: Type.Optional(Cursor) }),
        response: { "2xx": Browse, ...PROBLEMS },
      },
    },
    async (request) => {
      const { photos, next } = await browse(parts, who(request).person, request.query);
      return {
        photos: photos.map((one) => ({
          ...one,
          faces: one.faces.map((face) => ({ ...face, box: corners(face.box) })),
        })),
        next,
      };
    },
  );

  app.post(
    "/faces/:id/answer",
    { schema: { params: WITH_ID, body: Answer, response: DONE } },
    async (request, reply) => {
      await answer(parts, who(request).person, request.params.id, request.body.me);
      return done(reply);
    },
  );

  app.post(
    "/faces/confirm",
    { schema: { body: Confirm, response: { "2xx": Confirmed, ...PROBLEMS } } },
    async (request) => ({
      confirmed: await confirmGiven(parts, who(request).person, request.body.faces),
    }),
  );

  app.post(
    "/faces/:id/claim",
    { schema: { params: WITH_ID, response: { "2xx": ClaimAnswer, ...PROBLEMS } } },
    async (request) => claimFace(parts, who(request).person, request.params.id),
  );
}

/** A copy that the answer's type takes. */
function corners([x, y, w, h]: readonly [number, number, number, number]): [number, number, number, number] {
  return [x, y, w, h];
}
