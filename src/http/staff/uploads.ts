import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import { Type } from "@fastify/type-provider-typebox";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";
import { may, type StaffAccount } from "../../accounts/index.ts";
import { AssentError, isId } from "../../core/index.ts";
import { collectionName, ingest, sentName } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { INGESTED_HEADER } from "../contract/ingested-header.ts";
import { PROBLEMS, toProblem } from "../problem.ts";
import { accountOf, needs } from "../access.ts";
import { handOver } from "./hand-over.ts";

const PATH = "/api/staff/uploads";

/** As large as the largest file that a folder import takes. */
const LARGEST_FILE = 1_000_000_000;

/** Whose request the library is answering: it has no other way to be told. */
const asking = new AsyncLocalStorage<StaffAccount>();

/**
 * Photos on their way in, by the tus protocol: sent in pieces, resumed after a reload or a lost line. Whose upload it is is
 * checked at every request, and nothing can be read back: GET is not routed, because the library would serve the file.
 */
export async function uploadRoutes(
  app: App,
  { parts, publicUrl, log }: Pick<HttpContext, "parts" | "publicUrl" | "log">,
  { folder }: { readonly folder: string },
): Promise<void> {
  const store = new FileStore({ directory: folder });
  const tus = new Server({
    path: PATH,
    datastore: store,
    relativeLocation: true,
    maxSize: LARGEST_FILE,
    allowedOrigins: [publicUrl.origin],
    exposedHeaders: [INGESTED_HEADER],
    async onUploadCreate(_request, upload) {
      const account = asking.getStore();
      const { collection = "", filename = "" } = upload.metadata ?? {};
      const name = await refused(() => sentName(filename ?? ""));
      const there =
        collection !== null &&
        isId(collection) &&
        account !== undefined &&
        may(account.grants, "import-photos", collection) &&
        (await collectionName(parts, collection)) !== null;
      if (!there || account === undefined)
        throw answer(new AssentError("not-found", "there is no such collection"));
      return { metadata: { account: account.id, collection, filename: name } };
    },
    async onUploadFinish(_request, upload) {
      const { collection = "", filename = "" } = upload.metadata ?? {};
      const path = join(folder, upload.id);
      const order = { collection: collection ?? "", path, name: filename ?? "" };
      try {
        const done = await refused(() => ingest(parts, order));
        const { state } = done;
        const said = state === "known" ? { state, twin: done.twin } : state === "taken" ? { state } : done;
        return { headers: { [INGESTED_HEADER]: encodeURIComponent(JSON.stringify(said)) } };
      } finally {
        // Taken or not: what was sent is not kept a second time. After a failure it is sent again.
        await store.remove(upload.id).catch(() => undefined);
      }
    },
    onResponseError(_request, error) {
      if ("status_code" in error) return Promise.resolve(undefined);
      log.error({ route: PATH, error: error instanceof Error ? error.name : "error" }, "an upload failed");
      return Promise.resolve({ status_code: 500, body: "" });
    },
  });

  await app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _body, done) => done(null));
    const schema = {
      params: Type.Object({ upload: Type.Optional(Type.String()) }),
      response: { "2xx": Type.Object({}, { additionalProperties: true }), ...PROBLEMS },
    };
    for (const url of [PATH, `${PATH}/:upload`]) {
      scope.route({
        method: ["POST", "HEAD", "PATCH", "DELETE", "OPTIONS"],
        url,
        config: { open: "tus", ...needs("import-photos", "some") },
        schema,
        async handler(request, reply) {
          const account = accountOf(request);
          const { upload } = request.params as { readonly upload?: string };
          if (upload !== undefined) await requireOwn(store, upload, account.id);
          await handOver(reply, () => asking.run(account, () => tus.handle(request.raw, reply.raw)));
        },
      });
    }
  });
}

/** Somebody else's upload answers like none. */
async function requireOwn(store: FileStore, id: string, account: string): Promise<void> {
  // As the library names them: nothing else is looked for in the folder.
  const found = /^[0-9a-f]{32}$/.test(id) ? await store.getUpload(id).catch(() => undefined) : undefined;
  if (found?.metadata?.["account"] !== account) throw new AssentError("not-found", "there is no such upload");
}

type Refusal = { readonly status_code: number; readonly body: string };

function answer(error: unknown): Refusal {
  const problem = toProblem(error);
  return { status_code: problem.status, body: JSON.stringify(problem) };
}

/** What goes wrong, in the form in which the library passes it on. */
async function refused<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw answer(error);
  }
}
