import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/**
 * No copies of sealed values in the planner's statistics, where they would outlive their row until the next analysis; and
 * an index for each reference, for each column by which a person's rows are found, and for the names of files, so that
 * neither leaving nor removing one picture reads whole tables (bench/results/withdraw-*.md; test in ../schema.test.ts).
 */
export const followed: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(INDEXES).execute(db);
    await sql.raw(STATISTICS).execute(db);
  },
};

const INDEXES = `
create index disclosure_person_person on disclosure_person (person_id);
create index rendition_face_face on rendition_face (face_id);
create index rendition_face_consent on rendition_face (consent_event_id) where consent_event_id is not null;
create index receipt_person on receipt (person_id) where person_id is not null;
create index receipt_erasure on receipt (erasure_id) where erasure_id is not null;
create index erasure_person on erasure (person_id) where person_id is not null;
create index conflict_earlier_person on conflict (earlier_person_id);
create index template_enrolment on template (enrolment_id);
create index invitation_child on invitation (child_id) where child_id is not null;
create index card_sighting_face on card_sighting (face_id) where face_id is not null;
create index notice_device on notice (device_id) where device_id is not null;

create index address_guardian on address (guardian_id) where guardian_id is not null;
create index device_guardian on device (guardian_id) where guardian_id is not null;
create index invitation_guardian on invitation (guardian_id) where guardian_id is not null;
create index passkey_guardian on passkey (guardian_id) where guardian_id is not null;
create index recovery_code_guardian on recovery_code (guardian_id) where guardian_id is not null;

-- The two unique ones of each photo leave rows out, so that a photo's renditions were found by neither.
create index rendition_photo on rendition (photo_id);
create index rendition_collection on rendition (collection_id);
create index enrolment_collection on enrolment (collection_id) where collection_id is not null;
create index consent_event_collection on consent_event (collection_id) where collection_id is not null;
create index look_collection on look (collection_id) where collection_id is not null;
create index disclosure_collection on disclosure (collection_id) where collection_id is not null;
create index incident_collection on incident (collection_id);
create index liveness_attempt_collection on liveness_attempt (collection_id);

-- Whether some row still refers to a file is asked for each picture that goes; and which export was the last into a folder.
create index photo_blob on photo (blob);
create index photo_chips on photo (chips) where chips is not null;
create index rendition_blob on rendition (blob) where blob is not null;
create index disclosure_folder on disclosure (folder) where folder is not null;
`;

const STATISTICS = `
alter table template alter column sealed set statistics 0;
alter table person alter column name_sealed set statistics 0, alter column email_sealed set statistics 0;
alter table request alter column contact_sealed set statistics 0, alter column note_sealed set statistics 0;
alter table letter alter column address_sealed set statistics 0, alter column secret_sealed set statistics 0;
alter table invitation alter column child_sealed set statistics 0;
`;
