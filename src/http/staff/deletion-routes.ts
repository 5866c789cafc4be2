import { readFile } from "node:fs/promises";
import { Type } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { AssentError } from "../../core/index.ts";
import { purge, showCollection, storageOf, type PurgeOutcome } from "../../flows/index.ts";
import type { Actor, TwoPersonRule } from "../../rights/index.ts";
import type { App, HttpContext } from "../context.ts";
import { DeleteCollection, DeletePhoto, Deletion, StorageUsed } from "../contract/staff-deletion.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, needs } from "../access.ts";
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
  { folders, twoPersons }: { readonly folders: StaffFolders; readonly twoPersons: TwoPersonRule },
): void {
  app.post(
    "/api/staff/collections/:id/deletion",
    {
      config: needs("delete-collections", "collection"),
      schema: { params: WithId, body: DeleteCollection, response: { "2xx": Deletion, ...PROBLEMS } },
    },
    async (request) => {
      const { id } = request.params;
      const { name } = await showCollection(parts, id);
      if (request.body.name.trim() !== name) {
        throw new AssentError("bad-input", "the name is not that of the collection", {
          remedy: "Write it as it stands on its page.",
        });
      }
      const outcome = await purge(parts, twoPersons, { collection: id, by: purgedBy(request) });
      // What was published of it in the data folder goes now: the hourly round would come late.
      await tidyFolders(parts, folders);
      return toldPurge(outcome);
    },
  );

  app.post(
    "/api/staff/collections/:id/photos/:photo/deletion",
    {
      config: needs("delete-photos", "collection"),
      schema: { params: OfPhoto, body: DeletePhoto, response: { "2xx": Deletion, ...PROBLEMS } },
    },
    async (request) => {
      const { id, photo } = request.params;
      return toldPurge(
        await purge(parts, twoPersons, { collection: id, photos: [photo], by: purgedBy(request) }),
      );
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

/** How a deletion ended, as pages are told: done, with its receipt, or waiting for a second person. */
export async function toldPurge(outcome: PurgeOutcome): Promise<Deletion> {
  if ("asked" in outcome) {
    return { asked: outcome.asked.id, until: outcome.asked.expiresAt.toISOString() };
  }
  const { photos, renditions, templates, residue, receipt } = outcome.done;
  return { photos, renditions, templates, residue, receipt: (await readFile(receipt, "utf8")).trim() };
}

/** Who asks for a deletion; of a key whoever made it, who can then not confirm it. */
export function purgedBy(request: FastifyRequest): Actor {
  const { apiKey } = request;
  if (apiKey) return { account: apiKey.madeBy, name: apiKey.actor };
  const { id: account, name } = accountOf(request);
  return { account, name };
}
