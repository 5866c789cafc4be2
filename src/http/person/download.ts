import { Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import { ZipFile } from "yazl";
import { downloadOf, type DownloadedFile } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { errorFacts } from "../log.ts";
import { PROBLEMS } from "../problem.ts";
import { who } from "./session.ts";

/** All of a person's photos as one ZIP, made while it is sent: nothing is kept, and one picture at a time is in memory. */
export function downloadRoutes(app: App, { parts, stopping, log }: HttpContext): void {
  app.get(
    "/download",
    {
      config: { sends: "application/zip", limit: "download" },
      schema: {
        querystring: Type.Object({ collection: Type.Optional(Type.String({ format: "uuid" })) }),
        response: { "2xx": Type.String(), ...PROBLEMS },
      },
    },
    async (request, reply) => {
      const files = downloadOf(parts, who(request).person, request.query);
      // The first is made before the answer begins, so that what goes wrong at once is a problem and not half a file.
      const first = await files.next();
      const zip = new ZipFile();
      const output = zip.outputStream as Readable;
      const gone = new AbortController();
      const end = (): void => gone.abort();
      reply.raw.once("close", end);
      stopping.addEventListener("abort", end, { once: true });
      fill(zip, first, files, gone.signal)
        .catch((error: unknown) => {
          log.error({ request: request.id, ...errorFacts(error) }, "a download ended early");
          output.destroy();
        })
        .finally(() => stopping.removeEventListener("abort", end));
      return reply
        .header("content-disposition", 'attachment; filename="photos.zip"')
        .type("application/zip")
        .send(output as never);
    },
  );
}

/** Adds one file after another, the next when the last has been read. Pictures are compressed already. */
async function fill(
  zip: ZipFile,
  first: IteratorResult<DownloadedFile, void>,
  files: AsyncGenerator<DownloadedFile, void, undefined>,
  gone: AbortSignal,
): Promise<void> {
  try {
    for (let next = first; !next.done; next = await files.next()) {
      const bytes = await next.value.bytes();
      const source = Readable.from([bytes], { objectMode: false });
      zip.addReadStream(source, next.value.name, { compress: false });
      const left = await readOrGone(source, gone);
      if (left === "gone") return;
    }
    zip.end();
  } finally {
    // Ends the record of what was handed over.
    await files.return();
  }
}

function readOrGone(source: Readable, gone: AbortSignal): Promise<"read" | "gone"> {
  return new Promise((resolve, reject) => {
    const left = (): void => {
      source.destroy();
      resolve("gone");
    };
    if (gone.aborted) return left();
    gone.addEventListener("abort", left, { once: true });
    source.once("end", () => {
      gone.removeEventListener("abort", left);
      resolve("read");
    });
    source.once("error", reject);
  });
}
