import { Type } from "@fastify/type-provider-typebox";
import { AssentError } from "../../core/index.ts";
import {
  createCollection,
  dismissUnread,
  listCollections,
  openMatters,
  orderScan,
  scanProgress,
  showCollection,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  CollectionList,
  CollectionPage,
  MadeCollection,
  NewCollection,
  ScanState,
} from "../contract/staff.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, mayHere, mayIn, needs } from "../access.ts";

const InCollection = Type.Object({ id: Type.String({ format: "uuid" }) });
const Done = Type.Null();

/** Channels as the flow takes them. Errors: `bad-input` for a name that ends in what the flow reads as something else. */
export function givenChannels(
  channels: readonly { readonly name: string; readonly public: boolean }[],
): readonly string[] {
  return channels.map(({ name, public: open }) => {
    // The command line's way of saying it: such a name would be cut there.
    if (name.endsWith(":internal")) throw new AssentError("bad-input", "a channel's name ends otherwise");
    return open ? name : `${name}:internal`;
  });
}

/** Collections: make, list, open, and how far the look through their photos is. */
export function collectionRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  app.get(
    "/api/staff/collections",
    {
      config: needs("see-collections", "some"),
      schema: { response: { "2xx": CollectionList, ...PROBLEMS } },
    },
    async (request) => ({
      collections: (await listCollections(parts)).filter((one) => mayHere(request, one.id)).map(asLine),
    }),
  );

  app.post(
    "/api/staff/collections",
    {
      config: needs("make-collections", "instance"),
      schema: { body: NewCollection, response: { "2xx": MadeCollection, ...PROBLEMS } },
    },
    async (request) => {
      const { channels, joinUntil, ...order } = request.body;
      const made = await createCollection(parts, {
        ...order,
        matchOnly: undefined,
        joinUntil,
        channels: givenChannels(channels),
        attestedBy: actorOf(request),
      });
      return { id: made.id };
    },
  );

  app.get(
    "/api/staff/collections/:id",
    {
      config: needs("see-collections", "collection"),
      schema: { params: InCollection, response: { "2xx": CollectionPage, ...PROBLEMS } },
    },
    async (request) => {
      const { id } = request.params;
      const shown = await showCollection(parts, id);
      const matters = await openMatters(parts, id);
      return {
        ...asLine(shown),
        may: mayIn(request, id),
        purpose: shown.purpose,
        attestation: shown.attestation,
        attestedBy: shown.attestedBy,
        channels: shown.channels.map(({ name, public: open }) => ({ name, public: open })),
        joinable: shown.joinable,
        ...matters,
      };
    },
  );

  const scanState = async (id: string): Promise<ScanState> => {
    const { photos, waiting, faces } = await showCollection(parts, id);
    const { running, stopped, failures } = await scanProgress(parts, id);
    return { photos, waiting, faces, running, stopped, failures: [...failures] };
  };
  const scan = { params: InCollection, response: { "2xx": ScanState, ...PROBLEMS } };
  app.get(
    "/api/staff/collections/:id/scan",
    { config: needs("see-collections", "collection"), schema: scan },
    async (request) => scanState(request.params.id),
  );
  app.post(
    "/api/staff/collections/:id/scan",
    { config: needs("import-photos", "collection"), schema: scan },
    async (request) => {
      await orderScan(parts, { collection: request.params.id, actor: actorOf(request) });
      return scanState(request.params.id);
    },
  );
  app.delete(
    "/api/staff/collections/:id/scan/failures",
    {
      config: needs("import-photos", "collection"),
      schema: { params: InCollection, response: { "2xx": Done, ...PROBLEMS } },
    },
    async (request, reply) => {
      await dismissUnread(parts, request.params.id);
      return reply.code(204).send(null);
    },
  );
}

type Summary = Awaited<ReturnType<typeof listCollections>>[number];

function asLine({ id, name, matching, photos, waiting, faces, people, retainUntil, joinUntil }: Summary) {
  const mode = matching === "enrolled" ? ("enrolled" as const) : ("off" as const);
  return { id, name, matching: mode, photos, waiting, faces, people, retainUntil, joinUntil };
}
