import { Type, type Static, type TSchema } from "typebox";
import {
  ApiKeySelf,
  COLLECTION,
  Collection,
  Consent,
  Face,
  FindPerson,
  IN,
  Id,
  InCollection,
  Invitation,
  Jobs,
  LookUp,
  LookedUp,
  MadeInvitations,
  Matches,
  NEXT,
  NewInvitations,
  PAGE,
  Page,
  Person,
  Photo,
  Purpose,
  Rendition,
  Request,
  Scope,
  Settings,
  ChangedCollection,
  DeletedPhoto,
  Held,
  Hide,
  Hold,
  Made,
  NewCollection,
  Upload,
  Uploaded,
} from "./api-shapes.ts";
import { NewWebhook, Webhook, WebhookDelivery, WebhookMade, WebhookSecret } from "./webhooks.ts";
import { JOB } from "./staff-jobs.ts";
import { SecondAsked } from "./staff-second-persons.ts";

/**
 * The interface for other programs, under `/api/v1`: one table of operations, from which come the server's routes, the OpenAPI
 * document (docs/openapi.json) and the client (client/).
 */

/** Before every operation's path. */
export const BASE = "/api/v1";

/** What an operation is of: see http/staff/access.ts. `self`: every key may. */
type Of = "self" | "instance" | "some" | "collection" | "request" | "webhook";

export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, with `{name}` for what `params` names. */
  readonly path: string;
  /** One sentence. */
  readonly says: string;
  /** Words of the house by which the document groups operations. */
  readonly about: string;
  readonly scope: Static<typeof Scope> | null;
  readonly of: Of;
  readonly params?: ReturnType<typeof Type.Object>;
  readonly query?: ReturnType<typeof Type.Object>;
  readonly body?: ReturnType<typeof Type.Object>;
  /** In the place of a body: the bytes of a file, with their Content-Digest. */
  readonly file?: true;
  /** `null`: 204, without a body; `image/jpeg`: bytes. */
  readonly answer: TSchema | null | "image/jpeg";
  /** Takes an Idempotency-Key. */
  readonly repeats?: true;
  /** Bytes of the largest body; the server's usual limit unless given. */
  readonly largest?: number;
}

const OfWebhook = Type.Object({ webhook: Id });

/** A picture of 8 MB as base64, and what is around it. */
const PICTURE_BODY = 12_000_000;

export const OPERATIONS = {
  getKey: {
    method: "GET",
    path: "/key",
    says: "The key that asks, and what it may do.",
    about: "this instance",
    scope: null,
    of: "self",
    answer: ApiKeySelf,
  },
  getSettings: {
    method: "GET",
    path: "/settings",
    says: "How the instance is set up, as far as other programs need it.",
    about: "this instance",
    scope: null,
    of: "self",
    answer: Settings,
  },
  listCollections: {
    method: "GET",
    path: "/collections",
    says: "The collections that the key may see.",
    about: "collections",
    scope: "see-collections",
    of: "some",
    query: Page,
    answer: Type.Object({ collections: Type.Array(Type.Object(COLLECTION)), ...NEXT }),
  },
  getCollection: {
    method: "GET",
    path: "/collections/{collection}",
    says: "One collection, with its purpose and channels.",
    about: "collections",
    scope: "see-collections",
    of: "collection",
    params: InCollection,
    answer: Collection,
  },
  listJobs: {
    method: "GET",
    path: "/jobs",
    says: "What is to be done, goes on and ended in the last month, in the collections that the key may see, newest first.",
    about: "jobs",
    scope: "see-collections",
    of: "some",
    query: Type.Object({
      ...PAGE,
      open: Type.Optional(Type.Enum(["true", "false"])),
    }),
    answer: Type.Object({
      jobs: Type.Array(Type.Object(JOB)),
      ...NEXT,
      workers: Type.Integer({
        description: "Processes that work now; where there is none, nothing goes on.",
      }),
    }),
  },
  createCollection: {
    method: "POST",
    path: "/collections",
    says: "Make a collection. What it attests is said in the name of whoever made the key.",
    about: "collections",
    scope: "make-collections",
    of: "instance",
    body: NewCollection,
    answer: Made,
    repeats: true,
  },
  changeCollection: {
    method: "PATCH",
    path: "/collections/{collection}",
    says: "Give a collection another name. What it is for, and until when it is kept, people have agreed to: it stays.",
    about: "collections",
    scope: "change-collections",
    of: "collection",
    params: InCollection,
    body: ChangedCollection,
    answer: null,
  },
  getJobs: {
    method: "GET",
    path: "/collections/{collection}/jobs",
    says: "How far the look through the photos and the last publication are.",
    about: "jobs",
    scope: "see-collections",
    of: "collection",
    params: InCollection,
    answer: Jobs,
  },
  listPhotos: {
    method: "GET",
    path: "/collections/{collection}/photos",
    says: "Photos that were looked through, in the order of time.",
    about: "photos",
    scope: "see-photos",
    of: "collection",
    params: InCollection,
    query: Page,
    answer: Type.Object({ photos: Type.Array(Photo), ...NEXT }),
  },
  getPhoto: {
    method: "GET",
    path: "/collections/{collection}/photos/{photo}",
    says: "One photo with the places of its faces. Whose they are it does not say.",
    about: "photos",
    scope: "see-photos",
    of: "collection",
    params: Type.Object({ ...IN, photo: Id }),
    answer: Type.Object({
      id: Id,
      file: Type.String(),
      width: Type.Integer(),
      height: Type.Integer(),
      faces: Type.Array(Face),
    }),
  },
  uploadPhoto: {
    method: "POST",
    path: "/collections/{collection}/photos",
    says: "Send a photo in: its bytes, up to 1 GB. It is looked through afterwards; one that cannot be read is not kept, and counted as failed in the jobs.",
    about: "photos",
    scope: "import-photos",
    of: "collection",
    params: InCollection,
    query: Upload,
    file: true,
    answer: Uploaded,
    repeats: true,
  },
  startScan: {
    method: "POST",
    path: "/collections/{collection}/scan",
    says: "Look through photos that have not been, also after it was stopped by an error. Asked twice, it is done once.",
    about: "jobs",
    scope: "import-photos",
    of: "collection",
    params: InCollection,
    answer: null,
  },
  deletePhoto: {
    method: "DELETE",
    path: "/collections/{collection}/photos/{photo}",
    says: "Delete a photo with everything made from it. Whoever is in it reads that it went. Where deleting takes two persons, an owner who did not make the key confirms it first.",
    about: "photos",
    scope: "delete-photos",
    of: "collection",
    params: Type.Object({ ...IN, photo: Id }),
    answer: Type.Union([DeletedPhoto, SecondAsked]),
  },
  hideInPhoto: {
    method: "POST",
    path: "/collections/{collection}/photos/{photo}/hide",
    says: "Hide a face, or a place, on every channel from now on. Less is hidden by people alone. Asked twice, it is done once.",
    about: "photos",
    scope: "hide-more",
    of: "collection",
    params: Type.Object({ ...IN, photo: Id }),
    body: Hide,
    answer: null,
  },
  holdPhotos: {
    method: "PUT",
    path: "/collections/{collection}/held",
    says: "Leave photos out of what is published next, or let them go again. It publishes nothing.",
    about: "photos",
    scope: "hide-more",
    of: "collection",
    params: InCollection,
    body: Hold,
    answer: Held,
  },
  listRenditions: {
    method: "GET",
    path: "/collections/{collection}/renditions",
    says: "Published pictures as they are now; what is suspended is left out.",
    about: "renditions",
    scope: "read-renditions",
    of: "collection",
    params: InCollection,
    query: Type.Object({
      ...PAGE,
      channel: Type.Optional(Type.String({ maxLength: 60 })),
      photo: Type.Optional(Id),
    }),
    answer: Type.Object({ renditions: Type.Array(Rendition), ...NEXT }),
  },
  getRendition: {
    method: "GET",
    path: "/collections/{collection}/renditions/{rendition}",
    says: "One published picture, without its bytes.",
    about: "renditions",
    scope: "read-renditions",
    of: "collection",
    params: Type.Object({ ...IN, rendition: Id }),
    answer: Rendition,
  },
  getRenditionPicture: {
    method: "GET",
    path: "/collections/{collection}/renditions/{rendition}/picture",
    says: "The bytes of a published picture, as it may be shown now. Ask again before it is shown: somebody may have withdrawn.",
    about: "renditions",
    scope: "read-renditions",
    of: "collection",
    params: Type.Object({ ...IN, rendition: Id }),
    answer: "image/jpeg",
  },
  listPeople: {
    method: "GET",
    path: "/collections/{collection}/people",
    says: "Who joined, by a random id; names only with the scope see-people.",
    about: "people",
    scope: "see-consents",
    of: "collection",
    params: InCollection,
    query: Page,
    answer: Type.Object({ people: Type.Array(Person), ...NEXT }),
  },
  getPerson: {
    method: "GET",
    path: "/collections/{collection}/people/{person}",
    says: "Somebody who joined.",
    about: "people",
    scope: "see-consents",
    of: "collection",
    params: Type.Object({ ...IN, person: Id }),
    answer: Person,
  },
  listConsents: {
    method: "GET",
    path: "/collections/{collection}/consents",
    says: "What those who joined said to each purpose and channel. A page holds all of some people, so that it may be empty where a filter leaves nothing of them.",
    about: "consents",
    scope: "see-consents",
    of: "collection",
    params: InCollection,
    query: Type.Object({
      ...PAGE,
      person: Type.Optional(Id),
      purpose: Type.Optional(Purpose),
      channel: Type.Optional(Type.String({ maxLength: 60 })),
      live: Type.Optional(Type.Enum(["true", "false"])),
    }),
    answer: Type.Object({ consents: Type.Array(Consent), ...NEXT }),
  },
  listInvitations: {
    method: "GET",
    path: "/collections/{collection}/invitations",
    says: "Invitations that were made; who joined by which is not kept.",
    about: "invitations",
    scope: "invite-people",
    of: "collection",
    params: InCollection,
    query: Type.Object({
      ...PAGE,
      state: Type.Optional(Type.Enum(["open", "used", "expired", "revoked"])),
    }),
    answer: Type.Object({ invitations: Type.Array(Invitation), ...NEXT }),
  },
  createInvitations: {
    method: "POST",
    path: "/collections/{collection}/invitations",
    says: "Make invitations: whoever opens a link reads the purpose and decides for themselves.",
    about: "invitations",
    scope: "invite-people",
    of: "collection",
    params: InCollection,
    body: NewInvitations,
    answer: MadeInvitations,
    repeats: true,
  },
  getInvitation: {
    method: "GET",
    path: "/collections/{collection}/invitations/{invitation}",
    says: "One invitation, without its link.",
    about: "invitations",
    scope: "invite-people",
    of: "collection",
    params: Type.Object({ ...IN, invitation: Id }),
    answer: Invitation,
  },
  revokeInvitation: {
    method: "DELETE",
    path: "/collections/{collection}/invitations/{invitation}",
    says: "End an invitation that nobody has used, or a public one.",
    about: "invitations",
    scope: "invite-people",
    of: "collection",
    params: Type.Object({ ...IN, invitation: Id }),
    answer: null,
  },
  findPerson: {
    method: "POST",
    path: "/collections/{collection}/matches",
    says: "In which photos somebody is, as far as staff may be told. A look: it is recorded with its reason before the answer, counted, and the person reads it.",
    about: "looks",
    scope: "look-up",
    of: "collection",
    params: InCollection,
    body: FindPerson,
    answer: Matches,
  },
  lookUp: {
    method: "POST",
    path: "/collections/{collection}/lookups",
    says: "Who is in a picture: only those who agreed that staff may ask. A look, as above; never a score.",
    about: "looks",
    scope: "look-up",
    of: "collection",
    params: InCollection,
    body: LookUp,
    answer: LookedUp,
    largest: PICTURE_BODY,
  },
  listRequests: {
    method: "GET",
    path: "/requests",
    says: "What people ask and demand, due first; not what they wrote.",
    about: "requests",
    scope: "see-requests",
    of: "some",
    query: Type.Object({ ...PAGE, state: Type.Optional(Type.Enum(["open", "closed"])) }),
    answer: Type.Object({ requests: Type.Array(Request), ...NEXT }),
  },
  getRequest: {
    method: "GET",
    path: "/requests/{request}",
    says: "One request.",
    about: "requests",
    scope: "see-requests",
    of: "request",
    params: Type.Object({ request: Id }),
    answer: Request,
  },
  listWebhooks: {
    method: "GET",
    path: "/webhooks",
    says: "Where programs are told of events.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "some",
    query: Page,
    answer: Type.Object({ webhooks: Type.Array(Webhook), ...NEXT }),
  },
  createWebhook: {
    method: "POST",
    path: "/webhooks",
    says: "Have a program told of events. It is told no more than the key may see, for as long as the key is good; the secret is in this answer alone.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "some",
    body: NewWebhook,
    answer: WebhookMade,
    repeats: true,
  },
  getWebhook: {
    method: "GET",
    path: "/webhooks/{webhook}",
    says: "One webhook, without its secret.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: Webhook,
  },
  deleteWebhook: {
    method: "DELETE",
    path: "/webhooks/{webhook}",
    says: "End a webhook, with what it still had to be told.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: null,
  },
  rotateWebhookSecret: {
    method: "POST",
    path: "/webhooks/{webhook}/secret",
    says: "A new secret. For a day messages are signed with the one before as well.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: WebhookSecret,
    repeats: true,
  },
  testWebhook: {
    method: "POST",
    path: "/webhooks/{webhook}/test",
    says: "Send a message of the kind `test` at once, and be answered how it went.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    answer: WebhookDelivery,
  },
  listWebhookDeliveries: {
    method: "GET",
    path: "/webhooks/{webhook}/deliveries",
    says: "Messages of the last 30 days, newest first, and how their last attempt went.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: OfWebhook,
    query: Page,
    answer: Type.Object({ deliveries: Type.Array(WebhookDelivery), ...NEXT }),
  },
  sendWebhookAgain: {
    method: "POST",
    path: "/webhooks/{webhook}/deliveries/{delivery}",
    says: "Send a message once more, with its id, whatever became of it.",
    about: "webhooks",
    scope: "manage-webhooks",
    of: "webhook",
    params: Type.Object({ webhook: Id, delivery: Id }),
    answer: null,
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof OPERATIONS;

type Part<O, Name extends string> = O extends { readonly [K in Name]: infer S extends TSchema }
  ? Static<S>
  : never;
/** What an operation is given. */
export interface Asked<O extends Operation> {
  readonly params: Part<O, "params">;
  readonly query: Part<O, "query">;
  readonly body: O extends { readonly file: true } ? Uint8Array<ArrayBuffer> : Part<O, "body">;
}
/** What it answers. */
export type Answer<O extends Operation> = O["answer"] extends null
  ? null
  : O["answer"] extends string
    ? Uint8Array
    : O["answer"] extends TSchema
      ? Static<O["answer"]>
      : never;
