import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { Db, InvitationKind, InvitationRow, Trx } from "../db/index.ts";
import { revokePersonalLinks } from "./invitation-ends.ts";
import { sealName } from "./people.ts";
import { newSecret, secretHash } from "./secrets.ts";

interface Common {
  readonly collection: Id;
  /** Name of the staff account, or of the program that asks by an API key. */
  readonly by: string;
  readonly expiresAt: Date;
}

export type NewInvitation =
  /** On a poster: also needs the day's code. `hourlyLimit`: joins within one hour. */
  | (Common & { readonly kind: "public"; readonly hourlyLimit?: number | undefined })
  | (Common & { readonly kind: "single" })
  /** Addressed to a guardian, for this child alone; for the second of two, the child of the first one's invitation. */
  | (Common & { readonly kind: "guardian"; readonly child: string | InvitedChild });

/** The id that the child will have, and the name sealed under that id's key. */
export interface InvitedChild {
  readonly id: Id;
  readonly sealed: Buffer;
}

/** The secret is shown once: only its hash is kept. */
export interface MadeInvitation {
  readonly id: Id;
  readonly secret: string;
  /** Of a guardian's. */
  readonly child: InvitedChild | null;
}

export type InvitationState = "open" | "used" | "expired" | "revoked";

/** As staff see it: never a secret, never who joined by it. */
export interface Invitation {
  readonly id: Id;
  readonly kind: Exclude<InvitationKind, "personal">;
  readonly collection: Id;
  readonly state: InvitationState;
  readonly uses: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Of a guardian's that is open: the id under whose key the child's name is sealed. */
  readonly child: Id | null;
}

/**
 * Joins by one poster within one hour, unless told. One person a minute and device would be sixty; a queue of five
 * phones is three hundred. More than that at once is a link that got out.
 */
const PUBLIC_PER_HOUR = 300;
const MOST_PER_HOUR = 10_000;
/** A personal link is handed over and used at once, or asked for again. */
const PERSONAL_MS = 86_400_000;

/**
 * Makes an invitation with its entry. A child's name is sealed under the key of the person whom the child will be
 * (`keys` makes it: a crash leaves a key of nothing).
 * Errors: `bad-input` for a date that has passed, a limit that is none, or a child without a name.
 */
export async function createInvitation(
  trx: Trx,
  keys: KeyStore,
  wanted: NewInvitation,
  clock: Clock,
): Promise<MadeInvitation> {
  const now = clock.now();
  if (wanted.expiresAt <= now) {
    throw new AssentError("bad-input", "an invitation must end in the future");
  }
  const limit = wanted.kind === "public" ? (wanted.hourlyLimit ?? PUBLIC_PER_HOUR) : null;
  if (limit !== null && !(Number.isInteger(limit) && limit >= 1 && limit <= MOST_PER_HOUR)) {
    throw new AssentError("bad-input", `the limit of an hour is a number from 1 to ${MOST_PER_HOUR}`);
  }
  const child = wanted.kind === "guardian" ? await childFor(trx, keys, wanted.child) : null;
  const made = await insert(
    trx,
    {
      kind: wanted.kind,
      collection_id: wanted.collection,
      person_id: null,
      guardian_id: null,
      child_id: child?.id ?? null,
      child_sealed: child?.sealed ?? null,
      created_by: wanted.by,
      expires_at: wanted.expiresAt,
      hourly_limit: limit,
    },
    clock,
  );
  return { ...made, child };
}

async function childFor(trx: Trx, keys: KeyStore, child: string | InvitedChild): Promise<InvitedChild> {
  if (typeof child !== "string") return child;
  const id = newId();
  return { id, sealed: await sealName(trx, keys, id, child) };
}

export interface NewPersonalLink {
  readonly person: Id;
  /** The guardian whom it signs in, who acts for the person; null for the person themself. */
  readonly guardian: Id | null;
  readonly by: string;
}

/** A link that signs one new device in, for a day. Earlier ones of the same holder that are still open are revoked. */
export async function createPersonalInvitation(
  trx: Trx,
  wanted: NewPersonalLink,
  clock: Clock,
): Promise<Omit<MadeInvitation, "child"> & { readonly expiresAt: Date }> {
  await revokePersonalLinks(trx, wanted.person, clock);
  const expiresAt = new Date(clock.now().getTime() + PERSONAL_MS);
  const made = await insert(
    trx,
    {
      kind: "personal",
      collection_id: null,
      person_id: wanted.person,
      guardian_id: wanted.guardian,
      child_id: null,
      child_sealed: null,
      created_by: wanted.by,
      expires_at: expiresAt,
      hourly_limit: null,
    },
    clock,
  );
  return { ...made, expiresAt };
}

type Values = Pick<
  InvitationRow,
  | "kind"
  | "collection_id"
  | "person_id"
  | "guardian_id"
  | "child_id"
  | "child_sealed"
  | "created_by"
  | "expires_at"
  | "hourly_limit"
>;

async function insert(trx: Trx, values: Values, clock: Clock): Promise<Omit<MadeInvitation, "child">> {
  const secret = newSecret();
  const id = newId();
  const created = { id, secret_hash: secretHash(secret), created_at: clock.now() };
  const by = values.created_by.trim();
  if (by === "") throw new AssentError("bad-input", "an invitation stands under the name of who made it");
  await trx
    .insertInto("invitation")
    .values({ ...values, ...created, created_by: by, hour: null, used_at: null, revoked_at: null })
    .execute();
  await record(
    trx,
    {
      kind: "invitation-made",
      payload: { invitation: id, kind: values.kind, collection: values.collection_id, by },
      person: values.person_id ?? undefined,
    },
    clock,
  );
  return { id, secret };
}

/** The invitations of a collection, newest first. */
export async function invitationsOf(db: Db, collection: Id, clock: Clock): Promise<readonly Invitation[]> {
  const rows = await db
    .selectFrom("invitation")
    .selectAll()
    .where("collection_id", "=", collection)
    .where("kind", "<>", "personal")
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
  const now = clock.now();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as Invitation["kind"],
    collection,
    state: stateOf(row, now),
    uses: row.uses,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    child: row.child_id,
  }));
}

/** How an invitation stands at a moment. */
export function stateOf(row: InvitationRow, now: Date): InvitationState {
  if (row.revoked_at !== null) return "revoked";
  if (row.used_at !== null) return "used";
  return row.expires_at <= now ? "expired" : "open";
}
