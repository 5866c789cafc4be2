import { sql } from "kysely";
import { record } from "../audit/index.ts";
import { AssentError, newId, type Box, type Clock, type Id } from "../core/index.ts";
import type { Db, Trx } from "../db/index.ts";
import { follows, type After } from "./photos-of.ts";
import { wantsHidden } from "./wants-hidden.ts";

/** More open claims than this are somebody trying faces out; staff settle some first, then there is room again. */
export const OPEN_CLAIMS = 50;

/** A photo to be looked through without face recognition, with the faces in it that may be claimed. */
export interface BrowsablePhoto {
  readonly photo: Id;
  readonly width: number;
  readonly height: number;
  readonly takenAt: Date | null;
  readonly faces: readonly { readonly face: Id; readonly box: Box; readonly claimed: boolean }[];
}

/**
 * Whether a person may claim a face. Not one that somebody confirmed, that this person said or staff told them is not
 * theirs, that may be seen by nobody (`doubtful`), or whose owner asked to be hidden.
 */
const claimable = (person: Id) => sql<boolean>`f.detection <> 'doubtful'
  and not exists (select 1 from match m where m.face_id = f.id
    and (m.state = 'confirmed' or (m.person_id = ${person} and m.state in ('matched', 'rejected'))))
  and not exists (select 1 from claim c where c.face_id = f.id and c.person_id = ${person}
    and c.state = 'refused' and c.staff is not null)
  and not ${wantsHidden}`;

/** The photos of a collection that were looked through, a page of them, in the order of `photosOf`. */
export async function browsable(
  db: Db,
  person: Id,
  page: { readonly collection: Id; readonly after?: After | undefined; readonly limit: number },
): Promise<readonly BrowsablePhoto[]> {
  const { rows } = await sql<
    Omit<BrowsablePhoto, "faces"> & { faces: (Box & { face: Id; claimed: boolean })[] }
  >`select p.id as photo, p.width, p.height, p.taken_at as "takenAt",
      coalesce((select json_agg(json_build_object('face', f.id, 'x', f.x, 'y', f.y, 'w', f.w, 'h', f.h,
          'claimed', exists (select 1 from claim c where c.face_id = f.id and c.person_id = ${person} and c.state = 'open'))
          order by f.x, f.id)
        from face f where f.photo_id = p.id and ${claimable(person)}), '[]') as faces
    from photo p
    where p.collection_id = ${page.collection} and p.state = 'scanned'
      and ${follows(sql`p.taken_at`, sql`p.id`, page.after)}
    order by coalesce(p.taken_at, 'infinity'), p.id
    limit ${page.limit}`.execute(db);
  return rows.map(({ faces, ...photo }) => ({
    ...photo,
    faces: faces.map(({ face, claimed, ...box }) => ({ face, claimed, box })),
  }));
}

/** Whether the person may claim the face, in a transaction that holds it. */
export async function isClaimable(db: Db, person: Id, face: Id): Promise<boolean> {
  const { rows } = await sql`select 1 from face f where f.id = ${face} and ${claimable(person)}`.execute(db);
  return rows.length > 0;
}

/**
 * Writes down that a person says a face is theirs; said again, it stays as it is. It shows them nothing.
 * Errors: `refused` with OPEN_CLAIMS open ones.
 */
export async function openClaim(
  trx: Trx,
  claim: { readonly person: Id; readonly face: Id },
  clock: Clock,
): Promise<void> {
  const open = await trx
    .selectFrom("claim")
    .select("face_id")
    .where("person_id", "=", claim.person)
    .where("state", "=", "open")
    .execute();
  if (open.some((row) => row.face_id === claim.face)) return;
  if (open.length >= OPEN_CLAIMS) {
    throw new AssentError("refused", `${OPEN_CLAIMS} faces are waiting to be confirmed already`, {
      remedy: "Show yourself to the organisers: they confirm those first.",
    });
  }
  await trx
    .insertInto("claim")
    .values({
      id: newId(),
      face_id: claim.face,
      person_id: claim.person,
      state: "open",
      at: clock.now(),
      settled_at: null,
      staff: null,
    })
    // One that another confirmation had settled, which was taken back since.
    .onConflict((on) =>
      on
        .columns(["face_id", "person_id"])
        .doUpdateSet({ state: "open", at: clock.now(), settled_at: null, staff: null }),
    )
    .execute();
  await record(
    trx,
    { kind: "face-claimed", payload: { face: claim.face, person: claim.person }, person: claim.person },
    clock,
  );
}

/** A claim that waits for a card or a member of staff. `fileName` is for staff only. */
export interface WaitingClaim {
  readonly claim: Id;
  readonly person: Id;
  readonly face: Id;
  readonly photo: Id;
  readonly collection: Id;
  readonly collectionName: string;
  readonly fileName: string;
  readonly box: Box;
  readonly at: Date;
}

/** Open claims, oldest first. */
export async function waitingClaims(db: Db): Promise<readonly WaitingClaim[]> {
  const rows = await db
    .selectFrom("claim")
    .innerJoin("face", "face.id", "claim.face_id")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .innerJoin("collection", "collection.id", "photo.collection_id")
    .select([
      "claim.id as claim",
      "claim.person_id as person",
      "face.id as face",
      "photo.id as photo",
      "collection.id as collection",
      "collection.name as collectionName",
      "photo.file_name as fileName",
      "face.x",
      "face.y",
      "face.w",
      "face.h",
      "claim.at",
    ])
    .where("claim.state", "=", "open")
    .orderBy("claim.at")
    .orderBy("claim.id")
    .execute();
  return rows.map(({ x, y, w, h, ...row }) => ({ ...row, box: { x, y, w, h } }));
}

/** Holds an open claim until the transaction ends. Errors: `not-found`. */
export async function holdClaim(trx: Trx, claim: Id): Promise<{ readonly person: Id; readonly face: Id }> {
  const row = await trx
    .selectFrom("claim")
    .select(["person_id", "face_id"])
    .where("id", "=", claim)
    .where("state", "=", "open")
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", `there is no open claim ${claim}`);
  return { person: row.person_id, face: row.face_id };
}

/** Ends an open claim by the word of staff, with its entry. */
export async function endClaim(
  trx: Trx,
  claim: { readonly id: Id; readonly person: Id; readonly face: Id },
  state: "accepted" | "refused",
  staff: string,
  clock: Clock,
): Promise<void> {
  await trx
    .updateTable("claim")
    .set({ state, settled_at: clock.now(), staff })
    .where("id", "=", claim.id)
    .execute();
  const payload = { claim: claim.id, face: claim.face, person: claim.person, staff };
  await record(trx, { kind: `claim-${state}`, payload, person: claim.person }, clock);
}

/** After a face is confirmed as one person's: every open claim to it is settled by that. */
export async function settleByConfirmation(
  trx: Trx,
  confirmed: { readonly face: Id; readonly person: Id },
  clock: Clock,
): Promise<void> {
  const { rows } = await sql<{ claim: Id; person: Id; state: "accepted" | "refused" }>`
    update claim set state = case when person_id = ${confirmed.person} then 'accepted' else 'refused' end,
      settled_at = ${clock.now()}
    where face_id = ${confirmed.face} and state = 'open'
    returning id as claim, person_id as person, state`.execute(trx);
  for (const { claim, person, state } of rows) {
    const payload = { claim, face: confirmed.face, person };
    await record(trx, { kind: `claim-${state}`, payload, person }, clock);
  }
}
