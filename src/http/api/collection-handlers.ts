import { whereMay } from "../../accounts/index.ts";
import { AssentError } from "../../core/index.ts";
import {
  isSandbox,
  listCollections,
  listJobs,
  listRequests,
  publicationProgress,
  publishedRendition,
  scanProgress,
  showCollection,
  staffPhoto,
  staffPhotos,
  type ListedRequest,
} from "../../flows/index.ts";
import { publishedIn, type PublishedRendition } from "../../publishing/index.ts";
import type { HttpContext } from "../context.ts";
import { asJob } from "../job-shape.ts";
import { grantsOf, mayHere, nothingHere } from "../access.ts";
import type { Handlers } from "./handlers.ts";
import { cursorTo, idAfter, limitOf, pageBy, pageIn, placeOf } from "./pages.ts";

type Here =
  | "getKey"
  | "getSettings"
  | "listCollections"
  | "getCollection"
  | "listJobs"
  | "getJobs"
  | "listPhotos"
  | "getPhoto"
  | "listRenditions"
  | "getRendition"
  | "getRenditionPicture"
  | "listRequests"
  | "getRequest";

/** Collections, what is in them and what became of it; requests. None of these is a look: nothing leads from a face to a person. */
export function collectionHandlers(context: HttpContext): Handlers<Here> {
  const { parts } = context;
  return {
    async getKey(_, { apiKey }) {
      if (apiKey === null) throw nothingHere();
      const { id, name, actor, grants, expiresAt } = apiKey;
      const { scopes, collection } = grants;
      return { id, name, actor, scopes: [...scopes], collection, expiresAt: expiresAt.toISOString() };
    },
    async getSettings() {
      const { organisation, publicUrl, minimumAge, majorityAge, sender } = context;
      const address = publicUrl.origin;
      return {
        organisation,
        address,
        languages: ["en", "fr"],
        minimumAge,
        majorityAge,
        mail: sender !== undefined,
        sandbox: await isSandbox(parts.db),
      };
    },

    async listCollections({ query }, request) {
      const all = (await listCollections(parts)).filter((one) => mayHere(request, one.id));
      const { items, next } = pageIn(query, all, (one) => one.id);
      return { collections: items.map(asCollection), next };
    },
    async getCollection({ params }) {
      const shown = await showCollection(parts, params.collection);
      const channels = shown.channels.map(({ name, public: open }) => ({ name, public: open }));
      return { ...asCollection(shown), purpose: shown.purpose, channels };
    },
    async listJobs({ query }, request) {
      const where = whereMay(grantsOf(request), "see-collections");
      const { jobs, workers } = await listJobs(parts, {
        collections: where === "all" ? undefined : where,
        open: query.open === undefined ? undefined : query.open === "true",
        before: idAfter(query),
        limit: limitOf(query) + 1,
      });
      const { items, next } = pageBy(query, jobs, (job) => job.id);
      return { jobs: items.map(asJob), next, workers };
    },
    async getJobs({ params }) {
      const { photos, waiting } = await showCollection(parts, params.collection);
      const { running, stopped, failures } = await scanProgress(parts, params.collection);
      return {
        scan: { running, waiting, photos, failed: failures.length, stopped },
        publication: await publicationProgress(parts, params.collection),
      };
    },

    async listPhotos({ params, query }) {
      const { photos, next } = await staffPhotos(parts, {
        collection: params.collection,
        cursor: placeOf(query),
        limit: limitOf(query),
      });
      return {
        photos: photos.map(({ photo, ...one }) => ({ id: photo, ...one })),
        next: next === null ? null : cursorTo(next),
      };
    },
    async getPhoto({ params }) {
      const { photo, file, size, faces } = await staffPhoto(parts, params);
      return {
        id: photo,
        file,
        ...size,
        faces: faces.map(({ face, box, standing }) => ({ id: face, box: [...box], standing })),
      };
    },

    async listRenditions({ params, query }) {
      const { channel, photo } = query;
      const found = await publishedIn(parts.db, {
        collection: params.collection,
        channel,
        photo,
        after: idAfter(query),
        limit: limitOf(query) + 1,
      });
      const { items, next } = pageBy(query, found, (one) => one.id);
      return { renditions: items.map(asRendition), next };
    },
    async getRendition({ params }) {
      const [found] = await publishedIn(parts.db, { ...params, limit: 1 });
      if (!found) throw new AssentError("not-found", "there is no such published picture");
      return asRendition(found);
    },
    getRenditionPicture: ({ params }) => publishedRendition(parts, params),

    async listRequests({ query }, request) {
      const wanted = (await listRequests(parts, { all: true })).filter(
        (one) =>
          mayHere(request, one.collection?.id ?? null) &&
          (query.state === undefined || one.state === query.state),
      );
      const { items, next } = pageIn(query, wanted, (one) => `${one.dueAt} ${one.request}`);
      return { requests: items.map(asRequest), next };
    },
    async getRequest({ params }) {
      const found = (await listRequests(parts, { all: true })).find((one) => one.request === params.request);
      if (!found) throw nothingHere();
      return asRequest(found);
    },
  };
}

type Summary = Awaited<ReturnType<typeof listCollections>>[number];

function asCollection({ id, name, matching, ...rest }: Summary) {
  const mode = matching === "enrolled" ? ("enrolled" as const) : ("off" as const);
  const { photos, waiting, faces, people, joinUntil, retainUntil } = rest;
  return { id, name, matching: mode, photos, waiting, faces, people, joinUntil, retainUntil };
}

function asRendition({ renderedAt, ...one }: PublishedRendition) {
  return { ...one, renderedAt: renderedAt.toISOString() };
}

/** Without what was written in it, who wrote it, and where: that is for the humans who answer it. */
function asRequest(one: ListedRequest) {
  const { request, kind, state, outcome, collection, photo, openedAt, dueAt, overdue, closedAt } = one;
  return {
    id: request,
    kind,
    state,
    outcome,
    collection: collection?.id ?? null,
    photo,
    openedAt,
    dueAt,
    overdue,
    closedAt,
  };
}
