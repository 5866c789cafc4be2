import { AssentError } from "../../core/index.ts";
import {
  createCollection,
  hideMore,
  ingest,
  orderScan,
  purge,
  ratePhotos,
  renameCollection,
  sentName,
  showCollection,
  type Ingested,
} from "../../flows/index.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../access.ts";
import { givenChannels } from "../staff/collection-routes.ts";
import { purgedBy, toldPurge } from "../staff/deletion-routes.ts";
import type { StaffPlaces } from "../staff/index.ts";
import type { Handlers } from "./handlers.ts";
import { once } from "./repeat.ts";
import { withSentFile } from "./sent-file.ts";

type Here =
  | "createCollection"
  | "changeCollection"
  | "uploadPhoto"
  | "startScan"
  | "deletePhoto"
  | "hideInPhoto"
  | "holdPhotos";

/** What programs write: collections, photos, and more that is hidden. Nothing of it speaks for a person or shows anybody. */
export function photoHandlers(context: HttpContext, { uploads, twoPersons }: StaffPlaces): Handlers<Here> {
  const { parts } = context;
  return {
    createCollection: ({ body }, request) =>
      once(context, request, async (keep) => {
        const { channels, joinUntil, ...order } = body;
        const { id } = await createCollection(parts, {
          ...order,
          joinUntil,
          matchOnly: undefined,
          channels: givenChannels(channels),
          attestedBy: actorOf(request),
          along: keep,
        });
        return { id };
      }),
    async changeCollection({ params, body }, request) {
      await renameCollection(parts, { ...params, ...body, actor: actorOf(request) });
      return null;
    },
    async uploadPhoto({ params, query }, request) {
      const { collection } = params;
      const name = sentName(query.name);
      await showCollection(parts, collection);
      return withSentFile(uploads, request, (path) =>
        once(context, request, async (keep) => {
          const done = await ingest(parts, {
            collection,
            path,
            name,
            along: (trx, photo) => keep(trx, { photo, state: "taken" }),
          });
          if (done.state === "left-out") throw leftOut(done.reason);
          return { photo: done.photo, state: done.state };
        }),
      );
    },
    async startScan({ params }, request) {
      await orderScan(parts, { ...params, actor: actorOf(request) });
      return null;
    },
    async deletePhoto({ params }, request) {
      const { collection, photo } = params;
      return toldPurge(
        await purge(parts, twoPersons, { collection, photos: [photo], by: purgedBy(request) }),
      );
    },
    async hideInPhoto({ params, body }, request) {
      const { face, box } = body;
      if ((face === undefined) === (box === undefined)) {
        throw new AssentError("bad-input", "either a face or a box says what is to be hidden");
      }
      const [x, y, w, h] = box ?? [0, 0, 0, 0];
      const place = face === undefined ? { box: { x, y, w, h } } : { face };
      await hideMore(parts, { ...params, place, actor: actorOf(request) });
      return null;
    },
    async holdPhotos({ params, body }, request) {
      const rating = body.held ? "rejected" : null;
      return ratePhotos(parts, { ...params, photos: body.photos, rating, actor: actorOf(request) });
    },
  };
}

type Reason = Extract<Ingested, { readonly state: "left-out" }>["reason"];

/** Why a file is not taken, as a folder import says it. */
function leftOut(reason: Reason): AssentError {
  switch (reason) {
    case "empty":
      return new AssentError("unreadable-picture", "the file is empty");
    case "raw":
      return new AssentError("unsupported-picture", "this is a RAW file", {
        remedy: "Export it as JPEG first.",
      });
    case "not-a-picture":
      return new AssentError("unsupported-picture", "this is not a picture of a kind that is read", {
        remedy: "Send JPEG, PNG, WebP, AVIF, TIFF or HEIC.",
      });
    case "removed":
      return new AssentError("refused", "somebody in this photo demanded that it be taken out", {
        remedy: "Do not send it again.",
      });
  }
}
