import { sql } from "kysely";
import type { Id } from "../core/index.ts";
import type { Schema } from "../db/index.ts";
import { natures, type ColumnNature } from "./column-nature.ts";

/** Where data about people lives, why, for how long, how to find one person's, how to forget it. */
export interface TableHolding {
  readonly table: keyof Schema;
  readonly purpose: string;
  readonly retention: string;
  readonly columns: Readonly<Record<string, ColumnNature>>;
  /** SQL condition that selects the rows about the person given as $person; null where no row is about one person. */
  readonly about: ((person: Id) => ReturnType<typeof sql<boolean>>) | null;
  /** What an erasure of the person does with those rows; `cascade` goes with another table's row. */
  readonly forget: "delete" | "cascade" | "detach" | null;
}

const byPerson = (person: Id) => sql<boolean>`person_id = ${person}`;

function holding(
  table: keyof Schema,
  purpose: string,
  retention: string,
  columns: string,
  about: TableHolding["about"] = null,
  forget: TableHolding["forget"] = null,
): TableHolding {
  return { table, purpose, retention, columns: natures(columns), about, forget };
}

/** In the order in which an erasure goes through them. */
export const TABLE_HOLDINGS: readonly TableHolding[] = [
  holding(
    "template",
    "recognising an enrolled person; the embedding, sealed under the person's face key",
    "while find-me or keep-template is live",
    "id:i person_id:i enrolment_id:i pack_id:t sealed:p created_at:t",
    byPerson,
    "delete",
  ),
  holding(
    "conflict",
    "a new enrolment that looks like an earlier person's, for the officer to settle",
    "until settled, or with either person",
    "id:i enrolment_id:i earlier_person_id:i state:t at:t",
    (person) => sql`earlier_person_id = ${person}
      or enrolment_id in (select id from enrolment where person_id = ${person})`,
    "delete",
  ),
  holding(
    "enrolment",
    "how a person joined a collection, and who vouched",
    "with the person",
    "id:i person_id:i collection_id:i state:t given_how:p staff:p created_at:t",
    byPerson,
    "delete",
  ),
  holding(
    "match",
    "the decision that a face is a person, or is not",
    "machine matches while find-me is live, tags until the person lets them go, rejections with the person",
    "face_id:i person_id:i origin:t state:p pack_id:t policy_version:t decided_by:p decided_at:t",
    byPerson,
    "delete",
  ),
  holding(
    "claim",
    "that a person says a face is theirs, until somebody confirms or refuses it",
    "with the person, or with the photo",
    "id:i face_id:i person_id:i state:p at:t settled_at:t staff:p",
    byPerson,
    "delete",
  ),
  holding(
    "rendition_face",
    "which faces a rendition shows, and by which consent",
    "with the rendition",
    "rendition_id:i face_id:i person_id:i consent_event_id:i",
    byPerson,
    "delete",
  ),
  holding(
    "rendition",
    "pictures made for a channel, or for one reader",
    "until the collection's retention date, or the reader's leaving",
    "id:i photo_id:i collection_id:i channel:t reader_id:i name:i state:t reveal:t blob:i plan_digest:t rendered_at:t",
    (person) => sql`reader_id = ${person}`,
    "delete",
  ),
  holding(
    "disclosure_person",
    "who was shown in what left the instance, to tell recipients of a withdrawal",
    "with the person",
    "disclosure_id:i person_id:i role:t pictures:t",
    byPerson,
    "delete",
  ),
  holding(
    "look_person",
    "which person a look led to, shown to that person",
    "with the person; the look itself stays without them",
    "look_id:i person_id:i",
    byPerson,
    "delete",
  ),
  holding(
    "receipt",
    "the receipts written for a person",
    "with the person; erasure receipts name nobody",
    "id:i kind:t person_id:i erasure_id:i file:t at:t",
    byPerson,
    "delete",
  ),
  holding(
    "objection",
    "that a person, or somebody in a photo, does not want it published, not even with the face hidden",
    "until it is taken back, or with the person or photo; of somebody who has left, as photos that stay off",
    "id:i person_id:i face_id:i photo_id:i at:t",
    byPerson,
    "delete",
  ),
  holding(
    "notice",
    "what a person must be told on their own page",
    "with the person",
    "id:i person_id:i kind:t device_id:i at:t seen_at:t",
    byPerson,
    "delete",
  ),
  holding(
    "device",
    "the devices that act as a person or as their guardian; of the secret its hash alone",
    "until ended, a year unused, or with the person",
    "id:i person_id:i guardian_id:i secret_hash:t how:t created_at:t last_seen_at:p",
    byPerson,
    "delete",
  ),
  holding(
    "told",
    "when somebody who agreed to be written to was last told of new photos",
    "with the person",
    "person_id:i at:p",
    byPerson,
    "delete",
  ),
  holding(
    "idle_warning",
    "when somebody of whom nothing was heard for long was told that what is kept about them ends",
    "until they are heard of, or with the person",
    "person_id:i at:p",
    byPerson,
    "delete",
  ),
  holding(
    "address",
    "whether a person's e-mail address was verified, and who gave it; the address itself is sealed in person",
    "while contact is live, with the address",
    "person_id:i guardian_id:i given_at:p verified_at:p",
    byPerson,
    "delete",
  ),
  holding(
    "mail_link",
    "links that were mailed to a person's address, as hashes, so that they open once and are not asked for without end",
    "a week after they were sent, or with the person",
    "secret_hash:t person_id:i purpose:t sent_at:p expires_at:t used_at:p",
    byPerson,
    "delete",
  ),
  holding(
    "recovery_code",
    "the code that brings a person back on a new device, as its hash",
    "until used, or with the person",
    "id:i person_id:i guardian_id:i code_hash:t created_at:t",
    byPerson,
    "delete",
  ),
  holding(
    "passkey",
    "public keys by which a person signs in",
    "until removed, or with the person",
    "id:i person_id:i guardian_id:i credential_id:p public_key:p counter:t transports:t created_at:t last_used_at:p",
    byPerson,
    "delete",
  ),
  holding(
    "invitation",
    "links by which people join or sign in, as hashes; a child's name sealed under the key of who they will be",
    "thirty days after it was used, revoked or ran out, with the collection, or with the person whom it names",
    "id:i kind:t collection_id:i person_id:i guardian_id:i child_id:i child_sealed:p secret_hash:t created_by:p created_at:t expires_at:t hourly_limit:t hour:t hour_uses:t uses:t used_at:t revoked_at:t",
    (person) => sql`person_id = ${person} or child_id = ${person}`,
    "delete",
  ),
  holding(
    "card",
    "the code that a person holds up before the camera, so that the photo is theirs without face recognition",
    "with the person whose it is, else with the collection",
    "id:i collection_id:i code:p invitation_id:i person_id:i series_minutes:t created_at:t ended_at:t",
    byPerson,
    "delete",
  ),
  holding(
    "guardian",
    "that somebody acts for a minor; known by their devices alone",
    "with the person",
    "id:i person_id:i created_at:t",
    byPerson,
    "delete",
  ),
  holding(
    "entry_payload",
    "what the transparency log says, apart from its salted leaves",
    "with the person; the leaves stay and say nothing",
    "entry_id:i salt:t kind:t payload:p person_id:i at:t",
    byPerson,
    "delete",
  ),
  holding(
    "consent_event",
    "proof of what was agreed to, refused and withdrawn",
    "with the person; then the receipt that the person holds is the proof",
    "id:i sequence:t person_id:i purpose:p channel:p collection_id:i event:p text_version:t text_language:p text_digest:t given_how:p staff:p guardian_id:i paper_digest:t valid_from:t valid_until:t epoch:t at:t",
    byPerson,
    "delete",
  ),
  holding(
    "person",
    "somebody who joined; name and e-mail sealed under the person's contact key",
    "until the person leaves",
    "id:i created_at:t language:p epoch:t name_sealed:p email_sealed:p majority_at:p",
    (person) => sql`id = ${person}`,
    "delete",
  ),
  holding(
    "erasure",
    "what was erased when, by count",
    "the counts stay; the person's id is cleared once they are gone",
    "id:i person_id:i kind:t events:i counts:t index_version:t stopped_at:t erased_at:t",
    byPerson,
    "detach",
  ),
  holding(
    "doomed_key",
    "keys whose destruction is decided but not yet done",
    "seconds",
    "kind:t subject_id:i key_group:t doomed_at:t",
    (person) => sql`kind = 'person' and subject_id = ${person}`,
    "detach",
  ),
  holding(
    "photo",
    "the organisation's photos; file names and embedded metadata are never shown to persons",
    "until the collection's retention date",
    "id:i collection_id:i digest:p blob:i file_name:p media_type:t width:t height:t taken_at:p state:t imported_at:t scanned_at:t pack_id:t chips:i camera:p unmarked_at:t",
  ),
  holding(
    "face",
    "where faces are, so that they can be hidden; no template",
    "with the photo",
    "id:i photo_id:i x:p y:p w:p h:p landmarks:p detection:t norm:t frontality:t matchable:t chip:t do_not_match:p cleared:t marked_at:t",
  ),
  holding(
    "card_sighting",
    "where codes are in photos, so that they can be hidden, and which face is beside them",
    "with the photo",
    "id:i photo_id:i card_id:i x:p y:p w:p h:p standing:t face_id:i",
  ),
  holding(
    "disclosure",
    "what left the instance",
    "the record stays, without people",
    "id:i collection_id:i channel:t recipient:t folder:t reviewed_by:p reveal:t pictures:t state:t at:t",
  ),
  holding(
    "disclosure_rendition",
    "which renditions left",
    "with the rendition",
    "disclosure_id:i rendition_id:i plan_digest:t",
  ),
  holding(
    "look",
    "who looked and why",
    "the record stays, without the person",
    "id:i kind:t actor:p reason:p collection_id:i at:t",
  ),
  holding(
    "entry",
    "salted commitments of the transparency log",
    "for ever: they say nothing alone",
    "id:i sequence:t leaf:t",
  ),
  holding(
    "log_owed",
    "changes of staff accounts, still to be written into the log",
    "about a second",
    "id:i kind:t subject:i changed:i at:t",
  ),
  holding("log_waiting", "entries that have no position in the log yet", "about a second", "entry_id:i"),
  holding("log_position", "the order of the log", "for ever", "position:t entry_id:i"),
  holding(
    "log_tile",
    "the log's tree: hashes of hashes of salted commitments",
    "for ever: they say nothing alone",
    "level:t index:t hashes:t",
  ),
  holding("log_checkpoint", "the log's signed heads", "for ever", "size:t root:t note:t at:t"),
  holding(
    "log_cosignature",
    "that somebody outside has seen a head of the log",
    "for ever",
    "size:t witness:t line:t at:t",
  ),
  holding(
    "consent_text",
    "the texts that people agreed to, as they were, so that each can be shown what it was",
    "for ever: they name nobody",
    "digest:t purpose:t channel:t language:t version:t text:t since:t",
  ),
  holding(
    "collection",
    "photos of one event or archive",
    "until deleted",
    "id:i name:t purpose:t matching:t match_only:t retain_until:t join_until:t joining_closed_at:t attestation:t attested_by:p guardians:t preset:t justification:t created_at:t",
  ),
  holding(
    "liveness_attempt",
    "how often the check of a living face was passed or refused, by day; nobody is named",
    "with the collection",
    "day:t collection_id:i outcome:t reason:t attempts:t",
  ),
  holding(
    "request",
    "what people demand, joined or not, with the month within which it is answered; contact and note sealed under a key of the request's own",
    "contact and note until it is closed; the record stays, without the person once they are gone",
    "id:i kind:t person_id:i photo_id:i face_id:i place_x:p place_y:p language:p contact_sealed:p note_sealed:p state:t outcome:t staff:p opened_at:t due_at:t extended_at:t extension:p closed_at:t",
    byPerson,
    "detach",
  ),
  holding(
    "removed_original",
    "photos that somebody's erasure took out, as a hash of a hash, so that the next import does not bring them back",
    "for ever: it says nothing without the file",
    "mark:t at:t",
  ),
  holding(
    "letter",
    "invitations addressed to somebody who is nobody here yet, while they wait in the outbox; address and link sealed under a key of the letter's own",
    "address and link until it is sent, handed over, used, cancelled or has run out; the record with the invitation",
    "id:i invitation_id:i language:t address_sealed:p secret_sealed:p state:t tries:t failure:t try_at:t created_at:t closed_at:t",
  ),
  holding(
    "receipt_claim",
    "lets somebody who has left fetch their receipt again; of the code its hash alone, and nobody is named",
    "thirty days, with the receipt's file",
    "code_hash:t receipt_id:i expires_at:t",
  ),
  holding(
    "incident",
    "how often a face was given to a wrong person automatically, by day; nobody is named",
    "with the collection",
    "day:t collection_id:i pack_id:t policy_version:t faces:t",
  ),
  holding("channel", "where pictures go", "with the collection", "collection_id:i name:t public:t"),
  holding(
    "pending",
    "work that a crash must not lose",
    "until done",
    "id:i erasure_id:i kind:t subject:i deadline:t attempts:t last_error:t created_at:t",
  ),
  holding("instance", "this instance", "for ever", "single:t id:i created_at:t"),
  holding(
    "restoration",
    "that the instance was brought back from a backup, and who accepted what is not known since",
    "for ever",
    "id:i backup_id:i backed_up_at:t restored_at:t restored_by:p journal_entries:t lost_head:t gap:t state:t accepted_by:p accepted_reason:p accepted_at:t",
  ),
  holding("index_version", "tells index holders of a change", "for ever", "single:t version:t"),
  holding(
    "index_holder",
    "processes that hold templates in memory",
    "seconds",
    "id:i process:t version:t lease_until:t",
  ),
];
