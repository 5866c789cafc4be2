import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Cards held up before the camera: the card, the places in photos where a code was seen, and by which camera a photo was
 * taken. A match by a card may now be undecided, as a machine's may; one by hand never is.
 */
export const cards: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(CARDS).execute(db);
  },
};

const CARDS = `
create table card (
  id uuid primary key,
  collection_id uuid not null references collection on delete cascade,
  -- What a photo shows. It is no secret, and joins nothing.
  code text not null unique check (code ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
  -- Of the other half, until somebody joins by it; then whose the card is. Never both.
  invitation_id uuid unique references invitation on delete set null,
  person_id uuid references person on delete cascade,
  -- For so long after the card the photos of the same camera are asked about; 0: none.
  series_minutes integer not null check (series_minutes between 0 and 60),
  created_at timestamptz not null,
  ended_at timestamptz,
  check (person_id is null or invitation_id is null)
);
create index card_collection on card (collection_id);
create index card_person on card (person_id);

create table card_sighting (
  id uuid primary key,
  photo_id uuid not null references photo on delete cascade,
  -- null: the secret half, or a code that is no card of this collection (any more). Its place is hidden all the same.
  card_id uuid references card on delete set null,
  x double precision not null,
  y double precision not null,
  w double precision not null check (w > 0),
  h double precision not null check (h > 0),
  standing text not null check (standing in ('clear', 'no-face', 'several-faces', 'several-cards', 'out-of-scale', 'no-card', 'secret')),
  face_id uuid references face on delete set null,
  check (face_id is null or standing = 'clear')
);
create index card_sighting_photo on card_sighting (photo_id);
create index card_sighting_card on card_sighting (card_id);

alter table photo add column camera text check (camera ~ '^[0-9a-f]{16}$');

do $$
declare found text;
begin
  select conname into strict found from pg_constraint
    where conrelid = 'match'::regclass and contype = 'c'
      and pg_get_constraintdef(oid) like '%machine%' and pg_get_constraintdef(oid) like '%confirmed%';
  execute format('alter table match drop constraint %I', found);
end $$;
alter table match add constraint match_hand_is_decided check (origin <> 'hand' or state in ('confirmed', 'rejected'));
`;
