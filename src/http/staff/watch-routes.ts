import { Type } from "@fastify/type-provider-typebox";
import {
  addWatch,
  deleteMissing,
  listWatched,
  orderLook,
  removeWatch,
  switchWatch,
  takeWaiting,
  type WatchedFolder as Watched,
} from "../../flows/index.ts";
import { collectionById } from "../../photos/index.ts";
import type { TwoPersonRule } from "../../rights/index.ts";
import type { App, HttpContext } from "../context.ts";
import { Deletion } from "../contract/staff-deletion.ts";
import {
  DeleteMissing,
  FILE_REASONS,
  SwitchWatch,
  WaitingTaken,
  WatchedFolders,
  WatchFolder,
  WatchMade,
  type WatchedFolder,
} from "../contract/watch-folders.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, actorOf, needs } from "../access.ts";
import { purgedBy, toldPurge } from "./deletion-routes.ts";

const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
const OfFolder = Type.Object({
  id: Type.String({ format: "uuid" }),
  folder: Type.String({ format: "uuid" }),
});
const FOLDERS = "/api/staff/collections/:id/folders";
const FOLDER = `${FOLDERS}/:folder`;

/** Watched folders of a collection, for whoever may change it. */
export function watchRoutes(
  app: App,
  { parts }: Pick<HttpContext, "parts">,
  { twoPersons }: { readonly twoPersons: TwoPersonRule },
): void {
  const change = needs("change-collections", "collection");
  const done = { "2xx": Type.Null(), ...PROBLEMS };

  app.get(
    FOLDERS,
    { config: change, schema: { params: InCollection, response: { "2xx": WatchedFolders, ...PROBLEMS } } },
    async (request) => {
      const { id } = await collectionById(parts.db, request.params.id);
      return {
        libraries: [...parts.libraries],
        folders: (await listWatched(parts, id)).map(asFolder),
      };
    },
  );

  app.post(
    FOLDERS,
    {
      config: change,
      schema: { params: InCollection, body: WatchFolder, response: { "2xx": WatchMade, ...PROBLEMS } },
    },
    async (request) => ({
      id: await addWatch(parts, {
        collection: request.params.id,
        ...request.body,
        by: { account: accountOf(request).id, name: actorOf(request) },
      }),
    }),
  );

  app.delete(
    FOLDER,
    { config: change, schema: { params: OfFolder, response: done } },
    async (request, reply) => {
      await removeWatch(parts, orderOf(request.params, actorOf(request)));
      return reply.code(204).send(null);
    },
  );

  app.put(
    `${FOLDER}/state`,
    { config: change, schema: { params: OfFolder, body: SwitchWatch, response: done } },
    async (request, reply) => {
      await switchWatch(parts, { ...orderOf(request.params, actorOf(request)), on: request.body.on });
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${FOLDER}/look`,
    { config: change, schema: { params: OfFolder, response: done } },
    async (request, reply) => {
      await orderLook(parts, orderOf(request.params, actorOf(request)));
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${FOLDER}/waiting`,
    { config: change, schema: { params: OfFolder, response: { "2xx": WaitingTaken, ...PROBLEMS } } },
    async (request) => takeWaiting(parts, orderOf(request.params, actorOf(request))),
  );

  app.post(
    `${FOLDER}/missing/deletion`,
    {
      config: needs("delete-photos", "collection"),
      schema: { params: OfFolder, body: DeleteMissing, response: { "2xx": Deletion, ...PROBLEMS } },
    },
    async (request) => {
      const { id, folder } = request.params;
      const by = purgedBy(request);
      return toldPurge(await deleteMissing(parts, twoPersons, { folder, collection: id, by }));
    },
  );
}

function orderOf(params: { readonly id: string; readonly folder: string }, actor: string) {
  return { folder: params.folder, collection: params.id, actor };
}

type Reason = WatchedFolder["leftOut"]["files"][number]["reason"];

function asFolder(one: Watched): WatchedFolder {
  const told = ({ count, files }: Watched["leftOut"]): WatchedFolder["leftOut"] => ({
    count,
    files: files.map(({ path, reason }) => ({ path, reason: asReason(reason) })),
  });
  return {
    id: one.id,
    path: one.path,
    state: one.state,
    problem: one.problem,
    lookedAt: one.lookedAt?.toISOString() ?? null,
    from: one.from.toISOString(),
    until: one.until.toISOString(),
    minutes: one.minutes,
    whenGone: one.whenGone,
    madeBy: one.madeBy,
    madeAt: one.madeAt.toISOString(),
    taken: one.taken,
    coming: one.coming,
    waiting: told(one.waiting),
    leftOut: told(one.leftOut),
    missing: {
      count: one.missing.count,
      files: one.missing.files.map(({ path, since }) => ({ path, since: since.toISOString() })),
    },
  };
}

/** What a later version may say in the database is told as what it is at the least. */
function asReason(reason: string): Reason {
  return FILE_REASONS.find((one) => one === reason) ?? "unreadable-picture";
}
