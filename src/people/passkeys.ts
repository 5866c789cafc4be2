import { record } from "../audit/index.ts";
import { AssentError, newId, type Clock, type Id } from "../core/index.ts";
import { isUniqueViolation, type Db, type Trx } from "../db/index.ts";
import type { Holder } from "./devices.ts";
import { noSuch } from "./secrets.ts";

/** A passkey of a person's device; the ceremony is the server's, here is what it keeps. */
export interface Passkey extends Holder {
  readonly id: Id;
  /** base64url, as WebAuthn gives it. */
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly since: Date;
  readonly lastUsed: Date | null;
}

export interface NewPasskey extends Holder {
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
}

/** More devices than one person carries; what is beyond is a mistake or worse. */
const MOST_PASSKEYS = 10;

/** Errors: `exists` where the credential is known already, `refused` beyond ten of one person. */
export async function registerPasskey(trx: Trx, wanted: NewPasskey, clock: Clock): Promise<Id> {
  if ((await passkeysOf(trx, wanted.person)).length >= MOST_PASSKEYS) {
    throw new AssentError("refused", `a person has at most ${MOST_PASSKEYS} passkeys`, {
      remedy: "Remove one first.",
    });
  }
  const id = newId();
  try {
    await trx
      .insertInto("passkey")
      .values({
        id,
        person_id: wanted.person,
        guardian_id: wanted.guardian,
        credential_id: wanted.credentialId,
        public_key: Buffer.from(wanted.publicKey),
        counter: wanted.counter,
        transports: wanted.transports.join(","),
        created_at: clock.now(),
        last_used_at: null,
      })
      .execute();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AssentError("exists", "this passkey is there already");
  }
  await record(trx, { kind: "passkey-added", payload: { passkey: id }, person: wanted.person }, clock);
  return id;
}

/** Undefined where the credential is not known. */
export async function passkeyByCredential(db: Db, credentialId: string): Promise<Passkey | undefined> {
  const row = await db
    .selectFrom("passkey")
    .selectAll()
    .where("credential_id", "=", credentialId)
    .executeTakeFirst();
  return row && toPasskey(row);
}

/** A person's passkeys and their guardians', oldest first. */
export async function passkeysOf(db: Db, person: Id): Promise<readonly Passkey[]> {
  const rows = await db
    .selectFrom("passkey")
    .selectAll()
    .where("person_id", "=", person)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(toPasskey);
}

/**
 * Notes that a passkey was used, after the server has checked the signature.
 * Errors: `not-found`; `refused` where the counter has not risen: a copy of the passkey is in use. Authenticators that do
 * not count always say 0 (WebAuthn, section 6.1.1).
 */
export async function usePasskey(
  trx: Trx,
  credentialId: string,
  counter: number,
  clock: Clock,
): Promise<Passkey> {
  const row = await trx
    .selectFrom("passkey")
    .selectAll()
    .where("credential_id", "=", credentialId)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", "there is no such passkey");
  if ((row.counter > 0 || counter > 0) && counter <= row.counter) {
    throw new AssentError("refused", "this passkey may have been copied", {
      remedy: "Use your recovery code, and remove the passkey.",
    });
  }
  const used = { counter, last_used_at: clock.now() };
  await trx.updateTable("passkey").set(used).where("id", "=", row.id).execute();
  return toPasskey({ ...row, ...used });
}

/** Errors: `not-found`, also for somebody else's. */
export async function removePasskey(trx: Trx, person: Id, passkey: Id, clock: Clock): Promise<void> {
  const done = await trx
    .deleteFrom("passkey")
    .where("id", "=", passkey)
    .where("person_id", "=", person)
    .executeTakeFirst();
  if (done.numDeletedRows === 0n) throw noSuch("passkey", passkey);
  await record(trx, { kind: "passkey-removed", payload: { passkey }, person }, clock);
}

function toPasskey(row: {
  id: string;
  person_id: string;
  guardian_id: string | null;
  credential_id: string;
  public_key: Buffer;
  counter: number;
  transports: string;
  created_at: Date;
  last_used_at: Date | null;
}): Passkey {
  return {
    id: row.id,
    person: row.person_id,
    guardian: row.guardian_id,
    credentialId: row.credential_id,
    publicKey: new Uint8Array(row.public_key),
    counter: row.counter,
    transports: row.transports === "" ? [] : row.transports.split(","),
    since: row.created_at,
    lastUsed: row.last_used_at,
  };
}
