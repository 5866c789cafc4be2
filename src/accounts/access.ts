import type { Id } from "../core/index.ts";

/**
 * What a member of staff is, in the whole instance or in one collection. `officer` is the data-protection officer: everything
 * about processing, and no photo.
 */
export const ROLES = ["owner", "editor", "publisher", "photographer", "officer"] as const;
export type Role = (typeof ROLES)[number];

/** What may be given in one collection: the others are about the instance. */
export const COLLECTION_ROLES = ["editor", "publisher", "photographer"] as const satisfies readonly Role[];
export type CollectionRole = (typeof COLLECTION_ROLES)[number];

/** Everything that staff or an API key can ask for. A route names the one that it needs. */
export const ACTIONS = [
  "see-self",
  "see-collections",
  "make-collections",
  "change-collections",
  "import-photos",
  "run-jobs",
  "delete-photos",
  "delete-collections",
  "see-photos",
  "tag-faces",
  "hide-more",
  "look-through",
  "publish",
  "read-renditions",
  "open-galleries",
  "see-people",
  "see-consents",
  "enrol-people",
  "invite-people",
  "settle-claims",
  "settle-conflicts",
  "see-requests",
  "see-requested-pictures",
  "answer-requests",
  "look-up",
  "read-log",
  "read-papers",
  "manage-accounts",
  "manage-instance",
  "manage-webhooks",
] as const;
export type Action = (typeof ACTIONS)[number];

/**
 * What an API key can be given: it reads, invites, has itself told of events, brings photos in, takes them out and hides. Whatever says yes for somebody (consents, templates, tags, joining at a
 * desk), settles, publishes or changes accounts is a human's alone.
 */
export const KEY_SCOPES = [
  "see-collections",
  "see-photos",
  "read-renditions",
  "see-people",
  "see-consents",
  "invite-people",
  "see-requests",
  "look-up",
  "make-collections",
  "change-collections",
  "import-photos",
  "delete-photos",
  "hide-more",
  "manage-webhooks",
] as const satisfies readonly Action[];
export type KeyScope = (typeof KEY_SCOPES)[number];

/** What one account was given. */
export interface Grants {
  /** In every collection, those to come included, and in what is no collection's. */
  readonly instance: Role | null;
  readonly collections: ReadonlyMap<Id, CollectionRole>;
}

/** What one API key was given, in every collection (`collection` null) or in one. */
export interface KeyGrants {
  readonly scopes: ReadonlySet<KeyScope>;
  readonly collection: Id | null;
  /** A key can do no more than whoever made it may do now; `operator`: it was made on the command line. */
  readonly maker: Grants | "operator";
}

/** Whether a role covers an action. */
export function allows(role: Role, action: Action): boolean {
  return rolesFor(action).includes(role);
}

/** One exhaustive switch; what it does not name is nobody's. */
function rolesFor(action: Action): readonly Role[] {
  switch (action) {
    case "see-self":
    case "see-collections":
      return ROLES;
    case "import-photos":
      return ["owner", "editor", "photographer"];
    case "see-photos":
    case "hide-more":
    case "look-through":
      return ["owner", "editor", "publisher"];
    case "publish":
      return ["owner", "publisher"];
    case "make-collections":
    case "change-collections":
    case "delete-photos":
    case "tag-faces":
    case "enrol-people":
    case "run-jobs":
    case "invite-people":
    case "settle-claims":
    case "look-up":
    case "manage-webhooks":
      return ["owner", "editor"];
    case "read-renditions":
      return ["owner", "editor", "publisher"];
    case "see-people":
    case "see-consents":
      return ["owner", "editor", "officer"];
    case "settle-conflicts":
    case "see-requests":
    case "answer-requests":
    case "read-log":
    case "read-papers":
      return ["owner", "officer"];
    case "open-galleries":
    case "delete-collections":
    case "see-requested-pictures":
    case "manage-accounts":
    case "manage-instance":
      return ["owner"];
    default:
      return [];
  }
}

/** Whether an action is allowed in a collection; `null` for what belongs to none. */
export function may(grants: Grants | KeyGrants, action: Action, collection: Id | null): boolean {
  if ("scopes" in grants) return keyMay(grants, action, collection);
  if (grants.instance !== null && allows(grants.instance, action)) return true;
  const here = collection === null ? undefined : grants.collections.get(collection);
  return here !== undefined && allows(here, action);
}

function keyMay(key: KeyGrants, action: Action, collection: Id | null): boolean {
  if (!hasScope(key, action)) return false;
  if (action === "see-self") return true;
  if (key.collection !== null && key.collection !== collection) return false;
  return key.maker === "operator" || may(key.maker, action, collection);
}

/** The collections in which an action is allowed; `all` with a role in the whole instance. */
export function whereMay(grants: Grants | KeyGrants, action: Action): "all" | ReadonlySet<Id> {
  if ("scopes" in grants) {
    if (!hasScope(grants, action)) return new Set();
    if (grants.collection !== null) {
      return new Set(keyMay(grants, action, grants.collection) ? [grants.collection] : []);
    }
    return grants.maker === "operator" ? "all" : whereMay(grants.maker, action);
  }
  if (grants.instance !== null && allows(grants.instance, action)) return "all";
  return new Set([...grants.collections].filter(([, role]) => allows(role, action)).map(([id]) => id));
}

/** Of every key: what it is itself. */
function hasScope({ scopes, maker }: KeyGrants, action: Action): boolean {
  if (action === "see-self") return maker === "operator" || isSomebody(maker);
  return isKeyScope(action) && scopes.has(action);
}

function isSomebody(maker: Grants): boolean {
  return maker.instance !== null || maker.collections.size > 0;
}

export function isKeyScope(action: string): action is KeyScope {
  return (KEY_SCOPES as readonly string[]).includes(action);
}
