import { record } from "../audit/index.ts";
import { AssentError, isId, type Clock, type Id } from "../core/index.ts";
import { sha256Hex } from "../crypto/index.ts";
import { inTransaction, requireCollection, withAdvisoryLock, type Db, type Trx } from "../db/index.ts";
import { COLLECTION_ROLES, ROLES, type CollectionRole, type Grants, type Role } from "./access.ts";
import { authTables } from "./auth-tables.ts";
import { checkedEmail } from "./checked-account.ts";
import { dropSecondFactor } from "./second-factor.ts";
import { endAllSessions } from "./sessions.ts";
import { endLinks, makeLink, openLinks, readLink, useLink } from "./one-time-links.ts";

/** An invitation of staff waits as long as a letter may. */
const INVITATION_MS = 7 * 86_400_000;

/** A role in the whole instance (`collection` null), or in one collection. */
export type Grant =
  | { readonly collection: null; readonly role: Role }
  | { readonly collection: Id; readonly role: CollectionRole };

export interface StaffMember {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role | null;
  readonly collections: readonly { readonly id: Id; readonly name: string; readonly role: CollectionRole }[];
  /** Days on which they are signed in somewhere; null: nowhere. */
  readonly lastSeen: Date | null;
  readonly since: Date;
  readonly secondFactor: boolean;
}

export interface StaffInvitation {
  readonly id: string;
  readonly grant: Grant;
  readonly expiresAt: Date;
}

/** What an account was given. */
export async function grantsOf(db: Db | Trx, account: string, role: string | null): Promise<Grants> {
  const rows = await db
    .selectFrom("staff_role")
    .select(["collection_id", "role"])
    .where("account_id", "=", account)
    .execute();
  return {
    instance: isRole(role) ? role : null,
    collections: new Map(rows.map((row) => [row.collection_id, row.role])),
  };
}

/** Names of accounts, by id. */
export async function accountNames(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await authTables(db).selectFrom("user").select(["id", "name"]).execute();
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Everybody who has an account, by name. */
export async function listStaff(db: Db): Promise<readonly StaffMember[]> {
  const [users, roles, sessions] = await Promise.all([
    authTables(db).selectFrom("user").selectAll().orderBy("name").execute(),
    db
      .selectFrom("staff_role as r")
      .innerJoin("collection as c", "c.id", "r.collection_id")
      .select(["r.account_id", "r.role", "c.id", "c.name"])
      .orderBy("c.name")
      .execute(),
    authTables(db)
      .selectFrom("session")
      .select(({ fn }) => ["userId", fn.max("updatedAt").as("seen")])
      .groupBy("userId")
      .execute(),
  ]);
  const seen = new Map(sessions.map((one) => [one.userId, one.seen]));
  return users.map((user) => ({
    id: user.id,
    name: user.name,
    email: user.email,
    role: isRole(user.role) ? user.role : null,
    collections: roles
      .filter((one) => one.account_id === user.id)
      .map(({ id, name, role }) => ({ id, name, role })),
    lastSeen: seen.get(user.id) ?? null,
    since: user.createdAt,
    secondFactor: user.twoFactorEnabled === true,
  }));
}

/**
 * A one-time link by which somebody makes an account of their own with this role, good for a week. With `mailedTo` it goes to that
 * address and to nobody else, and whoever makes an account of that address by it has verified it; of the address a hash is kept that
 * only the link's secret opens. Errors: `not-found` for a collection that is not there, `bad-input` for an address that is none.
 */
export async function inviteStaff(
  db: Db,
  grant: Grant,
  clock: Clock,
  mailedTo?: string,
): Promise<{ readonly id: string; readonly secret: string; readonly expiresAt: Date }> {
  return inTransaction(db, async (trx) => {
    if (grant.collection !== null) await requireCollection(trx, grant.collection);
    const { collection, role } = grant;
    const email = mailedTo === undefined ? undefined : checkedEmail(mailedTo);
    const value = (secret: string): string =>
      JSON.stringify({
        collection,
        role,
        ...(email === undefined ? {} : { mailed: addressMark(secret, email) }),
      });
    const made = await makeLink(trx, { kind: "staff", value, validMs: INVITATION_MS }, clock);
    await record(trx, { kind: "staff-invited", payload: { invitation: made.id, collection, role } }, clock);
    return made;
  });
}

export async function staffInvitations(db: Db, clock: Clock): Promise<readonly StaffInvitation[]> {
  const links = await openLinks(db, "staff", clock);
  return links.flatMap(({ id, value, expiresAt }) => {
    const grant = readGrant(value);
    return grant ? [{ id, grant, expiresAt }] : [];
  });
}

/** Errors: `not-found` where it was used, has run out or never was. */
export async function revokeStaffInvitation(db: Db, id: string, clock: Clock): Promise<void> {
  await inTransaction(db, async (trx) => {
    if (!isId(id) || (await endLinks(trx, "staff", { id })) === 0) throw invitationGone();
    await record(trx, { kind: "staff-invitation-revoked", payload: { invitation: id } }, clock);
  });
}

/** What a staff link gives. Errors: `not-found`. */
export async function readStaffLink(
  db: Db,
  secret: string,
  clock: Clock,
): Promise<Grant & { readonly mailed: boolean }> {
  const value = await readLink(db, "staff", secret, clock);
  const grant = value === undefined ? undefined : readGrant(value);
  if (!grant || value === undefined) throw invitationGone();
  return { ...grant, mailed: markIn(value) !== undefined };
}

/** Uses a staff link up for an account that was just made. Errors: `not-found`. */
export async function takeStaffLink(
  trx: Trx,
  secret: string,
  clock: Clock,
): Promise<{
  readonly grant: Grant;
  /** Whether the link was mailed to this address. */
  readonly mailedTo: (email: string) => boolean;
}> {
  const value = await useLink(trx, "staff", secret, clock);
  const grant = value === undefined ? undefined : readGrant(value);
  if (!grant || value === undefined) throw invitationGone();
  return { grant, mailedTo: (email) => markIn(value) === addressMark(secret, email) };
}

/** Says of an address whether it is the one, to whoever has the link, and to nobody else. */
function addressMark(secret: string, email: string): string {
  return sha256Hex(new TextEncoder().encode(`${secret}:${email}`));
}

function markIn(value: string): string | undefined {
  const { mailed } = JSON.parse(value) as { mailed?: unknown };
  return typeof mailed === "string" ? mailed : undefined;
}

/**
 * Gives an account a role, in place of the one that it had there; `role` null takes it away. An account's own sessions go by
 * it at the next request. Errors: `not-found`, `refused` for the last owner.
 */
export async function setRole(
  db: Db,
  order: { readonly account: string } & (Grant | { readonly collection: Id | null; readonly role: null }),
  clock: Clock,
): Promise<void> {
  await changing(db, async (trx) => {
    const account = await requireAccount(trx, order.account);
    if (order.collection === null) {
      if (account.role === "owner" && order.role !== "owner") await refuseLastOwner(trx, order.account);
      // The trigger on the accounts' table owes the log its entry.
      await authTables(trx)
        .updateTable("user")
        .set({ role: order.role, updatedAt: clock.now() })
        .where("id", "=", order.account)
        .execute();
      return;
    }
    await requireCollection(trx, order.collection);
    await setCollectionRole(trx, order.account, order.collection, order.role, clock);
  });
}

/** In the caller's transaction; see `setRole`. */
export async function setCollectionRole(
  trx: Trx,
  account: string,
  collection: Id,
  role: CollectionRole | null,
  clock: Clock,
): Promise<void> {
  if (role === null) {
    await trx
      .deleteFrom("staff_role")
      .where("account_id", "=", account)
      .where("collection_id", "=", collection)
      .execute();
  } else {
    await trx
      .insertInto("staff_role")
      .values({ account_id: account, collection_id: collection, role, given_at: clock.now() })
      .onConflict((conflict) =>
        conflict.columns(["account_id", "collection_id"]).doUpdateSet({ role, given_at: clock.now() }),
      )
      .execute();
  }
  await record(trx, { kind: "staff-role-set", payload: { account, collection, role } }, clock);
}

/**
 * Removes an account: its sessions, password, passkeys and roles. What it did stays in the log, under its name.
 * Errors: `not-found`, `refused` for the last owner.
 */
export async function removeStaff(db: Db, account: string): Promise<void> {
  await changing(db, async (trx) => {
    const { role } = await requireAccount(trx, account);
    if (role === "owner") await refuseLastOwner(trx, account);
    await trx.deleteFrom("staff_role").where("account_id", "=", account).execute();
    await authTables(trx).deleteFrom("user").where("id", "=", account).execute();
  });
}

/**
 * Takes away the second factor of somebody who has lost it, and ends their sessions: whoever found it may have one.
 * Errors: `not-found`.
 */
export async function removeSecondFactor(db: Db, account: string, clock: Clock): Promise<void> {
  await changing(db, async (trx) => {
    await requireAccount(trx, account);
    await dropSecondFactor(trx, account, clock);
    await endAllSessions(trx, account, clock);
  });
}

/** Ends every session of an account: on a device that was lost, say. Returns how many there were. */
export async function endSessionsOf(db: Db, account: string, clock: Clock): Promise<number> {
  return changing(db, async (trx) => {
    await requireAccount(trx, account);
    return endAllSessions(trx, account, clock);
  });
}

/** One change of accounts at a time, so that two owners cannot remove each other at the same moment. */
function changing<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return withAdvisoryLock(db, "staff-accounts", () => inTransaction(db, work));
}

async function requireAccount(trx: Trx, account: string): Promise<{ role: string | null }> {
  const found = isId(account)
    ? await authTables(trx).selectFrom("user").select("role").where("id", "=", account).executeTakeFirst()
    : undefined;
  if (!found) throw new AssentError("not-found", "there is no such account");
  return found;
}

async function refuseLastOwner(trx: Trx, account: string): Promise<void> {
  const other = await authTables(trx)
    .selectFrom("user")
    .select("id")
    .where("role", "=", "owner")
    .where("id", "<>", account)
    .executeTakeFirst();
  if (other) return;
  throw new AssentError("refused", "this is the only owner", {
    remedy: "Make somebody else an owner first.",
  });
}

function readGrant(value: string): Grant | undefined {
  const { collection, role } = JSON.parse(value) as { collection?: unknown; role?: unknown };
  if (collection === null && isRole(role)) return { collection, role };
  if (typeof collection === "string" && isCollectionRole(role)) return { collection, role };
  return undefined;
}

function isRole(role: unknown): role is Role {
  return (ROLES as readonly unknown[]).includes(role);
}
function isCollectionRole(role: unknown): role is CollectionRole {
  return (COLLECTION_ROLES as readonly unknown[]).includes(role);
}

function invitationGone(): AssentError {
  return new AssentError("not-found", "this invitation has been used, or is more than a week old", {
    remedy: "Ask an owner of this instance for a new one.",
  });
}
