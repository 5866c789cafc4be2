import { record } from "../audit/index.ts";
import { AssentError, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { Db, InvitationRow, Trx } from "../db/index.ts";
import { stateOf } from "./invitations.ts";
import { closeLetter } from "./letters.ts";
import { openContact } from "./people.ts";
import { isHashOf, secretHash } from "./secrets.ts";

const HOUR_MS = 3_600_000;

/**
 * The invitation of a secret, good at this moment.
 * Errors: `not-found` where there is none; `refused` where it was used, revoked or has run out.
 */
export async function openInvitation(db: Db, secret: string, clock: Clock): Promise<InvitationRow> {
  const row = await db
    .selectFrom("invitation")
    .selectAll()
    .where("secret_hash", "=", secretHash(secret))
    .executeTakeFirst();
  return usable(row, secret, clock);
}

/** The same, and held until the transaction ends, so that of two who use it at once the second finds it used. */
export async function lockInvitation(trx: Trx, secret: string, clock: Clock): Promise<InvitationRow> {
  const row = await trx
    .selectFrom("invitation")
    .selectAll()
    .where("secret_hash", "=", secretHash(secret))
    .forUpdate()
    .executeTakeFirst();
  return usable(row, secret, clock);
}

function usable(row: InvitationRow | undefined, secret: string, clock: Clock): InvitationRow {
  if (!row || !isHashOf(row.secret_hash, secret)) {
    throw new AssentError("not-found", "there is no such invitation", {
      remedy: "Scan the code again, or ask whoever gave you the link for a new one.",
    });
  }
  const state = stateOf(row, clock.now());
  switch (state) {
    case "open":
      return row;
    case "used":
      throw new AssentError("refused", "this invitation was used already", {
        remedy: "Open your pages on the device that you joined with, or use your recovery code.",
      });
    case "expired":
    case "revoked":
      throw new AssentError("refused", "this invitation has ended", { remedy: "Ask for a new one." });
  }
}

/**
 * Uses a locked invitation up, in the transaction that makes the person or the device; a public one is counted instead.
 * The entry does not say who joined by it, and nor does the row. Returns the letter that it waited in, if any: the caller
 * destroys that id's contact key.
 * Errors: `too-often` where a public one has been used as often as its hour allows.
 */
export async function takeInvitation(
  trx: Trx,
  row: InvitationRow,
  clock: Clock,
): Promise<{ readonly letter: Id | null }> {
  const now = clock.now();
  if (row.kind === "public") {
    const fresh = row.hour === null || now.getTime() - row.hour.getTime() >= HOUR_MS;
    const used = fresh ? 0 : row.hour_uses;
    if (used >= (row.hourly_limit ?? 0)) {
      throw new AssentError("too-often", "too many people have joined by this code within an hour", {
        remedy: "Try again later, or ask at the desk for an invitation of your own.",
      });
    }
    await trx
      .updateTable("invitation")
      .set((eb) => ({ hour: fresh ? now : row.hour, hour_uses: used + 1, uses: eb("uses", "+", 1) }))
      .where("id", "=", row.id)
      .execute();
  } else {
    await trx
      .updateTable("invitation")
      .set({ used_at: now, uses: 1, child_id: null, child_sealed: null })
      .where("id", "=", row.id)
      .execute();
  }
  await record(
    trx,
    {
      kind: "invitation-used",
      payload: { invitation: row.id, kind: row.kind },
      person: row.person_id ?? undefined,
    },
    clock,
  );
  return { letter: await closeLetter(trx, { invitation: row.id }, "used", null, clock) };
}

/** The name of the child that a guardian's open invitation is for; null for any other. Errors: `key-gone`. */
export async function childOf(
  keys: KeyStore,
  row: Pick<InvitationRow, "child_id" | "child_sealed">,
): Promise<{ readonly id: Id; readonly name: string } | null> {
  if (row.child_id === null) return null;
  const sealed = { id: row.child_id, name_sealed: row.child_sealed, email_sealed: null };
  const { name } = await openContact(keys, sealed);
  return { id: row.child_id, name: name ?? "" };
}
