import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * What people ask for after joining, or without ever having joined: "this is me" without face recognition, "hide me",
 * their receipt once more; and the count of automatic matches that turned out wrong.
 */
export const requests: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
    await sql.raw(GUARDS).execute(db);
  },
};

const TABLES = `
create table claim (
  id uuid primary key,
  face_id uuid not null references face on delete cascade,
  person_id uuid not null references person on delete cascade,
  state text not null check (state in ('open', 'accepted', 'refused')),
  at timestamptz not null,
  settled_at timestamptz,
  -- null where another confirmation of the face settled it.
  staff text,
  unique (face_id, person_id),
  check ((state = 'open') = (settled_at is null)),
  check (state <> 'open' or staff is null)
);
create index claim_person on claim (person_id);
create index claim_open on claim (at) where state = 'open';

create table request (
  id uuid primary key,
  kind text not null check (kind in ('hide-me', 'report')),
  -- null: gone with its collection since.
  photo_id uuid references photo on delete set null,
  -- null: no face was found at the place.
  face_id uuid references face on delete set null,
  -- In shares of the picture's width and height.
  place_x double precision check (place_x between 0 and 1),
  place_y double precision check (place_y between 0 and 1),
  language text not null check (language in ('fr', 'en')),
  -- Under the contact key of the request's own id; both go when it is closed.
  contact_sealed bytea,
  note_sealed bytea,
  state text not null check (state in ('open', 'closed')),
  outcome text check (outcome in ('hidden', 'withheld', 'no-change')),
  staff text,
  opened_at timestamptz not null,
  due_at timestamptz not null,
  closed_at timestamptz,
  check ((place_x is null) = (place_y is null)),
  check ((state = 'closed') = (outcome is not null)),
  check ((state = 'closed') = (closed_at is not null)),
  check ((state = 'closed') = (staff is not null)),
  check (state = 'open' or (contact_sealed is null and note_sealed is null))
);
create index request_photo on request (photo_id);
create index request_face on request (face_id);

create table receipt_claim (
  code_hash bytea primary key check (octet_length(code_hash) = 32),
  receipt_id uuid not null references receipt on delete cascade,
  expires_at timestamptz not null
);
create index receipt_claim_receipt on receipt_claim (receipt_id);

create table incident (
  day text not null check (day ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
  collection_id uuid not null references collection on delete cascade,
  pack_id text not null,
  policy_version text not null,
  faces integer not null check (faces > 0),
  primary key (day, collection_id, pack_id, policy_version)
);
`;

const GUARDS = `
-- Whether somebody has asked that a photo be taken off public channels, and nobody has let it back.
create function photo_held(asked uuid) returns boolean language sql stable as $$
  select exists (select 1 from request q where q.photo_id = asked and (q.state = 'open' or q.outcome = 'withheld'))
$$;

create function rendition_public(made uuid) returns boolean language sql stable as $$
  select exists (select 1 from rendition r join channel c on c.collection_id = r.collection_id and c.name = r.channel
    where r.id = made and c.public)
$$;

create function refuse_showing_held_photo() returns trigger language plpgsql as $$
begin
  if exists (select 1 from rendition r where r.id = new.id and r.state = 'current')
     and photo_held(new.photo_id) and rendition_public(new.id) then
    raise exception 'the photo is off public channels until a request about it is settled' using errcode = 'AS004';
  end if;
  return null;
end $$;
create constraint trigger held_photo_stays_off after insert or update on rendition
  deferrable initially deferred for each row when (new.state = 'current' and new.channel is not null)
  execute function refuse_showing_held_photo();
`;
