import { readFile } from "node:fs/promises";
import { Type } from "@fastify/type-provider-typebox";
import { AssentError } from "../../core/index.ts";
import {
  deleteCollection,
  deletePhotos,
  showCollection,
  storageOf,
  type Deleted as Gone,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { DeleteCollection, Deleted, DeletePhoto, StorageUsed } from "../contract/staff-deletion.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "./access.ts";
import { tidyFolders, type StaffFolders } from "./folders.ts";

const WithId = Type.Object({ id: Type.String({ format: "uuid" }) });
const OfPhoto = Type.Object({
  id: Type.String({ format: "uuid" }),
  photo: Type.String({ format: "uuid" }),
});

/** Deleting a photo or a whole collection with everything made from it, with a receipt; and the room that a collection takes. */
export function deletionRoutes(
  app: App,
  { parts }: Pick<HttpContext, "parts">,
  { folders }: { readonly folders: StaffFolders },
): void {
  const told = async ({ photos, renditions, templates, residue, receipt }: Gone) => ({
    photos,
    renditions,
    templates,
    residue,
    receipt: (await readFile(receipt, "utf8")).trim(),
  });

  app.post(
    "/api/staff/collections/:id/deletion",
    {
      config: needs("delete-collections", "collection"),
      schema: { params: WithId, body: DeleteCollection, response: { "2xx": Deleted, ...PROBLEMS } },
    },
    async (request) => {
      const { id } = request.params;
      const { name } = await showCollection(parts, id);
      if (request.body.name.trim() !== name) {
        throw new AssentError("bad-input", "the name is not that of the collection", {
          remedy: "Write it as it stands on its page.",
        });
      }
      const gone = await deleteCollection(parts, { collection: id, actor: actorOf(request) });
      // What was published of it in the data folder goes now: the hourly round would come late.
      await tidyFolders(parts, folders);
      return told(gone);
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/deletion",
    {
      config: needs("delete-photos", "collection"),
      schema: { params: OfPhoto, body: DeletePhoto, response: { "2xx": Deleted, ...PROBLEMS } },
    },
    async (request) => {
      const { id, photo } = request.params;
      return told(await deletePhotos(parts, { collection: id, photos: [photo], actor: actorOf(request) }));
    },
  );

  app.get(
    "/api/staff/collections/:id/storage",
    {
      config: needs("see-collections", "collection"),
      schema: { params: WithId, response: { "2xx": StorageUsed, ...PROBLEMS } },
    },
    async (request) => storageOf(parts, request.params.id),
  );
}
