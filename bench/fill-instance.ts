import { createHash, randomBytes } from "node:crypto";
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import type { Instance } from "../src/app/index.ts";
import { commitment, recordLook } from "../src/audit/index.ts";
import { COMPANIONS, recordConsent } from "../src/consent/index.ts";
import { newId, type Id } from "../src/core/index.ts";
import { inTransaction, type Schema, type Trx } from "../src/db/index.ts";
import { sequenceLog } from "../src/flows/index.ts";
import { createPerson, enrol } from "../src/people/index.ts";
import { storeTemplates } from "../src/templates/index.ts";

/** Generated photos a person who is enrolled besides; each photo shows two of them and three strangers. */
const PHOTOS_A_PERSON = 200;
const FACES_A_PHOTO = 5;
/** Every tenth photo was delivered to the first of the two. */
const DELIVERED_EVERY = 10;
/** At first, and at most. */
const PHOTOS_AT_ONCE = [200, 4000] as const;
const PEOPLE_AT_ONCE = 50;
const SIZE = { width: 2048, height: 1365 };
const YEAR_MS = 365 * 86_400_000;
/** Of the templates, which nobody compares with anything. */
const DIMENSION = 192;

export interface Filling {
  readonly collection: Id;
  readonly channel: string;
  readonly photos: number;
}

export interface Filled {
  readonly people: number;
  readonly faces: number;
  readonly matches: number;
  readonly entries: number;
}

interface Other {
  readonly id: Id;
  readonly publish: Id;
}

interface Photo {
  readonly id: Id;
  readonly digest: string;
  readonly faces: readonly Id[];
  readonly shown: readonly [Other, Other];
}

/**
 * Fills a collection, of which something was published for the channel already, with photos that were never taken. The
 * people in them join by the rooms' own functions, with keys, consents and (made up) templates; photos, faces, matches, renditions and entries
 * of the log are written many rows at a time, past no trigger. Originals and renditions are files of a few bytes, so that files
 * and rows agree; the channel's folder gets its renditions too.
 */
export async function fillInstance(instance: Instance, wanted: Filling): Promise<Filled> {
  const { db } = instance;
  const { pack_id: pack } = await db
    .selectFrom("photo")
    .select("pack_id")
    .where("pack_id", "is not", null)
    .limit(1)
    .executeTakeFirstOrThrow();
  const published = await db
    .selectFrom("disclosure")
    .select(["id", "folder"])
    .where("channel", "=", wanted.channel)
    .executeTakeFirstOrThrow();
  const others = await joinOthers(instance, wanted, pack ?? "");
  const [first, most] = PHOTOS_AT_ONCE;
  for (
    let done = 0, next: number = first;
    done < wanted.photos;
    done += next, next = Math.min(most, 2 * next)
  ) {
    const photos = Array.from({ length: Math.min(next, wanted.photos - done) }, (_, i) =>
      makePhoto(done + i, others),
    );
    const renditions = photos.flatMap((photo, i) => renditionsOf(photo, wanted, done + i));
    writeFiles(instance.dataFolder, photos, renditions, published.folder ?? "");
    await inTransaction(db, async (trx) => {
      await writePhotos(trx, instance, photos, wanted.collection, pack ?? "");
      await writeRenditions(trx, renditions, published.id);
    });
    // As the server does by itself within a minute: triggers planned for tables of a few rows would read the grown ones whole.
    if (next < most) await sql`analyze`.execute(db);
  }
  await inTransaction(db, (trx) =>
    writeDisclosed(trx, { collection: wanted.collection, published: published.id, others }),
  );
  await sequenceLog(instance);
  await sql`vacuum analyze`.execute(db);
  const { rows } =
    await sql<Filled>`select (select count(*)::int from person) as people, (select count(*)::int from face) as faces,
    (select count(*)::int from match) as matches, (select count(*)::int from entry) as entries`.execute(db);
  return rows[0] ?? { people: 0, faces: 0, matches: 0, entries: 0 };
}

async function joinOthers(instance: Instance, wanted: Filling, pack: string): Promise<readonly Other[]> {
  const { db, keys, clock } = instance;
  const { collection, channel } = wanted;
  const count = Math.max(2, Math.ceil(wanted.photos / PHOTOS_A_PERSON));
  const validUntil = new Date(clock.now().getTime() + YEAR_MS);
  const joinOne = async (trx: Trx, n: number): Promise<Other> => {
    const row = await createPerson(trx, keys, { language: "en", name: `Generated ${n}` }, clock);
    const person = row.id;
    const scope = { person, collection, event: "given", language: "en", validUntil } as const;
    const own = { givenHow: "own-device", staff: null } as const;
    await recordConsent(trx, { ...scope, ...own, purpose: "find-me", channel: null }, clock);
    await recordConsent(trx, { ...scope, ...own, purpose: "publish", channel: "companions" }, clock);
    const publish = await recordConsent(trx, { ...scope, ...own, purpose: "publish", channel }, clock);
    const enrolled = await enrol(trx, { person, collection, ...own, state: "live" }, clock);
    const stored = { person, enrolment: enrolled.id, packId: pack, embeddings: [madeUpEmbedding()] };
    await storeTemplates(trx, keys, stored, clock);
    return { id: person, publish: publish.id };
  };
  const others: Other[] = [];
  while (others.length < count) {
    await inTransaction(db, async (trx) => {
      const joined: Other[] = [];
      for (let i = others.length; i < Math.min(count, others.length + PEOPLE_AT_ONCE); i++)
        joined.push(await joinOne(trx, i));
      const persons = joined.map(({ id }) => id);
      await recordLook(
        trx,
        { kind: "publish", actor: "bench", reason: "a benchmark", collection, persons },
        clock,
      );
      others.push(...joined);
    });
  }
  return others;
}

function madeUpEmbedding(): Float32Array {
  const numbers = Float32Array.from({ length: DIMENSION }, () => Math.random() - 0.5);
  const length = Math.hypot(...numbers);
  return numbers.map((one) => one / length);
}

function makePhoto(n: number, others: readonly Other[]): Photo {
  const id = newId();
  const first = n % others.length;
  const second = (first + 1 + Math.floor(n / others.length)) % others.length;
  const [a, b] = [others[first], others[second === first ? (first + 1) % others.length : second]];
  if (!a || !b) throw new Error("nobody to be in the photo");
  return {
    id,
    digest: createHash("sha256").update(id).digest("hex"),
    faces: Array.from({ length: FACES_A_PHOTO }, newId),
    shown: [a, b],
  };
}

interface Rendition {
  readonly row: Readonly<Record<string, unknown>> & {
    readonly id: Id;
    readonly name: string;
    readonly blob: string;
  };
  readonly faces: readonly {
    readonly face_id: Id;
    readonly person_id: Id;
    readonly consent_event_id: Id | null;
  }[];
  readonly public: boolean;
}

function renditionsOf(photo: Photo, { collection, channel }: Filling, n: number): readonly Rendition[] {
  const [a, b] = photo.shown;
  const make = (audience: { channel: string | null; reader_id: Id | null }): Rendition => {
    const blob = randomBytes(16).toString("hex");
    return {
      row: {
        id: newId(),
        photo_id: photo.id,
        collection_id: collection,
        ...audience,
        name: randomBytes(16).toString("hex"),
        state: "current",
        reveal: "matched",
        blob: `renditions/${blob.slice(0, 2)}/${blob}`,
        plan_digest: randomBytes(32).toString("hex"),
        rendered_at: new Date(),
      },
      faces: [
        {
          face_id: photo.faces[0] ?? "",
          person_id: a.id,
          consent_event_id: audience.reader_id ? null : a.publish,
        },
        { face_id: photo.faces[1] ?? "", person_id: b.id, consent_event_id: b.publish },
      ],
      public: audience.channel !== null,
    };
  };
  const channels = make({ channel, reader_id: null });
  return n % DELIVERED_EVERY === 0 ? [channels, make({ channel: null, reader_id: a.id })] : [channels];
}

/** No file is synced: nobody minds what a power failure leaves of a benchmark. */
function writeFiles(
  dataFolder: string,
  photos: readonly Photo[],
  renditions: readonly Rendition[],
  published: string,
): void {
  const write = (ref: string, content: string): string => {
    const path = join(dataFolder, "blobs", ref);
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  for (const { id, digest } of photos) write(originalOf(digest), id);
  for (const one of renditions) {
    const path = write(one.row.blob, one.row.id);
    if (one.public) linkSync(path, join(published, "photos", `${one.row.name}.jpg`));
  }
}

const originalOf = (digest: string): string => `originals/${digest.slice(0, 2)}/${digest}`;

async function writePhotos(
  trx: Trx,
  { clock }: Pick<Instance, "clock">,
  photos: readonly Photo[],
  collection: Id,
  pack: string,
): Promise<void> {
  const now = clock.now();
  await insertRows(
    trx,
    "photo",
    photos.map(({ id, digest }) => ({
      id,
      collection_id: collection,
      digest,
      blob: originalOf(digest),
      file_name: `generated-${id}.jpg`,
      media_type: "image/jpeg",
      ...SIZE,
      taken_at: now,
      state: "scanned",
      imported_at: now,
      scanned_at: now,
      pack_id: pack,
    })),
  );
  await insertRows(
    trx,
    "face",
    photos.flatMap(({ id, faces }) =>
      faces.map((face, i) => ({
        id: face,
        photo_id: id,
        x: 100 + 300 * i,
        y: 400,
        w: 80,
        h: 100,
        landmarks: [20, 40, 60, 40, 40, 60, 25, 80, 55, 80].map(
          (at, j) => at + (j % 2 ? 400 : 100 + 300 * i),
        ),
        detection: "certain",
        norm: 10,
        frontality: 1,
        matchable: true,
        do_not_match: false,
        cleared: false,
      })),
    ),
  );
  const source = { packId: pack, policyVersion: "generated" };
  const decided = { decided_at: now, policy_version: null, pack_id: null, decided_by: null };
  await insertRows(
    trx,
    "match",
    photos.flatMap(({ faces: [first, second], shown: [a, b] }) => [
      {
        ...decided,
        face_id: first,
        person_id: a.id,
        origin: "machine",
        state: "matched",
        pack_id: pack,
        policy_version: "generated",
      },
      {
        ...decided,
        face_id: second,
        person_id: b.id,
        origin: "hand",
        state: "confirmed",
        decided_by: "bench",
      },
    ]),
  );
  const faces = FACES_A_PHOTO;
  await writeEntries(
    trx,
    now,
    photos.flatMap(({ id: photo }) => [
      { kind: "photo-added", payload: { photo, collection } },
      { kind: "photo-scanned", payload: { photo, collection, pack, faces, doubtful: 0 } },
      { kind: "matches-decided", payload: { photos: [photo], matched: 1, asked: 0, ...source } },
    ]),
  );
}

async function writeEntries(
  trx: Trx,
  at: Date,
  entries: readonly { readonly kind: string; readonly payload: Readonly<Record<string, unknown>> }[],
): Promise<void> {
  const rows = entries.map(({ kind, payload }) => {
    const salt = randomBytes(16);
    return {
      id: newId(),
      kind,
      payload,
      at,
      salt: bytea(salt),
      leaf: bytea(commitment(salt, kind, at, payload)),
    };
  });
  await insertRows(
    trx,
    "entry",
    rows.map(({ id, leaf }) => ({ id, leaf })),
  );
  await insertRows(
    trx,
    "entry_payload",
    rows.map(({ id, leaf: _, ...row }) => ({ entry_id: id, ...row })),
  );
}

const bytea = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString("hex")}`;

async function writeRenditions(trx: Trx, renditions: readonly Rendition[], disclosure: Id): Promise<void> {
  await insertRows(
    trx,
    "rendition",
    renditions.map(({ row }) => row),
  );
  await insertRows(
    trx,
    "rendition_face",
    renditions.flatMap(({ row, faces }) => faces.map((face) => ({ rendition_id: row.id, ...face }))),
  );
  await insertRows(
    trx,
    "disclosure_rendition",
    renditions.flatMap((one) =>
      one.public ? [{ disclosure_id: disclosure, rendition_id: one.row.id }] : [],
    ),
  );
}

/** Who is in the published folder, and in how many pictures; what each was handed is a disclosure of its own. */
async function writeDisclosed(
  trx: Trx,
  {
    collection,
    published,
    others,
  }: { readonly collection: Id; readonly published: Id; readonly others: readonly Other[] },
): Promise<void> {
  await sql`insert into disclosure_person (disclosure_id, person_id, role, pictures)
    select d.disclosure_id, f.person_id, 'shown', count(*)
    from disclosure_rendition d join rendition_face f on f.rendition_id = d.rendition_id
    where d.disclosure_id = ${published} group by 1, 2
    on conflict (disclosure_id, person_id, role) do update set pictures = excluded.pictures`.execute(trx);
  await sql`update disclosure set pictures = (select count(*) from disclosure_rendition where disclosure_id = ${published})
    where id = ${published}`.execute(trx);
  const handed = others.map((other) => ({ id: newId(), person_id: other.id }));
  await insertRows(
    trx,
    "disclosure",
    handed.map(({ id }) => ({
      id,
      collection_id: collection,
      channel: COMPANIONS,
      recipient: "person",
      reveal: "matched",
      pictures: 1,
      state: "complete",
      at: new Date(),
    })),
  );
  await insertRows(
    trx,
    "disclosure_person",
    handed.map(({ id, person_id }) => ({ disclosure_id: id, person_id, role: "recipient", pictures: 1 })),
  );
}

/** Columns that no row names keep their defaults. */
async function insertRows(
  trx: Trx,
  table: keyof Schema,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = sql.join(Object.keys(first).map((name) => sql.ref(name)));
  await sql`insert into ${sql.table(table)} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::jsonb)`.execute(
    trx,
  );
}
