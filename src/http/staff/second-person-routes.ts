import { Type } from "@fastify/type-provider-typebox";
import { accountNames, allows, may, setRole, type Role } from "../../accounts/index.ts";
import { AssentError } from "../../core/index.ts";
import { confirmSecond, listCollections, withdrawSecond } from "../../flows/index.ts";
import type { Db } from "../../db/index.ts";
import { secondPersons, takesTwo, type TwoPersonRule } from "../../rights/index.ts";
import type { App, HttpContext } from "../context.ts";
import { SecondPersons, SettleSecond } from "../contract/staff-second-persons.ts";
import { PROBLEMS } from "../problem.ts";
import { accountOf, needs } from "../access.ts";
import { tidyFolders, type StaffFolders } from "./folders.ts";

const OfSecond = Type.Object({ second: Type.String({ format: "uuid" }) });

/** What waits for a second person: an owner who did not ask confirms it, whoever asked or an owner takes it back. */
export function secondPersonRoutes(
  app: App,
  { parts }: Pick<HttpContext, "parts">,
  { folders }: { readonly folders: StaffFolders },
): void {
  const { db, clock } = parts;
  const config = needs("see-self", "some");

  app.get(
    "/api/staff/second-persons",
    { config, schema: { response: { "2xx": SecondPersons, ...PROBLEMS } } },
    async (request) => {
      const { id: own, grants } = accountOf(request);
      const sees = may(grants, "read-log", null);
      const [rows, collections, names] = await Promise.all([
        secondPersons(db, clock),
        listCollections(parts),
        accountNames(db),
      ]);
      const named = new Map(collections.map((one) => [one.id, one.name]));
      const now = clock.now();
      return {
        owner: may(grants, "manage-accounts", null),
        waiting: rows
          .filter((row) => sees || row.asked_by === own)
          .map((row) => ({
            id: row.id,
            what: row.kind,
            collection: row.collection_id === null ? null : (named.get(row.collection_id) ?? null),
            photos: row.photo_ids.length,
            account: row.account_id === null ? null : (names.get(row.account_id) ?? null),
            role: row.role,
            askedBy: row.asked_by_name,
            askedAt: row.asked_at.toISOString(),
            until: row.expires_at.toISOString(),
            own: row.asked_by === own,
            state: row.state === "open" && row.expires_at <= now ? ("expired" as const) : row.state,
            settledBy: row.settled_by_name,
          })),
      };
    },
  );

  app.post(
    "/api/staff/second-persons/:second",
    {
      config,
      schema: { params: OfSecond, body: SettleSecond, response: { "2xx": Type.Null(), ...PROBLEMS } },
    },
    async (request, reply) => {
      const { id: account, name, grants } = accountOf(request);
      const { second: id } = request.params;
      const by = { account, name };
      const owner = may(grants, "manage-accounts", null);
      const row = (await secondPersons(db, clock)).find((one) => one.id === id);
      if (!row || (!owner && row.asked_by !== account)) {
        throw new AssentError("not-found", "nothing waits by this id, or not any more");
      }
      if (request.body.outcome === "withdraw") {
        await withdrawSecond(parts, { id, by });
        return reply.code(204).send(null);
      }
      if (!owner) throw new AssentError("refused", "an owner confirms this", { remedy: "Ask one." });
      await confirmSecond(parts, {
        id,
        by,
        giveRole: async (asked) => {
          const { account: to, collection, role } = asked;
          if (collection === null) await setRole(db, { account: to, collection, role }, clock);
          else if (role !== "owner" && role !== "officer") {
            await setRole(db, { account: to, collection, role }, clock);
          }
        },
      });
      // What was published of a collection in the data folder goes now, as where one person is enough.
      await tidyFolders(parts, folders);
      return reply.code(204).send(null);
    },
  );
}

/**
 * Whether giving a role takes two owners: one that lets its holder look people up, where the rule says so; `owner`, where anything takes
 * two, because whoever makes another owner of themselves is both.
 */
export async function givingTakesTwo(db: Db, rule: TwoPersonRule, role: Role): Promise<boolean> {
  const acts = role === "owner" ? [...rule] : allows(role, "look-up") ? (["look-up-roles"] as const) : [];
  const taken = await Promise.all(acts.map((act) => takesTwo(db, rule, act)));
  return taken.includes(true);
}
