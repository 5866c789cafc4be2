import { may } from "../../accounts/index.ts";
import { AssentError, type Id } from "../../core/index.ts";
import {
  consentsOf,
  invite,
  joinedOne,
  joinedPage,
  listInvitations,
  revokeInvitation,
  type Invited,
  type JoinedHere,
  type ListedInvitation,
} from "../../flows/index.ts";
import type { FastifyRequest } from "fastify";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../access.ts";
import type { Handlers } from "./handlers.ts";
import { idAfter, limitOf, pageBy, pageIn } from "./pages.ts";
import { once } from "./repeat.ts";

type Here =
  | "listPeople"
  | "getPerson"
  | "listConsents"
  | "listInvitations"
  | "createInvitations"
  | "getInvitation"
  | "revokeInvitation";

/** Who joined, what they said, and invitations. Programs make invitations; the yes is said by whoever opens one. */
export function peopleHandlers(context: HttpContext): Handlers<Here> {
  const { parts, publicUrl } = context;
  const invitationOf = async (params: { readonly collection: Id; readonly invitation: Id }) => {
    const all = await listInvitations(parts, params);
    const found = all.find((one) => one.id === params.invitation);
    if (found) return found;
    throw new AssentError("not-found", "there is no such invitation to this collection");
  };
  return {
    async listPeople({ params, query }, request) {
      const found = await joinedPage(parts, {
        collection: params.collection,
        after: idAfter(query),
        limit: limitOf(query) + 1,
        names: mayName(request, params.collection),
      });
      const { items, next } = pageBy(query, found, (one) => one.id);
      return { people: items.map(asPerson), next };
    },
    async getPerson({ params }, request) {
      return asPerson(await joinedOne(parts, { ...params, names: mayName(request, params.collection) }));
    },
    async listConsents({ params, query }) {
      const { people, consents } = await consentsOf(parts, {
        collection: params.collection,
        person: query.person,
        after: idAfter(query),
        limit: limitOf(query) + 1,
      });
      const { items, next } = pageBy(query, people, (one) => one.id);
      const here = new Set(items.map((one) => one.id));
      const wanted = consents.filter(
        (one) =>
          here.has(one.person) &&
          (query.purpose === undefined || one.purpose === query.purpose) &&
          (query.channel === undefined || one.channel === query.channel) &&
          (query.live === undefined || String(one.live) === query.live),
      );
      return {
        consents: wanted.map((one) => ({
          person: one.person,
          purpose: one.purpose,
          channel: one.channel,
          collection: one.collection,
          live: one.live,
          event: one.event,
          since: one.since.toISOString(),
          validUntil: one.validUntil.toISOString(),
          language: one.language,
          text: one.text,
        })),
        next,
      };
    },

    async listInvitations({ params, query }) {
      const all = await listInvitations(parts, params);
      const wanted = all.filter((one) => query.state === undefined || one.state === query.state);
      const { items, next } = pageIn(query, wanted, (one) => one.id);
      return { invitations: items.map(asInvitation), next };
    },
    createInvitations: ({ params, body }, request) =>
      once(context, request, async (keep) => {
        const answerOf = ({ expiresAt, invitations }: Invited) => ({
          expiresAt: expiresAt.toISOString(),
          // Behind #, which browsers do not send: the secret is in no server's log.
          invitations: invitations.map(({ id, secret }) => ({
            id,
            link: `${publicUrl.origin}/join#${secret}`,
          })),
        });
        const made = await invite(parts, {
          ...body,
          collection: params.collection,
          actor: actorOf(request),
          along: (trx, invited) => keep(trx, answerOf(invited)),
        });
        return answerOf(made);
      }),
    async getInvitation({ params }) {
      return asInvitation(await invitationOf(params));
    },
    async revokeInvitation({ params }, request) {
      const { id } = await invitationOf(params);
      await revokeInvitation(parts, { invitation: id, actor: actorOf(request) });
      return null;
    },
  };
}

/** Names are a scope of their own. */
export function mayName({ apiKey }: FastifyRequest, collection: Id): boolean {
  return apiKey !== null && may(apiKey.grants, "see-people", collection);
}

function asPerson({ joinedAt, ...one }: JoinedHere) {
  return { ...one, joinedAt: joinedAt.toISOString() };
}

function asInvitation({ id, kind, state, uses, createdBy, createdAt, expiresAt }: ListedInvitation) {
  return {
    id,
    kind,
    state,
    uses,
    createdBy,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
