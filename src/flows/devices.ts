import { AssentError, type Id } from "../core/index.ts";
import { inTransaction, type DeviceHow, type Trx } from "../db/index.ts";
import {
  createPersonalInvitation,
  endDevice,
  guardiansOf,
  lockInvitation,
  markNoticesSeen,
  notify,
  registerPasskey,
  removePasskey as remove,
  renewRecoveryCode,
  revokePersonalLinks,
  startDevice,
  takeInvitation,
  takeRecoveryCode,
  usePasskey,
  type Holder,
  type NewPasskey,
} from "../people/index.ts";
import type { Parts } from "./instance.ts";
import { personNamed } from "./named.ts";

type DeviceParts = Pick<Parts, "db" | "clock">;
type RevokingParts = Pick<Parts, "db" | "journal" | "clock">;

/** In the transaction, so that a crash leaves a restriction too many for a restore, never one too few. */
function remember({ journal, clock }: RevokingParts, subject: Id): Promise<void> {
  return journal.append([{ event: "revoked", subject }], clock.now());
}

/** A device that was signed in. Its secret is returned once, for the cookie. */
export interface SignedIn extends Holder {
  readonly device: { readonly id: Id; readonly secret: string };
}

async function signIn(parts: DeviceParts, trx: Trx, holder: Holder, how: DeviceHow): Promise<SignedIn> {
  return { ...holder, device: await startDevice(trx, { ...holder, how }, parts.clock) };
}

/**
 * Signs a device in by a personal link, which is used up: of two at once, one wins. To be called on a tap (POST) only.
 * Errors: `not-found`, `refused` where it was used, revoked or has run out.
 */
export async function signInByLink(
  parts: DeviceParts,
  order: { readonly secret: string },
): Promise<SignedIn> {
  return inTransaction(parts.db, async (trx) => {
    const row = await lockInvitation(trx, order.secret, parts.clock);
    if (row.kind !== "personal" || row.person_id === null) {
      throw new AssentError("refused", "this invitation is for joining; it signs nobody in");
    }
    await takeInvitation(trx, row, parts.clock);
    return signIn(parts, trx, { person: row.person_id, guardian: row.guardian_id }, "link");
  });
}

/**
 * Signs a device in by a recovery code, which is used up; the new one is returned, to be shown once. Personal links that
 * are still open are revoked, and the person reads on their page that they were recovered. The caller limits how often
 * somebody may try. Errors: `not-found`.
 */
export async function recover(
  parts: RevokingParts,
  order: { readonly code: string },
): Promise<SignedIn & { readonly recoveryCode: string }> {
  return inTransaction(parts.db, async (trx) => {
    const holder = await takeRecoveryCode(trx, order.code, parts.clock);
    await revokePersonalLinks(trx, holder.person, parts.clock);
    await remember(parts, holder.person);
    const signedIn = await signIn(parts, trx, holder, "recovery");
    await notify(trx, holder.person, { kind: "recovered", device: signedIn.device.id }, parts.clock);
    return { ...signedIn, recoveryCode: await renewRecoveryCode(trx, holder, parts.clock) };
  });
}

/**
 * Signs a device in by a passkey whose signature the caller has verified; `counter` is the authenticator's.
 * Errors: `not-found`; `refused` where the counter shows a copy.
 */
export async function signInByPasskey(
  parts: DeviceParts,
  order: { readonly credentialId: string; readonly counter: number },
): Promise<SignedIn> {
  return inTransaction(parts.db, async (trx) => {
    const { person, guardian } = await usePasskey(trx, order.credentialId, order.counter, parts.clock);
    return signIn(parts, trx, { person, guardian }, "passkey");
  });
}

/**
 * At the desk, for somebody who has lost every other way in: a link that signs one device in, for a day. Earlier personal
 * links are revoked; the person reads on their page who made it. For a child, `acting: "guardian"` makes it for the one who
 * acts for them; otherwise it is the child's own, who can say no and leave, and agree to nothing.
 * Errors: `not-found`, `refused` where nobody acts for the person.
 */
export async function createPersonalLink(
  parts: DeviceParts,
  order: { readonly person: Id; readonly actor: string; readonly acting?: "person" | "guardian" | undefined },
): Promise<{ readonly secret: string; readonly expiresAt: Date }> {
  const person = await personNamed(parts.db, order.person);
  return inTransaction(parts.db, async (trx) => {
    const [guardian] = order.acting === "guardian" ? await guardiansOf(trx, person.id) : [null];
    if (guardian === undefined) throw new AssentError("refused", "nobody acts for this person");
    const { secret, expiresAt } = await createPersonalInvitation(
      trx,
      { person: person.id, guardian, by: order.actor },
      parts.clock,
    );
    await notify(trx, person.id, { kind: "link-made" }, parts.clock);
    return { secret, expiresAt };
  });
}

/** A new recovery code in place of the one before, for somebody signed in; shown once. */
export async function newRecoveryCodeFor(parts: RevokingParts, holder: Holder): Promise<string> {
  return inTransaction(parts.db, async (trx) => {
    await remember(parts, holder.person);
    return renewRecoveryCode(trx, holder, parts.clock);
  });
}

/** Signs one of the person's devices out, this one or another. Errors: `not-found`, also for somebody else's. */
export async function signOutDevice(
  parts: RevokingParts,
  order: { readonly person: Id; readonly device: Id },
): Promise<void> {
  await inTransaction(parts.db, async (trx) => {
    await endDevice(trx, order.person, order.device, parts.clock);
    await remember(parts, order.device);
  });
}

/** Keeps a passkey whose ceremony the caller has verified. Errors: `exists`, `refused` beyond ten. */
export async function addPasskey(parts: DeviceParts, order: NewPasskey): Promise<{ readonly id: Id }> {
  return inTransaction(parts.db, async (trx) => ({ id: await registerPasskey(trx, order, parts.clock) }));
}

/** Errors: `not-found`, also for somebody else's. */
export async function removePasskey(
  parts: RevokingParts,
  order: { readonly person: Id; readonly passkey: Id },
): Promise<void> {
  await inTransaction(parts.db, async (trx) => {
    await remove(trx, order.person, order.passkey, parts.clock);
    await remember(parts, order.passkey);
  });
}

/** The person has seen their notices. */
export async function seeNotices(parts: DeviceParts, order: { readonly person: Id }): Promise<void> {
  await inTransaction(parts.db, (trx) => markNoticesSeen(trx, order.person, parts.clock));
}
