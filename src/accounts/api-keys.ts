import { randomBytes } from "node:crypto";
import { actorOfKey, record, type Journal } from "../audit/index.ts";
import { AssentError, isId, newId, type Clock, type Id } from "../core/index.ts";
import { sameBytes, sha256 } from "../crypto/index.ts";
import { inTransaction, requireCollection, withAdvisoryLock, type Db, type Trx } from "../db/index.ts";
import { isKeyScope, KEY_SCOPES, type Grants, type KeyGrants, type KeyScope } from "./access.ts";
import { authTables } from "./auth-tables.ts";
import { grantsOf } from "./staff.ts";

/** 256 random bits: nothing can be guessed, so that one round of SHA-256 keeps them. */
const SECRET_BYTES = 32;
/** By which a key is found and recognised; not secret. */
const PREFIX_BYTES = 4;
const FORM = /^(assent_[0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;
const LONGEST_NAME = 80;
/** A year, the longer kind. */
const LONGEST_MS = 366 * 86_400_000;
/** When a key was last used is written down no more often than this. */
const USE_NOTED_MS = 60_000;

/** A key that is good, as who asks. */
export interface ApiKey {
  readonly id: Id;
  readonly name: string;
  /** Under which people read what was done with it: the key, and who made it. */
  readonly actor: string;
  /** Of whoever made it; null: the command line. */
  readonly madeBy: string | null;
  readonly grants: KeyGrants;
  readonly expiresAt: Date;
}

export interface ApiKeyOrder {
  readonly name: string;
  readonly scopes: readonly string[];
  /** null: every collection. */
  readonly collection: Id | null;
  readonly expiresAt: Date;
  /** `account` null: on the command line. */
  readonly by: { readonly account: string | null; readonly name: string };
}

export interface MadeApiKey {
  readonly id: Id;
  /** Shown here once: only its hash is kept. */
  readonly key: string;
  readonly expiresAt: Date;
}

export interface ListedApiKey {
  readonly id: Id;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly KeyScope[];
  readonly collection: { readonly id: Id; readonly name: string } | null;
  readonly madeBy: string;
  readonly madeAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  /** `without-maker`: whoever made it has no account here any more, and it opens nothing. */
  readonly state: "good" | "expired" | "revoked" | "without-maker";
}

/** Makes a key with its entry. Errors: `bad-input`, `not-found` for a collection that is not there, `exists` for a name. */
export async function makeApiKey(db: Db, order: ApiKeyOrder, clock: Clock): Promise<MadeApiKey> {
  const now = clock.now();
  const { collection, expiresAt, by } = order;
  const name = checkedName(order.name);
  const scopes = checkedScopes(order.scopes);
  if (expiresAt <= now || expiresAt.getTime() > now.getTime() + LONGEST_MS) {
    throw new AssentError("bad-input", "a key ends on a later day, and within a year", {
      remedy: "Make a new one before it ends.",
    });
  }
  const prefix = `assent_${randomBytes(PREFIX_BYTES).toString("hex")}`;
  const key = `${prefix}_${randomBytes(SECRET_BYTES).toString("base64url")}`;
  const id = newId();
  return withAdvisoryLock(db, "api-keys", () =>
    inTransaction(db, async (trx) => {
      if (collection !== null) await requireCollection(trx, collection);
      await refuseKnownName(trx, name);
      await trx
        .insertInto("api_key")
        .values({
          id,
          name,
          prefix,
          secret_hash: Buffer.from(sha256(key)),
          scopes: [...scopes],
          collection_id: collection,
          made_by: by.account,
          made_by_name: by.name,
          made_at: now,
          expires_at: expiresAt,
        })
        .execute();
      const payload = { key: id, scopes, collection, account: by.account, until: expiresAt.toISOString() };
      await record(trx, { kind: "api-key-made", payload }, clock);
      return { id, key, expiresAt };
    }),
  );
}

/**
 * Ends a key for good. The restriction journal has it before the commit, so that no backup brings it back: a crash in between leaves
 * a restriction too many for a restore, never one too few. Errors: `not-found` where there is no such key, or it has ended by hand.
 */
export async function revokeApiKey(
  { db, journal, clock }: { readonly db: Db; readonly journal: Journal; readonly clock: Clock },
  order: { readonly key: string; readonly account: string | null },
): Promise<void> {
  await inTransaction(db, async (trx) => {
    const ended = isId(order.key)
      ? await trx
          .updateTable("api_key")
          .set({ revoked_at: clock.now() })
          .where("id", "=", order.key)
          .where("revoked_at", "is", null)
          .executeTakeFirst()
      : undefined;
    if (ended?.numUpdatedRows !== 1n) throw new AssentError("not-found", "there is no such key");
    const payload = { key: order.key, account: order.account };
    await record(trx, { kind: "api-key-revoked", payload }, clock);
    await journal.append([{ event: "revoked", subject: order.key }], clock.now());
  });
}

/**
 * Ends every key that an account made, with its entries. Returns their ids, for the caller to append to the restriction journal before the
 * commit.
 */
export async function revokeKeysOf(trx: Trx, account: string, clock: Clock): Promise<readonly Id[]> {
  const ended = await trx
    .updateTable("api_key")
    .set({ revoked_at: clock.now() })
    .where("made_by", "=", account)
    .where("revoked_at", "is", null)
    .returning("id")
    .execute();
  for (const { id: key } of ended) {
    await record(trx, { kind: "api-key-revoked", payload: { key, account } }, clock);
  }
  return ended.map((one) => one.id);
}

/** Every key that was ever made, newest first. */
export async function listApiKeys(db: Db, clock: Clock): Promise<readonly ListedApiKey[]> {
  const rows = await db
    .selectFrom("api_key as k")
    .leftJoin("collection as c", "c.id", "k.collection_id")
    .selectAll("k")
    .select("c.name as collection_name")
    .orderBy("k.made_at", "desc")
    .orderBy("k.id")
    .execute();
  const makers = [...new Set(rows.map((row) => row.made_by).filter((id) => id !== null))];
  // On an instance that was never served there are no accounts, nor a table of them.
  const known =
    makers.length === 0
      ? []
      : await authTables(db).selectFrom("user").select("id").where("id", "in", makers).execute();
  const there = new Set(known.map((one) => one.id));
  const now = clock.now();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes.filter(isKeyScope),
    collection:
      row.collection_id === null ? null : { id: row.collection_id, name: row.collection_name ?? "" },
    madeBy: row.made_by_name,
    madeAt: row.made_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    state:
      row.revoked_at !== null
        ? "revoked"
        : row.expires_at <= now
          ? "expired"
          : row.made_by !== null && !there.has(row.made_by)
            ? "without-maker"
            : "good",
  }));
}

/** Whose key this is; null for none, one that has ended, and one whose maker has no account any more. Notes that it was used. */
export async function openApiKey(db: Db, key: string, clock: Clock): Promise<ApiKey | null> {
  const prefix = FORM.exec(key)?.[1];
  if (prefix === undefined) return null;
  const row = await db.selectFrom("api_key").selectAll().where("prefix", "=", prefix).executeTakeFirst();
  const now = clock.now();
  if (!row || !sameBytes(sha256(key), row.secret_hash)) return null;
  if (row.revoked_at !== null || row.expires_at <= now) return null;
  const maker = await makerOf(db, row.made_by);
  if (maker === null) return null;
  const noted = new Date(now.getTime() - USE_NOTED_MS);
  if (row.last_used_at === null || row.last_used_at < noted) {
    await db.updateTable("api_key").set({ last_used_at: now }).where("id", "=", row.id).execute();
  }
  return {
    id: row.id,
    name: row.name,
    actor: actorOfKey(row.name, row.made_by_name),
    madeBy: row.made_by,
    grants: { scopes: new Set(row.scopes.filter(isKeyScope)), collection: row.collection_id, maker },
    expiresAt: row.expires_at,
  };
}

/**
 * What somebody may do now under whose name something was made that works on by itself: an account, or a key and whoever made that. null:
 * nothing any more.
 */
export async function rightsNow(
  db: Db,
  made: { readonly account: string | null; readonly apiKey: Id | null },
  clock: Clock,
): Promise<Grants | KeyGrants | "operator" | null> {
  if (made.apiKey === null) return makerOf(db, made.account);
  const row = await db.selectFrom("api_key").selectAll().where("id", "=", made.apiKey).executeTakeFirst();
  if (!row || row.revoked_at !== null || row.expires_at <= clock.now()) return null;
  const maker = await makerOf(db, row.made_by);
  return maker && { scopes: new Set(row.scopes.filter(isKeyScope)), collection: row.collection_id, maker };
}

async function makerOf(db: Db, account: string | null): Promise<KeyGrants["maker"] | null> {
  if (account === null) return "operator";
  const user = await authTables(db)
    .selectFrom("user")
    .select("role")
    .where("id", "=", account)
    .executeTakeFirst();
  return user ? grantsOf(db, account, user.role) : null;
}

function checkedName(given: string): string {
  const name = given.trim();
  if (name !== "" && name.length <= LONGEST_NAME && !/[\p{Cc}]/u.test(name)) return name;
  throw new AssentError("bad-input", `a key's name has 1 to ${LONGEST_NAME} characters, in one line`, {
    remedy: "Name the program that uses it: people read it who were looked at.",
  });
}

function checkedScopes(given: readonly string[]): readonly KeyScope[] {
  const scopes = [...new Set(given.filter(isKeyScope))];
  if (scopes.length > 0 && given.every(isKeyScope)) return scopes;
  throw new AssentError("bad-input", "a key is given one scope at least, of those that keys can have", {
    remedy: `Scopes: ${KEY_SCOPES.join(", ")}.`,
  });
}

async function refuseKnownName(trx: Trx, name: string): Promise<void> {
  const known = await trx
    .selectFrom("api_key")
    .select("id")
    .where(({ fn, eb }) => eb(fn<string>("lower", ["name"]), "=", name.toLowerCase()))
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (!known) return;
  throw new AssentError("exists", "a key has this name already", {
    remedy: "Choose another, or end that key first.",
  });
}
