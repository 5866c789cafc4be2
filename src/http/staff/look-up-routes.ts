import { lookUp, lookupsLeft } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { LookedUp, LookUp, Lookups } from "../contract/staff-look-up.ts";
import { withPictureFile } from "../picture-file.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, mayHere, needs, nothingHere } from "../access.ts";

/** A picture of 8 MB as base64, and the form around it. */
const BODY_BYTES = 12_000_000;

/** Who is in a picture, of those who agreed that staff may ask: by a reason, counted, and seen by whoever is found. */
export function lookUpRoutes(
  app: App,
  { parts }: Pick<HttpContext, "parts">,
  { uploads }: { readonly uploads: string },
): void {
  app.get(
    "/api/staff/look-up",
    { config: needs("look-up", "some"), schema: { response: { "2xx": Lookups, ...PROBLEMS } } },
    async (request) => ({
      ...(await lookupsLeft(parts, actorOf(request))),
      everywhere: mayHere(request, null),
    }),
  );

  app.post(
    "/api/staff/look-up",
    {
      config: needs("look-up", "some"),
      bodyLimit: BODY_BYTES,
      schema: { body: LookUp, response: { "2xx": LookedUp, ...PROBLEMS } },
    },
    async (request) => {
      const { picture, reason, collection } = request.body;
      if (!mayHere(request, collection ?? null)) throw nothingHere();
      const { faces } = await withPictureFile(uploads, picture, (file) =>
        lookUp(parts, { picture: file, reason, collection, actor: actorOf(request) }),
      );
      return {
        faces: faces.map(({ box, person }) => ({
          box: [...box] as [number, number, number, number],
          person: person && {
            person: person.id,
            name: person.name,
            label: person.label,
            photos: person.photos,
          },
        })),
      };
    },
  );
}
