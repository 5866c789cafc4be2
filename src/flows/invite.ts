import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, type Language, type Trx } from "../db/index.ts";
import {
  addLetter,
  childOf,
  contactKey,
  createCard,
  createInvitation,
  dayCode,
  invitationsOf,
  revokeInvitation as revoke,
  type Invitation,
  type InvitedChild,
} from "../people/index.ts";
import { day, writeLeftovers } from "./collection.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { checkedId, collectionNamed } from "./named.ts";
import { withKeys } from "./with-keys.ts";

export interface InviteOrder {
  /** Name or id. */
  readonly collection: string;
  readonly kind: "public" | "single" | "guardian";
  /** Of a guardian's invitation: the child's name, as the guardian will read it. */
  readonly child?: string | undefined;
  /** How many single ones; 1 unless given. */
  readonly count?: number | undefined;
  /** Last day, YYYY-MM-DD; while people can join unless given. */
  readonly until?: string | undefined;
  /** Of a public one: joins within one hour. */
  readonly hourlyLimit?: number | undefined;
  /** For whom it is: it waits in the outbox until it is sent or handed over. Not of a public one. */
  readonly addressee?:
    | {
        readonly email: string;
        readonly language: Language;
        /** How often it is sent again to whoever has not answered. */
        readonly reminders?: number | undefined;
      }
    | undefined;
  /**
   * Each is half of a card, whose other half is held up before the camera. Minutes for which the photos after it are asked
   * about; 0: none. Not of a public one.
   */
  readonly cardSeries?: number | undefined;
  readonly actor: string;
  /** Written in the transaction that makes them: both are there, or neither. */
  readonly along?: ((trx: Trx, invited: Invited) => Promise<void>) | undefined;
}

export interface Invited {
  readonly collection: { readonly id: Id; readonly name: string };
  readonly expiresAt: Date;
  /** The secrets are shown here once: only their hashes are kept. */
  readonly invitations: readonly {
    readonly id: Id;
    readonly secret: string;
    /** In the outbox, where it is for somebody. */
    readonly letter: Id | null;
    /** The other half, where it is of a card; its code is not secret. */
    readonly card: { readonly id: Id; readonly code: string } | null;
  }[];
}

/** A stack of cards for the largest event that one printer gets through. */
const MOST_AT_ONCE = 2000;

/**
 * Makes invitations to a collection, in one transaction. A crash leaves at most the key of a child's name that no row has,
 * which the next start that follows a crash and is alone removes.
 * Errors: `bad-input` naming what is wrong; `refused` where joining has closed.
 */
export async function invite(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: InviteOrder,
): Promise<Invited> {
  const collection = await collectionNamed(parts.db, order.collection);
  const now = parts.clock.now();
  if (collection.joining_closed_at !== null || collection.join_until <= now) {
    throw new AssentError("refused", "joining this collection has closed");
  }
  const count = order.count ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > MOST_AT_ONCE) {
    throw new AssentError("bad-input", `invitations are made 1 to ${MOST_AT_ONCE} at a time`);
  }
  if (count > 1 && order.kind !== "single") {
    throw new AssentError("bad-input", "several at once are single invitations", {
      remedy: "A public one serves everybody; a guardian's is made for one child.",
    });
  }
  if ((order.kind === "guardian") !== (order.child !== undefined)) {
    throw new AssentError("bad-input", "a guardian's invitation names its child, and no other does", {
      remedy: "Give both --kind guardian and --child NAME.",
    });
  }
  const { addressee, cardSeries } = order;
  if (cardSeries !== undefined && order.kind === "public") {
    throw new AssentError("bad-input", "a card is one person's, and a public invitation is everybody's", {
      remedy: "Make single invitations, or a guardian's for each child.",
    });
  }
  if (addressee !== undefined && (count > 1 || order.kind === "public")) {
    throw new AssentError("bad-input", "an invitation that is for somebody is a single or a guardian's one", {
      remedy: "Invite each person by an invitation of their own.",
    });
  }
  if (addressee !== undefined && order.kind === "guardian" && collection.guardians > 1) {
    throw new AssentError("bad-input", "two guardians are two letters", {
      remedy: "Make the invitations without an address, and hand one to each.",
    });
  }
  if (cardSeries !== undefined && order.kind === "guardian" && collection.guardians > 1) {
    throw new AssentError("bad-input", "a child has one card, and two guardians two invitations", {
      remedy: "Make the invitations without a card; the child's photos can be tagged by hand.",
    });
  }
  const expiresAt = order.until === undefined ? collection.join_until : day(order.until, "--until");
  if (expiresAt <= now || expiresAt > collection.join_until) {
    throw new AssentError("bad-input", "an invitation ends after today and while people can join", {
      remedy: "Leave --until out to invite for as long as people can join.",
    });
  }
  const common = { collection: collection.id, by: order.actor, expiresAt };
  const { kind, child } = order;
  return withKeys(parts, (keys) =>
    inTransaction(parts.db, async (trx) => {
      const made: Invited["invitations"][number][] = [];
      // One for each guardian whose yes the collection asks for, to the same child.
      const times = kind === "guardian" ? collection.guardians : count;
      let invited: InvitedChild | undefined;
      for (let i = 0; i < times; i++) {
        const invitation = await createInvitation(
          trx,
          keys,
          kind === "public"
            ? { ...common, kind, hourlyLimit: order.hourlyLimit }
            : kind === "guardian"
              ? { ...common, kind, child: invited ?? child ?? "" }
              : { ...common, kind },
          parts.clock,
        );
        invited = invitation.child ?? undefined;
        const wanted = addressee && { ...addressee, invitation, by: order.actor };
        const letter = wanted ? await addLetter(trx, keys, wanted, parts.clock) : null;
        const half = { collection: collection.id, invitation: invitation.id, seriesMinutes: cardSeries ?? 0 };
        const card = cardSeries === undefined ? null : await createCard(trx, half, parts.clock);
        made.push({ id: invitation.id, secret: invitation.secret, letter, card });
      }
      const named = { id: collection.id, name: collection.name };
      const done = { collection: named, expiresAt, invitations: made };
      await order.along?.(trx, done);
      return done;
    }),
  );
}

/** As staff see it; `childName` while a guardian's invitation is open. */
export interface ListedInvitation extends Omit<Invitation, "child"> {
  readonly childName: string | null;
}

/** Invitations of a collection, newest first; personal links are not among them. */
export async function listInvitations(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly collection: string },
): Promise<readonly ListedInvitation[]> {
  const collection = await collectionNamed(parts.db, order.collection);
  const rows = await parts.db
    .selectFrom("invitation")
    .select(["id", "child_id", "child_sealed"])
    .where("collection_id", "=", collection.id)
    .where("child_id", "is not", null)
    .execute();
  const names = new Map<Id, string>();
  for (const row of rows) names.set(row.id, (await childOf(parts.keys, row))?.name ?? "");
  const all = await invitationsOf(parts.db, collection.id, parts.clock);
  return all.map(({ child: _, ...one }) => ({ ...one, childName: names.get(one.id) ?? null }));
}

/** Ends an invitation that nobody has used; the name of its child and its letter go with their keys. Errors: `not-found`, `refused`. */
export async function revokeInvitation(
  parts: Parts,
  order: { readonly invitation: Id; readonly actor: string },
): Promise<void> {
  const id = checkedId(order.invitation, "invitation", "It was printed when the invitation was made.");
  await inTransaction(parts.db, async (trx) => {
    const { child, letter } = await revoke(trx, id, order.actor, parts.clock);
    const held = [child, letter].filter((one) => one !== null);
    await writeLeftovers(parts, trx, { blobs: [], keys: held.map(contactKey) });
    await parts.journal.append([{ event: "revoked", subject: id }], parts.clock.now());
  });
  await workOff(parts, null, "destroy-key");
}

/** The code that a public invitation needs today, or on the day given. */
export async function dayCodeOf(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly collection: string; readonly at?: Date | undefined },
): Promise<{ readonly collection: Id; readonly day: string; readonly code: string }> {
  const collection = await collectionNamed(parts.db, order.collection);
  const at = order.at ?? parts.clock.now();
  return {
    collection: collection.id,
    day: at.toISOString().slice(0, 10),
    code: await dayCode(parts.keys, collection.id, at),
  };
}
