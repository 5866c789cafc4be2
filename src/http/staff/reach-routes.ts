import { actorOfKey } from "../../audit/index.ts";
import { listApiKeys, listStaff, whereMay, type Grants, type KeyGrants } from "../../accounts/index.ts";
import {
  accessByGallery,
  accessByLink,
  galleriesGiven,
  nameReached,
  photosInReach,
  publicLinks,
  reach,
  type Access,
} from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { NameReached, Reach, ReachChoices, ReachedNames, ReachQuery } from "../contract/officer-reach.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs, nothingHere } from "../access.ts";

type Opens = "collections" | "person" | "join" | "gallery";

/** After a breach: whose data an account, a key or a link could reach. Ids and counts; names by a look, with its reason. */
export function reachRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  const config = needs("read-papers", "instance");
  const { db, clock } = parts;

  const accessOf = async ({
    kind,
    id,
  }: ReachQuery): Promise<{ readonly opens: Opens; readonly access: Access }> => {
    switch (kind) {
      case "account": {
        const account = (await listStaff(db)).find((one) => one.id === id);
        if (!account) throw nothingHere();
        const collections = new Map(account.collections.map((one) => [one.id, one.role]));
        const grants = { instance: account.role, collections };
        return { opens: "collections", access: accessBy(grants, account.name) };
      }
      case "key": {
        const key = (await listApiKeys(db, clock)).find((one) => one.id === id);
        if (!key) throw nothingHere();
        // What its maker may do has perhaps changed since: this is the most that it ever could.
        const grants = {
          scopes: new Set(key.scopes),
          collection: key.collection?.id ?? null,
          maker: "operator",
        } as const;
        return { opens: "collections", access: accessBy(grants, actorOfKey(key.name, key.madeBy)) };
      }
      case "link": {
        const link = await accessByLink(parts, id);
        return { opens: link.kind === "personal" ? "person" : "join", access: link.access };
      }
      case "gallery":
        return { opens: "gallery", access: await accessByGallery(parts, id) };
    }
  };

  app.get(
    "/api/staff/officer/reach/choices",
    { config, schema: { response: { "2xx": ReachChoices, ...PROBLEMS } } },
    async () => {
      const [accounts, keys, links, galleries] = await Promise.all([
        listStaff(db),
        listApiKeys(db, clock),
        publicLinks(parts),
        galleriesGiven(parts),
      ]);
      return {
        accounts: accounts.map(({ id, name }) => ({ id, name })),
        keys: keys.map(({ id, name, prefix }) => ({ id, name, prefix })),
        links: links.map(({ id, collection, by, at }) => ({ id, collection, by, at: at.toISOString() })),
        galleries: galleries.map((one) => ({ ...one, at: one.at.toISOString() })),
      };
    },
  );
  app.get(
    "/api/staff/officer/reach",
    { config, schema: { querystring: ReachQuery, response: { "2xx": Reach, ...PROBLEMS } } },
    async (request) => {
      const { opens, access } = await accessOf(request.query);
      const [people, photos] = await Promise.all([reach(parts, access), photosInReach(parts, access)]);
      return { opens, photos, people: [...people] };
    },
  );
  app.post(
    "/api/staff/officer/reach/names",
    { config, schema: { body: NameReached, response: { "2xx": ReachedNames, ...PROBLEMS } } },
    async (request) => {
      const { reason, ...subject } = request.body;
      const { access } = await accessOf(subject);
      const names = await nameReached(parts, { access, reason, actor: actorOf(request) });
      return { names: [...names].map(([person, name]) => ({ person, name })) };
    },
  );
}

/** What tells names, and what shows photos, among everything that can be allowed. */
function accessBy(grants: Grants | KeyGrants, actor: string): Access {
  const anyOf = (actions: readonly Parameters<typeof whereMay>[1][]): Access["names"] => {
    const wheres = actions.map((action) => whereMay(grants, action));
    return wheres.includes("all") ? "all" : new Set(wheres.flatMap((one) => (one === "all" ? [] : [...one])));
  };
  return {
    names: anyOf(["see-people", "see-consents", "settle-conflicts", "settle-claims", "look-up"]),
    photos: anyOf(["see-photos", "look-through", "read-renditions", "tag-faces", "look-up", "publish"]),
    own: [],
    publication: null,
    actor,
  };
}
