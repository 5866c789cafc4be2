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
  "see-photos",
  "tag-faces",
  "hide-more",
  "look-through",
  "publish",
  "see-people",
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
] as const;
export type Action = (typeof ACTIONS)[number];

/** What one account or key was given. */
export interface Grants {
  /** In every collection, those to come included, and in what is no collection's. */
  readonly instance: Role | null;
  readonly collections: ReadonlyMap<Id, CollectionRole>;
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
    case "tag-faces":
    case "enrol-people":
    case "invite-people":
    case "settle-claims":
    case "look-up":
      return ["owner", "editor"];
    case "see-people":
      return ["owner", "editor", "officer"];
    case "settle-conflicts":
    case "see-requests":
    case "answer-requests":
    case "read-log":
    case "read-papers":
      return ["owner", "officer"];
    case "see-requested-pictures":
    case "manage-accounts":
    case "manage-instance":
      return ["owner"];
    default:
      return [];
  }
}

/** Whether an action is allowed in a collection; `null` for what belongs to none. */
export function may(grants: Grants, action: Action, collection: Id | null): boolean {
  if (grants.instance !== null && allows(grants.instance, action)) return true;
  const here = collection === null ? undefined : grants.collections.get(collection);
  return here !== undefined && allows(here, action);
}

/** The collections in which an action is allowed; `all` with a role in the whole instance. */
export function whereMay(grants: Grants, action: Action): "all" | ReadonlySet<Id> {
  if (grants.instance !== null && allows(grants.instance, action)) return "all";
  return new Set([...grants.collections].filter(([, role]) => allows(role, action)).map(([id]) => id));
}
