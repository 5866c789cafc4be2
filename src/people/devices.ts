import { record } from "../audit/index.ts";
import { newId, type Clock, type Id } from "../core/index.ts";
import type { Db, DeviceHow, Trx } from "../db/index.ts";
import { notify } from "./notices.ts";
import { isHashOf, newSecret, noSuch, secretHash } from "./secrets.ts";

/** A device that acts as a person, or as the guardian who acts for them. */
export interface Device {
  readonly id: Id;
  readonly person: Id;
  readonly guardian: Id | null;
  readonly acting: "person" | "guardian";
  readonly how: DeviceHow;
  readonly since: Date;
  readonly lastSeen: Date;
}

/** Whoever holds a device, a passkey or a recovery code: the person, or a guardian for them. */
export interface Holder {
  readonly person: Id;
  readonly guardian: Id | null;
}

/** A device that nobody has used for a year is signed out: longer than most collections are kept. */
const DEVICE_IDLE_MS = 365 * 86_400_000;
/** When somebody was last there is kept no finer than this, and not written at every request. */
const SEEN_STEP_MS = 10 * 60_000;

/**
 * Signs a new device in: its secret is returned once, its hash kept. Where the person has other devices, they are told on
 * their page. Writes the entry.
 */
export async function startDevice(
  trx: Trx,
  wanted: Holder & { readonly how: DeviceHow },
  clock: Clock,
): Promise<{ readonly id: Id; readonly secret: string }> {
  const { person, guardian, how } = wanted;
  const now = clock.now();
  const others = await trx
    .selectFrom("device")
    .select("id")
    .where("person_id", "=", person)
    .limit(1)
    .executeTakeFirst();
  const id = newId();
  const secret = newSecret();
  await trx
    .insertInto("device")
    .values({
      id,
      person_id: person,
      guardian_id: guardian,
      secret_hash: secretHash(secret),
      how,
      created_at: now,
      last_seen_at: now,
    })
    .execute();
  await record(trx, { kind: "device-added", payload: { device: id, how }, person }, clock);
  if (others) await notify(trx, person, { kind: "device-added", device: id }, clock);
  return { id, secret };
}

/** Who asks, by the secret of their device; undefined for one that never was, was ended, or was unused for a year. */
export async function personByDevice(db: Db, secret: string, clock: Clock): Promise<Device | undefined> {
  const row = await db
    .selectFrom("device")
    .selectAll()
    .where("secret_hash", "=", secretHash(secret))
    .executeTakeFirst();
  if (!row || !isHashOf(row.secret_hash, secret)) return undefined;
  if (row.last_seen_at.getTime() + DEVICE_IDLE_MS <= clock.now().getTime()) return undefined;
  return toDevice(row);
}

/** Notes that a device is in use. */
export async function touchDevice(db: Db, device: Id, clock: Clock): Promise<void> {
  const now = clock.now();
  await db
    .updateTable("device")
    .set({ last_seen_at: now })
    .where("id", "=", device)
    .where("last_seen_at", "<", new Date(now.getTime() - SEEN_STEP_MS))
    .execute();
}

/** A person's devices and their guardians', oldest first. */
export async function devicesOf(db: Db, person: Id): Promise<readonly Device[]> {
  const rows = await db
    .selectFrom("device")
    .selectAll()
    .where("person_id", "=", person)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(toDevice);
}

/** Signs a device of the person out: nothing of it is kept but the entry. Errors: `not-found`, also for somebody else's. */
export async function endDevice(trx: Trx, person: Id, device: Id, clock: Clock): Promise<void> {
  const done = await trx
    .deleteFrom("device")
    .where("id", "=", device)
    .where("person_id", "=", person)
    .executeTakeFirst();
  if (done.numDeletedRows === 0n) throw noSuch("device", device);
  await record(trx, { kind: "device-ended", payload: { device }, person }, clock);
}

/** Signs out what nobody has used for a year. Returns how many. */
export async function endIdleDevices(trx: Trx, clock: Clock): Promise<number> {
  const limit = new Date(clock.now().getTime() - DEVICE_IDLE_MS);
  const rows = await trx
    .deleteFrom("device")
    .where("last_seen_at", "<=", limit)
    .returning(["id", "person_id"])
    .execute();
  for (const row of rows) {
    await record(trx, { kind: "device-ended", payload: { device: row.id }, person: row.person_id }, clock);
  }
  return rows.length;
}

function toDevice(row: {
  id: string;
  person_id: string;
  guardian_id: string | null;
  how: DeviceHow;
  created_at: Date;
  last_seen_at: Date;
}): Device {
  return {
    id: row.id,
    person: row.person_id,
    guardian: row.guardian_id,
    acting: row.guardian_id === null ? "person" : "guardian",
    how: row.how,
    since: row.created_at,
    lastSeen: row.last_seen_at,
  };
}
