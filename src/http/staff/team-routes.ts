import { Type } from "@fastify/type-provider-typebox";
import {
  endSessionsOf,
  inviteStaff,
  listStaff,
  removeSecondFactor,
  removeStaff,
  revokeStaffInvitation,
  setRole,
  staffInvitations,
  type Accounts,
} from "../../accounts/index.ts";
import { AssentError } from "../../core/index.ts";
import { askToGiveRole, collectionName, listCollections, staffInvitationMessage } from "../../flows/index.ts";
import type { TwoPersonRule } from "../../rights/index.ts";
import type { App, HttpContext } from "../context.ts";
import { JoinTeam, SetUp } from "../contract/staff.ts";
import {
  InvitationOpened,
  InviteStaff,
  OpenInvitation,
  SessionsEnded,
  SetRole,
  StaffAccounts,
  StaffInvited,
} from "../contract/staff-accounts.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, needs } from "../access.ts";
import { SecondAsked } from "../contract/staff-second-persons.ts";
import { givingTakesTwo } from "./second-person-routes.ts";
import { noMail } from "./address-routes.ts";

const OfAccount = Type.Object({ account: Type.String({ format: "uuid" }) });
const OfInvitation = Type.Object({ invitation: Type.String({ format: "uuid" }) });
/** Null: it is done; otherwise it waits for a second owner. */
const RoleSet = Type.Union([SecondAsked, Type.Null()]);
const DONE = { "2xx": Type.Null(), ...PROBLEMS };

/** Who works here: accounts and their roles, invitations of staff, ending sessions and accounts. For owners. */
export function teamRoutes(
  app: App,
  {
    parts,
    publicUrl,
    organisation,
    sender,
  }: Pick<HttpContext, "parts" | "publicUrl" | "organisation" | "sender">,
  twoPersons: TwoPersonRule,
): void {
  const { db, clock } = parts;
  const config = needs("manage-accounts", "instance");

  app.get(
    "/api/staff/accounts",
    { config, schema: { response: { "2xx": StaffAccounts, ...PROBLEMS } } },
    async (request) => {
      const [accounts, invitations, collections] = await Promise.all([
        listStaff(db),
        staffInvitations(db, clock),
        listCollections(parts),
      ]);
      const names = new Map(collections.map((one) => [one.id, one.name]));
      const own = accountOf(request).id;
      return {
        mail: sender !== undefined,
        accounts: accounts.map(({ lastSeen, since, collections: roles, ...one }) => ({
          ...one,
          collections: [...roles],
          own: one.id === own,
          lastSeen: lastSeen?.toISOString() ?? null,
          since: since.toISOString(),
        })),
        // One for a collection that is gone gives nothing any more.
        invitations: invitations.flatMap(({ id, grant: { collection, role }, expiresAt }) => {
          const name = collection === null ? null : names.get(collection);
          if (name === undefined) return [];
          return [
            {
              id,
              role,
              collection: collection === null || name === null ? null : { id: collection, name },
              expiresAt: expiresAt.toISOString(),
            },
          ];
        }),
      };
    },
  );

  app.post(
    "/api/staff/accounts/invitations",
    { config, schema: { body: InviteStaff, response: { "2xx": StaffInvited, ...PROBLEMS } } },
    async (request) => {
      const { email, language = "fr", ...grant } = request.body;
      if (email !== undefined && !sender) throw noMail();
      if (await givingTakesTwo(db, twoPersons, grant.role)) {
        throw new AssentError("refused", "this role takes two owners", {
          remedy: "Invite with another role, and give this one afterwards: a second owner confirms it.",
        });
      }
      const { id, secret, expiresAt } = await inviteStaff(db, grant, clock, email);
      const link = `${publicUrl.origin}/staff/invitation#${secret}`;
      if (email === undefined || !sender) return { id, link, expiresAt: expiresAt.toISOString() };
      try {
        const message = staffInvitationMessage(language, { organisation, link });
        await sender.mailer.send({ to: email.trim(), ...message });
      } catch (error) {
        await revokeStaffInvitation(db, id, clock);
        throw error;
      }
      return { id, link: null, expiresAt: expiresAt.toISOString() };
    },
  );
  app.delete(
    "/api/staff/accounts/invitations/:invitation",
    { config, schema: { params: OfInvitation, response: DONE } },
    async (request, reply) => {
      await revokeStaffInvitation(db, request.params.invitation, clock);
      return reply.code(204).send(null);
    },
  );

  app.put(
    "/api/staff/accounts/:account/role",
    { config, schema: { params: OfAccount, body: SetRole, response: { "2xx": RoleSet, ...PROBLEMS } } },
    async (request, reply) => {
      const { account } = request.params;
      const { collection, role } = request.body;
      const { id, name } = accountOf(request);
      if (role !== null && (await givingTakesTwo(db, twoPersons, role))) {
        const asked = { kind: "give-role", collection, account, role } as const;
        const waits = await askToGiveRole(parts, asked, { account: id, name });
        return reply.code(202).send({ asked: waits.id, until: waits.expiresAt.toISOString() });
      }
      await setRole(db, { account, ...request.body }, clock);
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/api/staff/accounts/:account/sessions/end",
    { config, schema: { params: OfAccount, response: { "2xx": SessionsEnded, ...PROBLEMS } } },
    async (request) => ({ sessions: await endSessionsOf(db, request.params.account, clock) }),
  );
  app.delete(
    "/api/staff/accounts/:account/second-factor",
    { config, schema: { params: OfAccount, response: DONE } },
    async (request, reply) => {
      await removeSecondFactor(db, request.params.account, clock);
      return reply.code(204).send(null);
    },
  );
  app.delete(
    "/api/staff/accounts/:account",
    { config, schema: { params: OfAccount, response: DONE } },
    async (request, reply) => {
      await removeStaff(db, request.params.account);
      return reply.code(204).send(null);
    },
  );
}

/** Coming by an invitation of staff; without a session. */
export function staffInvitationRoutes(
  app: App,
  { parts, limits, organisation }: Pick<HttpContext, "parts" | "limits" | "organisation">,
  accounts: Accounts,
  twoPersons: TwoPersonRule,
): void {
  app.post(
    "/api/staff/invitation/open",
    { schema: { body: OpenInvitation, response: { "2xx": InvitationOpened, ...PROBLEMS } } },
    async (request, reply) => {
      await limits.count("secret", request, reply);
      const { role, collection, mailed } = await accounts.readStaffLink(request.body.secret);
      const named = collection === null ? null : await collectionName(parts, collection);
      return { organisation, role, collectionName: named, mailed };
    },
  );
  app.post(
    "/api/staff/invitation",
    { schema: { body: JoinTeam, response: { "2xx": SetUp, ...PROBLEMS } } },
    async (request, reply) => {
      await limits.count("secret", request, reply);
      const { role } = await accounts.readStaffLink(request.body.secret);
      // One of before there were two owners: whoever kept it would be both of them.
      if (await givingTakesTwo(parts.db, twoPersons, role)) {
        throw new AssentError("refused", "the role of this invitation takes two owners by now", {
          remedy: "Ask an owner for an invitation with another role.",
        });
      }
      return accounts.useStaffLink(request.body);
    },
  );
}
