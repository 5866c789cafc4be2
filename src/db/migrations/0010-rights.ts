import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * What people may demand by law, with its clock: access, correction, objection, erasure; photos that somebody objected to;
 * and which originals must not come back by the next import.
 */
export const rights: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
    await sql.raw(GUARDS).execute(db);
  },
};

const TABLES = `
alter table request
  add column person_id uuid references person on delete set null,
  add column extended_at timestamptz,
  add column extension text check (extension <> ''),
  add check ((extended_at is null) = (extension is null)),
  drop constraint request_kind_check,
  add constraint request_kind_check
    check (kind in ('hide-me', 'report', 'access', 'correct', 'object', 'erase')),
  drop constraint request_outcome_check,
  add constraint request_outcome_check
    check (outcome in ('hidden', 'withheld', 'no-change', 'done', 'refused'));
create index request_person on request (person_id);

-- Photos that are not published, not even with the face hidden: all of a person's, the one with a face, or one.
create table objection (
  id uuid primary key,
  person_id uuid unique references person on delete cascade,
  face_id uuid unique references face on delete cascade,
  photo_id uuid unique references photo on delete cascade,
  at timestamptz not null,
  check (num_nonnulls(person_id, face_id, photo_id) = 1)
);

-- An original that somebody's erasure took out; a hash of its hash, so that the same file is not taken in again.
create table removed_original (
  mark bytea primary key check (octet_length(mark) = 32),
  at timestamptz not null
);

alter table notice drop constraint notice_kind_check;
alter table notice add constraint notice_kind_check check (kind in ('face-claimed', 'device-added', 'recovered',
  'recovered-by-mail', 'link-made', 'retake-refused', 'corrected'));

-- When somebody was written to because nothing was heard of them for long, and what is kept about them is about to end.
create table idle_warning (
  person_id uuid primary key references person on delete cascade,
  at timestamptz not null
);
`;

const GUARDS = `
-- Whether somebody has asked that a photo be taken off public channels, and nobody has let it back.
create or replace function photo_held(asked uuid) returns boolean language sql stable as $$
  select exists (select 1 from request q where q.photo_id = asked and (q.state = 'open' or q.outcome = 'withheld'))
    or exists (select 1 from objection o where o.photo_id = asked)
    or exists (select 1 from face f join objection o on o.face_id = f.id where f.photo_id = asked)
    -- "offset 0" keeps the few faces of the photo first: from the objection's side it would go through all photos of a person.
    or exists (select 1 from (
        select m.person_id from face f join match m on m.face_id = f.id and m.state in ('matched', 'confirmed')
        where f.photo_id = asked offset 0
      ) found join objection o on o.person_id = found.person_id)
$$;

create function public_while_held(asked uuid) returns boolean language sql stable as $$
  select photo_held(asked) and exists (select 1 from rendition r
    where r.photo_id = asked and r.state = 'current' and rendition_public(r.id))
$$;

-- Somebody who objected is found in one more photo: what was published of it is stopped in the same transaction.
create function refuse_finding_in_shown_photo() returns trigger language plpgsql as $$
begin
  if exists (select 1 from objection o where o.person_id = new.person_id)
     and exists (select 1 from face f where f.id = new.face_id and public_while_held(f.photo_id)) then
    raise exception 'the photo is off public channels: somebody in it objected' using errcode = 'AS004';
  end if;
  return null;
end $$;
create constraint trigger objection_reaches_later_matches after insert or update on match
  deferrable initially deferred for each row when (new.state in ('matched', 'confirmed'))
  execute function refuse_finding_in_shown_photo();

create function refuse_objection_without_effect() returns trigger language plpgsql as $$
begin
  if exists (select 1 from (
      select new.photo_id as photo where new.photo_id is not null
      union select f.photo_id from face f where f.id = new.face_id
      union select f.photo_id from match m join face f on f.id = m.face_id
        where m.person_id = new.person_id and m.state in ('matched', 'confirmed')
    ) held where public_while_held(held.photo)) then
    raise exception 'the photo is off public channels: somebody in it objected' using errcode = 'AS004';
  end if;
  return null;
end $$;
create constraint trigger objection_stops_publication after insert on objection
  deferrable initially deferred for each row execute function refuse_objection_without_effect();
`;
