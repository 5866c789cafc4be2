import { Type } from "@fastify/type-provider-typebox";
import type { Id } from "../../core/index.ts";
import { createPersonalLink, deskOf, join, promote } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { Desk, Promote, Vouch, Vouched } from "../contract/staff.ts";
import { withPictureFile } from "../picture-file.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";

const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
const OfEnrolment = Type.Object({
  id: Type.String({ format: "uuid" }),
  enrolment: Type.String({ format: "uuid" }),
});

/** A picture and a scan of 8 MB each as base64, and the form around them. */
const BODY_BYTES = 23_000_000;

/** Somebody is before a member of staff, who vouches that it is them. */
export function deskRoutes(
  app: App,
  { parts, publicUrl, posting }: Pick<HttpContext, "parts" | "publicUrl" | "posting">,
  { uploads }: { readonly uploads: string },
): void {
  app.get(
    "/api/staff/collections/:id/desk",
    {
      config: needs("enrol-people", "collection"),
      schema: { params: InCollection, response: { "2xx": Desk, ...PROBLEMS } },
    },
    async (request) => {
      const desk = await deskOf(parts, { collection: request.params.id, staff: actorOf(request) });
      return {
        ...desk,
        texts: [...desk.texts],
        provisional: desk.provisional.map((one) => ({ ...one, at: one.at.toISOString() })),
      };
    },
  );

  const answer = async (
    joined: { readonly person: Id; readonly state: "vouched" | "frozen" | "without-template" } & Record<
      "matched" | "asked",
      number
    >,
    actor: string,
  ): Promise<Vouched> => {
    const { secret } = await createPersonalLink(parts, { person: joined.person, actor });
    const { person, state, matched, asked } = joined;
    return { person, state, matched, asked, link: `${publicUrl.origin}/join#${secret}` };
  };

  app.post(
    "/api/staff/collections/:id/people",
    {
      config: needs("enrol-people", "collection"),
      bodyLimit: BODY_BYTES,
      schema: { params: InCollection, body: Vouch, response: { "2xx": Vouched, ...PROBLEMS } },
    },
    async (request) => {
      const { picture, scan, name, email, language, consents, refused, secondStaff } = request.body;
      const staff = actorOf(request);
      const joined = await withPicture(uploads, picture, (selfies) =>
        withPicture(uploads, scan, ([paper]) =>
          join(parts, {
            collection: request.params.id,
            selfies,
            consents,
            refused,
            name: name?.trim() || undefined,
            email: email?.trim() || undefined,
            until: undefined,
            language,
            given: request.body.given ?? "desk",
            scan: paper,
            staff,
            secondStaff: secondStaff?.trim() || undefined,
            progress: () => undefined,
          }),
        ),
      );
      if ((email ?? "").trim() !== "") posting.verify(joined.person);
      return answer(joined, staff);
    },
  );

  app.post(
    "/api/staff/collections/:id/provisional/:enrolment",
    {
      config: needs("enrol-people", "collection"),
      bodyLimit: BODY_BYTES,
      schema: { params: OfEnrolment, body: Promote, response: { "2xx": Vouched, ...PROBLEMS } },
    },
    async (request) => {
      const { id, enrolment } = request.params;
      const { picture, secondStaff } = request.body;
      const staff = actorOf(request);
      const joined = await withPicture(uploads, picture, (selfies) =>
        promote(parts, { collection: id, enrolment, selfies, staff, secondStaff }),
      );
      return answer(joined, staff);
    },
  );
}

/** Without a picture there is no file. */
function withPicture<T>(
  folder: string,
  picture: string | undefined,
  use: (files: readonly string[]) => Promise<T>,
): Promise<T> {
  return picture === undefined ? use([]) : withPictureFile(folder, picture, (file) => use([file]));
}
