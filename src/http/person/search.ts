import { Type } from "@fastify/type-provider-typebox";
import type { Id } from "../../core/index.ts";
import { lookFor, meOf, type FoundFace, type SearchProgress as Progress } from "../../flows/index.ts";
import { photosOf } from "../../matching/index.ts";
import { boxArray } from "../../publishing/index.ts";
import type { App, HttpContext } from "../context.ts";
import { PersonPhoto, SearchProgress } from "../contract/person.ts";
import { openEventStream, type EventStream } from "../event-stream.ts";
import { errorFacts } from "../log.ts";
import { PROBLEMS } from "../problem.ts";
import { who } from "./session.ts";

/**
 * Tells what the look through earlier photos finds, as it is found. It only watches: the look was begun by joining, is one for
 * all newcomers of a collection, and goes on without a reader. Who comes again is told everything found so far.
 */
export function searchRoutes(app: App, { parts, stopping, log }: HttpContext): void {
  app.get(
    "/search",
    {
      config: { sends: "text/event-stream" },
      schema: { response: { "2xx": Type.String(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const { person } = who(request);
      const { collections } = await meOf(parts, person);
      const stream = openEventStream(request, reply, stopping, {
        progress: SearchProgress,
        photo: PersonPhoto,
        done: SearchProgress,
      });
      const looks = collections.filter((one) => one.enrolment === "live" || one.enrolment === "vouched");
      watch(
        parts,
        stream,
        person,
        looks.map((one) => one.id),
      )
        .then(
          (sum) => stream.send("done", { ...sum }),
          (error: unknown) =>
            log.error({ request: request.id, ...errorFacts(error) }, "a search ended early"),
        )
        .finally(() => stream.end());
      return reply;
    },
  );
}

async function watch(
  parts: HttpContext["parts"],
  stream: EventStream<"progress" | "photo" | "done">,
  person: Id,
  collections: readonly Id[],
): Promise<Progress> {
  const progress = new Map<Id, Progress>();
  const telling: Promise<void>[] = [];
  await Promise.all(
    collections.map(async (collection) => {
      const last = await lookFor(
        parts,
        { person, collection },
        {
          onProgress(now) {
            progress.set(collection, now);
            stream.send("progress", { ...sumOf(progress) });
          },
          onFound: (found) => void telling.push(tell(parts, stream, person, found)),
        },
      );
      progress.set(collection, last);
    }),
  );
  await Promise.all(telling);
  return sumOf(progress);
}

/** The photo as the list of photos would have it; nothing where it was taken back meanwhile. */
async function tell(
  parts: Pick<HttpContext["parts"], "db">,
  stream: EventStream<"progress" | "photo" | "done">,
  person: Id,
  found: FoundFace,
): Promise<void> {
  const [one] = await photosOf(parts.db, person, { photo: found.photo, limit: 1 });
  if (!one) return;
  const { photo, takenAt, box, ...rest } = one;
  stream.send("photo", { ...rest, id: photo, takenAt: takenAt?.toISOString() ?? null, box: boxArray(box) });
}

function sumOf(progress: ReadonlyMap<Id, Progress>): Progress {
  const sum = { looked: 0, of: 0, found: 0 };
  for (const one of progress.values()) {
    sum.looked += one.looked;
    sum.of += one.of;
    sum.found += one.found;
  }
  return sum;
}
