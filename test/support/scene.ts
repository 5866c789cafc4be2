import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordConsent } from "../../src/consent/index.ts";
import { newId, type Box, type Clock, type Id } from "../../src/core/index.ts";
import { openKeyStore, type KeyStore } from "../../src/crypto/index.ts";
import { inTransaction, type ConsentEventKind, type Db, type Purpose } from "../../src/db/index.ts";
import { createPerson, enrol } from "../../src/people/index.ts";
import { addPhoto, createCollection, recordScan, type Collection } from "../../src/photos/index.ts";

/** A clock that a test moves by hand, starting now: the database's triggers go by the real time. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    advance: (ms) => (ahead += ms),
  };
}

/** A key store in a temporary folder. */
export async function testKeys(): Promise<{ keys: KeyStore; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "assent-keys-"));
  const kek = { kind: "environment", value: randomBytes(32).toString("base64") } as const;
  return {
    keys: await openKeyStore({ folder: join(folder, "keys"), kek }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export const DAY_MS = 86_400_000;

/** What tests need to be somewhere: collections, photos, faces and people, made by the rooms' own functions. */
export interface Scene {
  collection(options?: Partial<Parameters<typeof createCollection>[2]>): Promise<Collection>;
  /** A scanned photo with a face for each box. */
  photo(
    collection: Id,
    boxes: readonly Box[],
    options?: { takenAt?: Date; chips?: string },
  ): Promise<{ id: Id; faces: readonly Id[] }>;
  person(options?: { name?: string; email?: string }): Promise<Id>;
  consent(
    person: Id,
    purpose: Purpose,
    collection: Id | null,
    options?: { event?: ConsentEventKind; validUntil?: Date; channel?: string },
  ): Promise<void>;
  /** A person enrolled with `find-me`, without a template. */
  enrolled(collection: Id): Promise<{ person: Id; enrolment: Id }>;
}

export function scene(db: Db, keys: KeyStore, clock: Clock): Scene {
  const self: Scene = {
    collection: (options = {}) =>
      inTransaction(db, (trx) =>
        createCollection(
          trx,
          keys,
          {
            name: `Collection ${newId()}`,
            purpose: "pictures of the day for those who were there",
            matching: "enrolled",
            channels: [{ name: "website" }],
            retainUntil: new Date(clock.now().getTime() + 365 * DAY_MS),
            attestation: "taken by us",
            attestedBy: "tester",
            ...options,
          },
          clock,
        ),
      ),
    async photo(collection, boxes, options = {}) {
      const added = await inTransaction(db, (trx) =>
        addPhoto(
          trx,
          {
            collection,
            digest: randomBytes(32).toString("hex"),
            blob: `originals/aa/${newId()}`,
            fileName: "a.jpg",
            mediaType: "image/jpeg",
          },
          clock,
        ),
      );
      const faces = boxes.map((box, i) => ({
        id: newId(),
        box,
        landmarks: null,
        detection: "certain" as const,
        norm: 10,
        frontality: 1,
        matchable: true,
        chip: options.chips === undefined ? null : i,
      }));
      const scan = {
        photo: added.id,
        packId: "pack",
        size: { width: 2000, height: 1000 },
        takenAt: options.takenAt ?? null,
        faces,
        chips: options.chips ?? null,
      };
      await inTransaction(db, (trx) => recordScan(trx, scan, clock));
      return { id: added.id, faces: faces.map((face) => face.id) };
    },
    person: (options = {}) =>
      inTransaction(db, (trx) => createPerson(trx, keys, { language: "en", ...options }, clock)).then(
        (row) => row.id,
      ),
    async consent(person, purpose, collection, options = {}) {
      await inTransaction(db, (trx) =>
        recordConsent(
          trx,
          {
            person,
            purpose,
            collection,
            channel: options.channel ?? null,
            event: options.event ?? "given",
            language: "en",
            givenHow: "own-device",
            staff: null,
            validUntil: options.validUntil ?? new Date(clock.now().getTime() + 30 * DAY_MS),
          },
          clock,
        ),
      );
    },
    async enrolled(collection) {
      const person = await self.person();
      await self.consent(person, "find-me", collection);
      const enrolment = await inTransaction(db, (trx) =>
        enrol(trx, { person, collection, givenHow: "own-device", staff: null, state: "live" }, clock),
      );
      return { person, enrolment: enrolment.id };
    },
  };
  return self;
}

/** A box of a face `h` pixels high. */
export function boxAt(x: number, h = 100): Box {
  return { x, y: 100, w: h * 0.8, h };
}
