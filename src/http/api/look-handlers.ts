import { findInCollection, lookUp } from "../../flows/index.ts";
import type { HttpContext } from "../context.ts";
import { withPictureFile } from "../picture-file.ts";
import { actorOf } from "../access.ts";
import type { StaffPlaces } from "../staff/index.ts";
import type { Handlers } from "./handlers.ts";
import { mayName } from "./people-handlers.ts";

/** What leads from a face to a person, or from a person to their photos: recorded with its reason, counted, told to whom it concerns. */
export function lookHandlers(
  { parts }: Pick<HttpContext, "parts">,
  { uploads }: StaffPlaces,
): Handlers<"findPerson" | "lookUp"> {
  return {
    async findPerson({ params, body }, request) {
      const { collection } = params;
      const matches = await findInCollection(parts, { collection, ...body, actor: actorOf(request) });
      return { matches: matches.map((one) => ({ ...one, box: [...one.box] })) };
    },
    async lookUp({ params, body }, request) {
      const { collection } = params;
      const names = mayName(request, collection);
      const { faces } = await withPictureFile(uploads, body.picture, (picture) =>
        lookUp(parts, { picture, reason: body.reason, actor: actorOf(request), collection }),
      );
      return {
        faces: faces.map(({ box, person }) => ({
          box: [...box],
          person: person && { ...person, name: names ? person.name : null },
        })),
      };
    },
  };
}
