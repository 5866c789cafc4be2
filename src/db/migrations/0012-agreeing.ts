import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * Who agrees, and to which words: guardians speak for a child, each with a word of their own, and two may be required; the
 * texts that were signed are kept; a consent may be renewed, or give way to a new text; a paper's scan is known by its hash.
 */
export const agreeing: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(TABLES).execute(db);
    await sql.raw(GUARDS).execute(db);
  },
};

const TABLES = `
alter table collection
  add column guardians integer not null default 1 check (guardians in (1, 2)),
  add column preset text not null default 'event'
    check (preset in ('event', 'club', 'archive', 'press', 'school', 'employer')),
  add column justification text check (justification <> ''),
  add constraint collection_justified
    check (preset not in ('school', 'employer') or matching = 'off' or justification is not null);

-- Of a child: from that moment on guardians speak for them no more.
alter table person add column majority_at timestamptz;

-- Of the guardian who spoke; null: the person, or staff who wrote down their word. Kept after the guardian is gone.
alter table consent_event add column guardian_id uuid;
alter table consent_event add column paper_digest text check (paper_digest ~ '^[0-9a-f]{64}$');
alter table consent_event drop constraint consent_event_event_check;
alter table consent_event add constraint consent_event_event_check
  check (event in ('given', 'renewed', 'refused', 'withdrawn', 'expired', 'superseded'));
alter table consent_event add constraint consent_event_lookup_on_own_device
  check (purpose <> 'staff-lookup' or event not in ('given', 'renewed') or given_how = 'own-device');
-- Rows of before had none.
alter table consent_event add constraint consent_event_paper_is_kept
  check (given_how <> 'paper' or event not in ('given', 'renewed') or paper_digest is not null) not valid;

create table consent_text (
  digest text primary key check (digest ~ '^[0-9a-f]{64}$'),
  purpose text not null check (purpose in ('find-me', 'keep-template', 'show-name', 'staff-lookup', 'publish', 'contact')),
  channel text check ((channel is not null) = (purpose = 'publish')),
  language text not null check (language in ('fr', 'en')),
  version text not null,
  text text not null check (text <> ''),
  since timestamptz not null
);
create trigger consent_text_append_only before update or delete on consent_text
  for each row execute function refuse_any_rewriting();
`;

const GUARDS = `
-- For a person without guardians the last word counts, theirs or what staff wrote down for them.
-- For a child: a word of nobody's (the child's own no, or a paper that staff took in) ends what was said before it; after it
-- each guardian has a last word; one that is no yes, or has run out, is enough for no, and as many as the collection
-- demands must say yes, unless the paper does. Being written to is about one guardian's own address: one yes is enough, and no other's no matters.
create function consent_of_child(who uuid, what text, collection uuid, chan text, moment timestamptz)
returns boolean language sql stable as $$
  with said as (
    select e.guardian_id, e.sequence,
      e.event in ('given', 'renewed') and e.valid_from <= moment and moment < e.valid_until as yes
    from consent_event e
    where e.person_id = who and e.purpose = what
      and (e.collection_id = collection or e.collection_id is null)
      and e.channel is not distinct from chan
      and (e.guardian_id is null or exists (select 1 from guardian g where g.id = e.guardian_id and g.person_id = who))
  ), general as (
    select yes, sequence from said where guardian_id is null order by sequence desc limit 1
  ), words as (
    select distinct on (guardian_id) yes from said
    where guardian_id is not null and sequence > coalesce((select sequence from general), 0)
    order by guardian_id, sequence desc
  )
  select case when what = 'contact' then
      coalesce((select bool_or(yes) from words), (select yes from general), false)
    else coalesce((select bool_and(yes) from words), true)
      and (coalesce((select yes from general), false)
        or (select count(*) from words where yes)
          >= coalesce((select c.guardians from collection c where c.id = collection), 1)) end
$$;

-- Some guardian has said yes, and none no; not as many have as are needed.
create function consent_waits(who uuid, what text, collection uuid, chan text, moment timestamptz)
returns boolean language sql stable as $$
  with said as (
    select e.guardian_id, e.sequence,
      e.event in ('given', 'renewed') and e.valid_from <= moment and moment < e.valid_until as yes
    from consent_event e
    where e.person_id = who and e.purpose = what
      and (e.collection_id = collection or e.collection_id is null)
      and e.channel is not distinct from chan
      and (e.guardian_id is null or exists (select 1 from guardian g where g.id = e.guardian_id and g.person_id = who))
  ), words as (
    select distinct on (guardian_id) yes from said
    where guardian_id is not null
      and sequence > coalesce((select max(sequence) from said where guardian_id is null), 0)
    order by guardian_id, sequence desc
  )
  select coalesce((select bool_and(yes) from words), false)
    and not consent_live(who, what, collection, chan, moment)
$$;

create or replace function consent_live(who uuid, what text, collection uuid, chan text, moment timestamptz)
returns boolean language sql stable as $$
  select case when exists (select 1 from guardian g where g.person_id = who)
    then consent_of_child(who, what, collection, chan, moment)
    else coalesce((
      select e.event in ('given', 'renewed') and e.valid_from <= moment and moment < e.valid_until
      from consent_event e
      where e.person_id = who and e.purpose = what and e.guardian_id is null
        and (e.collection_id = collection or e.collection_id is null)
        and e.channel is not distinct from chan
      order by e.sequence desc limit 1), false) end
$$;

-- As in 0001, with the further words that are no yes.
create or replace function refuse_leftovers_of_consent() returns trigger language plpgsql as $$
begin
  if new.event not in ('given', 'renewed') then
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

-- The first guardian of somebody who agreed alone, and the last one's going, change what the record says of the person:
-- neither may leave behind what it no longer allows.
create function refuse_leftovers_of_guardians() returns trigger language plpgsql as $$
declare child uuid := coalesce(new.person_id, old.person_id);
begin
  if exists (select 1 from template t where t.person_id = child
             and not coalesce(template_permitted(t.person_id, t.enrolment_id), false))
     or exists (select 1 from match m join face f on f.id = m.face_id join photo p on p.id = f.photo_id
                where m.person_id = child and m.origin = 'machine' and m.state in ('matched', 'asked')
                and not consent_live(m.person_id, 'find-me', p.collection_id, null, clock_timestamp()))
     or exists (select 1 from rendition_face rf join rendition r on r.id = rf.rendition_id
                where rf.person_id = child and r.state = 'current' and not showing_permitted(r.id, rf.person_id)) then
    raise exception 'what a guardian agreed to would outlive them' using errcode = 'AS001';
  end if;
  return null;
end $$;
create constraint trigger guardian_takes_its_dependents after insert or delete on guardian
  deferrable initially deferred for each row execute function refuse_leftovers_of_guardians();
`;
