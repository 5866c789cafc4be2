import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * The spine: collections, photos, faces, people, consents, templates, matches, renditions, looks, entries, erasures.
 * Ids are random UUIDs made by the program. Times are UTC. What the promises demand of the data is refused here as
 * well as in the code: deferred constraint triggers call `consent_live()`, the same function that the gate calls.
 */
export const spine: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
    await sql.raw(GUARDS).execute(db);
  },
};

const TABLES = `
create table instance (
  single boolean primary key default true check (single),
  id uuid not null,
  created_at timestamptz not null
);

create table collection (
  id uuid primary key,
  name text not null check (name <> ''),
  purpose text not null check (purpose <> ''),
  matching text not null check (matching in ('off', 'enrolled')),
  match_only text check (match_only = 'all-cleared'),
  retain_until timestamptz not null,
  join_until timestamptz not null,
  joining_closed_at timestamptz,
  attestation text not null check (attestation <> ''),
  attested_by text not null,
  created_at timestamptz not null
);
create unique index collection_name on collection (lower(name));

create table channel (
  collection_id uuid not null references collection on delete cascade,
  name text not null check (name <> '' and name <> 'companions'),
  public boolean not null,
  primary key (collection_id, name)
);

create table photo (
  id uuid primary key,
  collection_id uuid not null references collection on delete cascade,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  blob text not null,
  file_name text not null,
  media_type text not null,
  width integer,
  height integer,
  taken_at timestamptz,
  state text not null check (state in ('pending', 'scanned')),
  imported_at timestamptz not null,
  scanned_at timestamptz,
  pack_id text,
  chips text,
  unique (collection_id, digest),
  check (state <> 'scanned' or (width > 0 and height > 0 and scanned_at is not null and pack_id is not null))
);
create index photo_pending on photo (collection_id) where state = 'pending';

create table face (
  id uuid primary key,
  photo_id uuid not null references photo on delete cascade,
  x double precision not null,
  y double precision not null,
  w double precision not null check (w > 0),
  h double precision not null check (h > 0),
  landmarks double precision[] check (cardinality(landmarks) = 10),
  detection text not null check (detection in ('certain', 'doubtful', 'hand')),
  norm real,
  frontality real,
  matchable boolean not null,
  chip integer,
  do_not_match boolean not null default false,
  cleared boolean not null default false
);
create index face_photo on face (photo_id);

create table person (
  id uuid primary key,
  created_at timestamptz not null,
  language text not null check (language in ('fr', 'en')),
  epoch bigint not null default 0,
  name_sealed bytea,
  email_sealed bytea
);

create table consent_event (
  id uuid primary key,
  sequence bigint generated always as identity unique,
  person_id uuid not null references person on delete cascade,
  purpose text not null check (purpose in ('find-me', 'keep-template', 'show-name', 'staff-lookup', 'publish', 'contact')),
  channel text check ((channel is not null) = (purpose = 'publish')),
  collection_id uuid references collection on delete cascade,
  event text not null check (event in ('given', 'refused', 'withdrawn', 'expired')),
  text_version text not null,
  text_language text not null check (text_language in ('fr', 'en')),
  text_digest text not null,
  given_how text not null check (given_how in ('own-device', 'desk', 'paper')),
  staff text,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  epoch bigint not null,
  at timestamptz not null,
  check (valid_until >= valid_from),
  check (given_how = 'own-device' or staff is not null),
  check (purpose <> 'staff-lookup' or event <> 'given' or given_how = 'own-device')
);
create index consent_event_person on consent_event (person_id, purpose, sequence desc);

create table enrolment (
  id uuid primary key,
  person_id uuid not null references person on delete cascade,
  -- null: the collection is gone, and keep-template keeps what was enrolled there.
  collection_id uuid references collection on delete cascade,
  state text not null check (state in ('provisional', 'live', 'vouched', 'frozen')),
  given_how text not null check (given_how in ('own-device', 'desk', 'paper')),
  staff text,
  created_at timestamptz not null,
  check (state <> 'vouched' or staff is not null)
);
create index enrolment_person on enrolment (person_id);

create table conflict (
  id uuid primary key,
  enrolment_id uuid not null references enrolment on delete cascade,
  earlier_person_id uuid not null references person on delete cascade,
  state text not null check (state in ('open', 'both-real')),
  at timestamptz not null,
  unique (enrolment_id, earlier_person_id)
);

create table template (
  id uuid primary key,
  person_id uuid not null references person on delete cascade,
  enrolment_id uuid not null references enrolment on delete cascade,
  pack_id text not null,
  sealed bytea not null,
  created_at timestamptz not null
);
create index template_person on template (person_id);

create table match (
  face_id uuid not null references face on delete cascade,
  person_id uuid not null references person on delete cascade,
  origin text not null check (origin in ('machine', 'hand', 'card')),
  state text not null check (state in ('matched', 'asked', 'confirmed', 'rejected')),
  pack_id text check ((pack_id is not null) = (origin = 'machine')),
  policy_version text check ((policy_version is not null) = (origin = 'machine')),
  decided_by text,
  decided_at timestamptz not null,
  primary key (face_id, person_id),
  check (origin = 'machine' or state in ('confirmed', 'rejected')),
  check (state in ('matched', 'asked') or decided_by is not null)
);
create unique index match_one_person_per_face on match (face_id) where state in ('matched', 'confirmed');
create index match_person on match (person_id);

create table rendition (
  id uuid primary key,
  photo_id uuid not null references photo on delete cascade,
  collection_id uuid not null references collection on delete cascade,
  channel text,
  reader_id uuid references person on delete cascade,
  name text not null unique,
  state text not null check (state in ('current', 'suspended')),
  reveal text not null check (reveal in ('confirmed', 'matched')),
  blob text,
  plan_digest text not null,
  rendered_at timestamptz not null,
  check ((channel is null) <> (reader_id is null))
);
create unique index rendition_channel on rendition (photo_id, channel) where channel is not null;
create unique index rendition_reader on rendition (photo_id, reader_id) where reader_id is not null;
create index rendition_of_reader on rendition (reader_id);

create table rendition_face (
  rendition_id uuid not null references rendition on delete cascade,
  face_id uuid not null references face on delete cascade,
  person_id uuid not null references person on delete cascade,
  consent_event_id uuid references consent_event on delete cascade,
  primary key (rendition_id, face_id)
);
create index rendition_face_person on rendition_face (person_id);

create table disclosure (
  id uuid primary key,
  collection_id uuid references collection on delete set null,
  channel text not null,
  recipient text not null check (recipient in ('channel', 'person')),
  folder text,
  reviewed_by text,
  reveal text not null check (reveal in ('confirmed', 'matched')),
  pictures integer not null,
  state text not null check (state in ('writing', 'complete')),
  at timestamptz not null
);
create table disclosure_rendition (
  disclosure_id uuid not null references disclosure on delete cascade,
  rendition_id uuid not null references rendition on delete cascade,
  primary key (disclosure_id, rendition_id)
);
create index disclosure_rendition_rendition on disclosure_rendition (rendition_id);
create table disclosure_person (
  disclosure_id uuid not null references disclosure on delete cascade,
  person_id uuid not null references person on delete cascade,
  role text not null check (role in ('shown', 'recipient')),
  pictures integer not null,
  primary key (disclosure_id, person_id, role)
);

create table entry (
  id uuid primary key,
  sequence bigint generated always as identity unique,
  leaf bytea not null check (octet_length(leaf) = 32)
);
create table entry_payload (
  entry_id uuid primary key references entry,
  salt bytea not null check (octet_length(salt) = 16),
  kind text not null,
  payload jsonb not null,
  person_id uuid,
  at timestamptz not null
);
create index entry_payload_person on entry_payload (person_id);

create table look (
  id uuid primary key,
  kind text not null check (kind in ('find', 'lookup', 'deliver', 'publish', 'tag')),
  actor text not null check (actor <> ''),
  reason text not null check (reason <> ''),
  collection_id uuid references collection on delete set null,
  at timestamptz not null
);
create table look_person (
  look_id uuid not null references look on delete cascade,
  person_id uuid not null references person on delete cascade,
  primary key (look_id, person_id)
);
create index look_person_person on look_person (person_id);

create table erasure (
  id uuid primary key,
  person_id uuid,
  kind text not null check (kind in ('withdraw', 'erase', 'expire')),
  events jsonb not null,
  counts jsonb not null,
  index_version bigint not null,
  stopped_at timestamptz not null,
  erased_at timestamptz
);

create table pending (
  id uuid primary key,
  erasure_id uuid references erasure on delete cascade,
  kind text not null check (kind in ('destroy-key', 'remove-blob', 'remove-file', 'render', 'refresh-folder', 'rescan')),
  subject text not null,
  deadline timestamptz not null,
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null
);
create index pending_erasure on pending (erasure_id);

create table doomed_key (
  kind text not null check (kind in ('person', 'chips')),
  subject_id uuid not null,
  key_group text not null check (key_group in ('face', 'contact', 'chips')),
  doomed_at timestamptz not null,
  primary key (kind, subject_id, key_group)
);

create table receipt (
  id uuid primary key,
  kind text not null check (kind in ('consent', 'erasure')),
  person_id uuid references person on delete cascade,
  erasure_id uuid references erasure on delete cascade,
  file text not null,
  at timestamptz not null
);

create table index_version (
  single boolean primary key default true check (single),
  version bigint not null
);
insert into index_version values (true, 0);

create table index_holder (
  id uuid primary key,
  process text not null,
  version bigint not null,
  lease_until timestamptz not null
);
`;

const GUARDS = `
create function consent_live(who uuid, what text, collection uuid, chan text, moment timestamptz)
returns boolean language sql stable as $$
  select coalesce((
    select e.event = 'given' and e.valid_from <= moment and moment < e.valid_until
    from consent_event e
    where e.person_id = who and e.purpose = what
      and (e.collection_id = collection or e.collection_id is null)
      and e.channel is not distinct from chan
    order by e.sequence desc limit 1), false)
$$;

create function template_permitted(who uuid, enrolled uuid) returns boolean language sql stable as $$
  select consent_live(who, 'keep-template', e.collection_id, null, clock_timestamp())
      or consent_live(who, 'find-me', e.collection_id, null, clock_timestamp())
  from enrolment e where e.id = enrolled and e.person_id = who
$$;

create function refuse_template_without_consent() returns trigger language plpgsql as $$
begin
  if exists (select 1 from template t where t.id = new.id)
     and not coalesce(template_permitted(new.person_id, new.enrolment_id), false) then
    raise exception 'a template needs a live consent of its person' using errcode = 'AS001';
  end if;
  return null;
end $$;
create constraint trigger template_needs_consent after insert or update on template
  deferrable initially deferred for each row execute function refuse_template_without_consent();

create function refuse_machine_match_without_consent() returns trigger language plpgsql as $$
begin
  if new.origin = 'machine' and new.state in ('matched', 'asked')
     and exists (select 1 from match m where m.face_id = new.face_id and m.person_id = new.person_id
                 and m.origin = 'machine' and m.state in ('matched', 'asked'))
     and not consent_live(new.person_id, 'find-me',
       (select p.collection_id from face f join photo p on p.id = f.photo_id where f.id = new.face_id),
       null, clock_timestamp()) then
    raise exception 'a machine match needs a live consent of its person' using errcode = 'AS001';
  end if;
  return null;
end $$;
create constraint trigger machine_match_needs_consent after insert or update on match
  deferrable initially deferred for each row execute function refuse_machine_match_without_consent();

-- Their own face is a reader's to see; everybody else's needs a consent for just that audience.
create function showing_permitted(made uuid, who uuid) returns boolean language sql stable as $$
  select who is not distinct from r.reader_id
      or consent_live(who, 'publish', r.collection_id, coalesce(r.channel, 'companions'), clock_timestamp())
  from rendition r where r.id = made
$$;

-- A consent that ends must take with it, in the same transaction, what only it allowed.
create function refuse_leftovers_of_consent() returns trigger language plpgsql as $$
begin
  if new.event <> 'given' then
    if exists (select 1 from template t where t.person_id = new.person_id
               and not coalesce(template_permitted(t.person_id, t.enrolment_id), false)) then
      raise exception 'a template would outlive its consent' using errcode = 'AS001';
    end if;
    if exists (select 1 from match m join face f on f.id = m.face_id join photo p on p.id = f.photo_id
               where m.person_id = new.person_id and m.origin = 'machine' and m.state in ('matched', 'asked')
               and not consent_live(m.person_id, 'find-me', p.collection_id, null, clock_timestamp())) then
      raise exception 'a machine match would outlive its consent' using errcode = 'AS001';
    end if;
    if exists (select 1 from rendition_face rf join rendition r on r.id = rf.rendition_id
               where rf.person_id = new.person_id and r.state = 'current'
               and not showing_permitted(r.id, rf.person_id)) then
      raise exception 'a rendition would show a face without consent' using errcode = 'AS001';
    end if;
  end if;
  return null;
end $$;
create constraint trigger consent_takes_its_dependents after insert on consent_event
  deferrable initially deferred for each row execute function refuse_leftovers_of_consent();

create function refuse_showing_without_consent() returns trigger language plpgsql as $$
begin
  if exists (select 1 from rendition_face rf join rendition r on r.id = rf.rendition_id
             where rf.rendition_id = new.rendition_id and rf.face_id = new.face_id and r.state = 'current'
             and not showing_permitted(r.id, rf.person_id)) then
    raise exception 'a rendition may show a face only with a live consent' using errcode = 'AS001';
  end if;
  return null;
end $$;
create constraint trigger showing_needs_consent after insert or update on rendition_face
  deferrable initially deferred for each row execute function refuse_showing_without_consent();

-- A suspended rendition comes back only where all that it shows is permitted, and never for another audience.
create function refuse_resuming_without_consent() returns trigger language plpgsql as $$
begin
  if exists (select 1 from rendition_face rf join rendition r on r.id = rf.rendition_id
             where r.id = new.id and r.state = 'current' and not showing_permitted(r.id, rf.person_id)) then
    raise exception 'a rendition may show a face only with a live consent' using errcode = 'AS001';
  end if;
  return null;
end $$;
create constraint trigger resuming_needs_consent after update on rendition
  deferrable initially deferred for each row when (new.state = 'current')
  execute function refuse_resuming_without_consent();

-- The consent record is append-only; a person's whole record goes with the person, and only so.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('assent.erasing', true) = 'yes' then return old; end if;
  raise exception '% is append-only', tg_table_name using errcode = 'AS002';
end $$;
create trigger consent_event_append_only before update or delete on consent_event
  for each row execute function refuse_rewriting();

create function refuse_any_rewriting() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'AS002';
end $$;
create trigger consent_event_never_emptied before truncate on consent_event
  for each statement execute function refuse_any_rewriting();
create trigger entry_append_only before update or delete or truncate on entry
  for each statement execute function refuse_any_rewriting();

-- "Not this person" is for ever: a rejection is never turned back into a suggestion by a machine.
create function refuse_forgetting_rejection() returns trigger language plpgsql as $$
begin
  if old.state = 'rejected' and new.state in ('matched', 'asked') then
    raise exception 'a rejected match is never suggested again' using errcode = 'AS003';
  end if;
  if old.state in ('confirmed', 'rejected') and new.decided_by is null then
    raise exception 'a human decision is not undone by a machine' using errcode = 'AS003';
  end if;
  return new;
end $$;
create trigger match_keeps_human_decisions before update on match
  for each row execute function refuse_forgetting_rejection();
`;
