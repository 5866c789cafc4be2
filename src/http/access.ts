import type { FastifyRequest, RouteOptions } from "fastify";
import {
  ACTIONS,
  may,
  whereMay,
  type Accounts,
  type Action,
  type ApiKey,
  type Grants,
  type KeyGrants,
  type Role,
  type StaffAccount,
} from "../accounts/index.ts";
import { AssentError, isId, type Id } from "../core/index.ts";
import type { Db } from "../db/index.ts";
import { collectionOf, type Belonging } from "../flows/index.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks, on staff routes; set before any of them runs. */
    staff: StaffAccount | null;
    /** The key that asks, on the routes under /api/v1. */
    apiKey: ApiKey | null;
  }
  interface FastifyContextConfig {
    /** What a staff route asks for, and of what; without it a staff route is refused at the start. */
    readonly needs?: Need;
    /** Answers also whoever has no second factor where one is required: what it takes to set one up. */
    readonly withoutSecondFactor?: true;
  }
}

/**
 * Of what an action is asked: of the instance; of the collection that the address names, or to which what it names belongs;
 * `some` where the answer holds what the account may see of each collection, and the route leaves out the rest itself.
 */
export type Of = "instance" | "some" | "collection" | Belonging;

export interface Need {
  readonly action: Action;
  readonly of: Of;
}

/** Short for a route's `config`. */
export function needs(action: Action, of: Of): { readonly needs: Need } {
  return { needs: { action, of } };
}

/**
 * Default deny: without a session every path answers `signed-out`, there or not; with one, a path that the account may not
 * use answers as if it were not there, and so does what is asked of something in a collection that is not theirs.
 */
export async function requireStaff(accounts: Accounts, db: Db, request: FastifyRequest): Promise<void> {
  const account = await accounts.signedIn(request.headers);
  if (account === null) {
    throw new AssentError("signed-out", "nobody is signed in", { remedy: "Sign in at /staff." });
  }
  request.staff = account;
  if (account.lacksSecondFactor && request.routeOptions.config.withoutSecondFactor !== true) {
    throw new AssentError("refused", "a second factor is required here, and this account has none", {
      remedy: "Set one up at /staff, or sign in with a passkey.",
    });
  }
  const need = request.routeOptions.config.needs;
  if (!need || !(await isAllowed(db, account.grants, need, request.params))) throw nothingHere();
}

/** Whether an account or a key may do what a route needs, of what its address names. */
export async function isAllowed(
  db: Db,
  grants: Grants | KeyGrants,
  { action, of }: Need,
  params: unknown,
): Promise<boolean> {
  switch (of) {
    case "instance":
      return may(grants, action, null);
    case "some": {
      const where = whereMay(grants, action);
      return where === "all" || where.size > 0;
    }
    case "collection":
    case "claim":
    case "conflict":
    case "request":
    case "letter":
    case "publication":
    case "gallery":
    case "webhook":
    case "job": {
      if (may(grants, action, null)) return true;
      const id = named(of, params as Readonly<Record<string, string>>);
      if (id === undefined) return false;
      const collection = of === "collection" ? id : await collectionOf({ db }, of, id);
      return collection !== undefined && may(grants, action, collection);
    }
  }
}

/** The id by which an address names something; undefined for one that is none. */
function named(of: "collection" | Belonging, params: Readonly<Record<string, string>>): Id | undefined {
  const id =
    params[of] ??
    params[of === "collection" || of === "publication" ? "id" : of === "conflict" ? "enrolment" : of];
  return id !== undefined && isId(id) ? id : undefined;
}

/** Refuses a staff route that does not say what it needs. Errors: `internal`, at the start, naming the route. */
export function requireNeeds(route: RouteOptions): void {
  if (route.config?.needs) return;
  throw new AssentError("internal", `${String(route.method)} ${route.url} does not say what it needs`);
}

/** Whether what belongs to a collection (or to none) may be in an answer `of: "some"`. */
export function mayHere(request: FastifyRequest, collection: Id | null): boolean {
  const { needs: need } = request.routeOptions.config;
  return need !== undefined && may(grantsOf(request), need.action, collection);
}

/** Whether whoever asks may do something besides what the route needs. */
export function mayDo(request: FastifyRequest, action: Action, collection: Id | null): boolean {
  return may(grantsOf(request), action, collection);
}

/** What an account may do in the whole instance, and what somewhere in it: so that pages show no door that is shut. */
export function mayWhere({ grants }: StaffAccount): {
  readonly role: Role | null;
  readonly may: Action[];
  readonly somewhere: Action[];
} {
  return {
    role: grants.instance,
    may: ACTIONS.filter((action) => may(grants, action, null)),
    somewhere: ACTIONS.filter((action) => {
      const where = whereMay(grants, action);
      return where === "all" || where.size > 0;
    }),
  };
}

/** What the account that asks may do in one collection. */
export function mayIn(request: FastifyRequest, collection: Id): Action[] {
  const { grants } = accountOf(request);
  return ACTIONS.filter((action) => may(grants, action, collection));
}

/** The name under which people read what was done. */
export function actorOf(request: FastifyRequest): string {
  return request.apiKey?.actor ?? accountOf(request).name;
}

/** What whoever asks was given, an account or a key. */
export function grantsOf(request: FastifyRequest): Grants | KeyGrants {
  return request.apiKey?.grants ?? accountOf(request).grants;
}

export function accountOf(request: FastifyRequest): StaffAccount {
  if (request.staff === null) throw new AssentError("internal", "a staff route ran without an account");
  return request.staff;
}

export function nothingHere(): AssentError {
  return new AssentError("not-found", "there is nothing here");
}
