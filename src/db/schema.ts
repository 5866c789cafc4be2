import type { ColumnType, Generated, Insertable, Selectable } from "kysely";

/** The tables as Kysely sees them; migrations/ is the truth, and a test compares the two. */
export interface Schema {
  instance: InstanceTable;
  collection: CollectionTable;
  channel: ChannelTable;
  photo: PhotoTable;
  face: FaceTable;
  person: PersonTable;
  consent_event: ConsentEventTable;
  enrolment: EnrolmentTable;
  conflict: ConflictTable;
  template: TemplateTable;
  template_transform: TemplateTransformTable;
  key_change: KeyChangeTable;
  match: MatchTable;
  rendition: RenditionTable;
  rendition_face: RenditionFaceTable;
  disclosure: DisclosureTable;
  disclosure_rendition: DisclosureRenditionTable;
  disclosure_person: DisclosurePersonTable;
  entry: EntryTable;
  entry_payload: EntryPayloadTable;
  log_owed: LogOwedTable;
  log_waiting: LogWaitingTable;
  log_position: LogPositionTable;
  log_tile: LogTileTable;
  log_checkpoint: LogCheckpointTable;
  log_cosignature: LogCosignatureTable;
  look: LookTable;
  look_person: LookPersonTable;
  erasure: ErasureTable;
  pending: PendingTable;
  doomed_key: DoomedKeyTable;
  receipt: ReceiptTable;
  index_version: IndexVersionTable;
  index_holder: IndexHolderTable;
  guardian: GuardianTable;
  invitation: InvitationTable;
  device: DeviceTable;
  recovery_code: RecoveryCodeTable;
  passkey: PasskeyTable;
  notice: NoticeTable;
  liveness_attempt: LivenessAttemptTable;
  claim: ClaimTable;
  request: RequestTable;
  receipt_claim: ReceiptClaimTable;
  incident: IncidentTable;
  told: ToldTable;
  consent_text: ConsentTextTable;
  address: AddressTable;
  mail_link: MailLinkTable;
  letter: LetterTable;
  card: CardTable;
  card_sighting: CardSightingTable;
  restoration: RestorationTable;
  objection: ObjectionTable;
  removed_original: RemovedOriginalTable;
  idle_warning: IdleWarningTable;
  webhook: WebhookTable;
  webhook_event: WebhookEventTable;
  webhook_delivery: WebhookDeliveryTable;
  webhook_import: WebhookImportTable;
  staff_role: StaffRoleTable;
  second_person: SecondPersonTable;
  api_key: ApiKeyTable;
  api_answer: ApiAnswerTable;
  gallery_link: GalleryLinkTable;
  job: JobTable;
  unread_photo: UnreadPhotoTable;
  evaluation: EvaluationTable;
  watch_folder: WatchFolderTable;
  watch_file: WatchFileTable;
  watch_arrival: WatchArrivalTable;
}

type Bytes = Buffer;

interface InstanceTable {
  single: Generated<boolean>;
  id: string;
  created_at: Date;
  /** With made-up people alone, for ever. */
  sandbox: Generated<boolean>;
}

export type MatchingMode = "off" | "enrolled";
/** For whom the photos are: says what the collection starts with. */
export type Preset = "event" | "club" | "archive" | "press" | "school" | "employer";
interface CollectionTable {
  id: string;
  name: string;
  purpose: string;
  matching: MatchingMode;
  match_only: "all-cleared" | null;
  retain_until: Date;
  join_until: Date;
  joining_closed_at: Date | null;
  attestation: string;
  attested_by: string;
  /** How many guardians of a child must agree; one who says no is enough for no. */
  guardians: Generated<number>;
  preset: Generated<Preset>;
  /** Why faces are looked for where those in the photos depend on the organisation: needed in a school or at an employer's. */
  justification: string | null;
  created_at: Date;
  /** Made of sample photos to try things out, and ended by one tap. */
  trial: Generated<boolean>;
}
export type CollectionRow = Selectable<CollectionTable>;

interface ChannelTable {
  collection_id: string;
  name: string;
  public: boolean;
}

export type PhotoRating = "star" | "rejected";
interface PhotoTable {
  id: string;
  collection_id: string;
  digest: string;
  blob: string;
  file_name: string;
  media_type: string;
  width: number | null;
  height: number | null;
  taken_at: Date | null;
  state: "pending" | "scanned";
  imported_at: Date;
  scanned_at: Date | null;
  pack_id: string | null;
  chips: string | null;
  /** Tells cameras apart, where the file names the very one; nothing of what it says. */
  camera: Generated<string | null>;
  /** When a mark in it was last taken back. */
  unmarked_at: Generated<Date | null>;
  /** What staff think of it before it is published: what is rejected is not. */
  rating: Generated<PhotoRating | null>;
}
export type PhotoRow = Selectable<PhotoTable>;

export type Detection = "certain" | "doubtful" | "hand";
interface FaceTable {
  id: string;
  photo_id: string;
  x: number;
  y: number;
  w: number;
  h: number;
  /** x and y of the five landmarks in their order, ten numbers. */
  landmarks: number[] | null;
  detection: Detection;
  norm: number | null;
  frontality: number | null;
  matchable: boolean;
  /** Position of the face's chip in the photo's chip file. */
  chip: number | null;
  do_not_match: Generated<boolean>;
  cleared: Generated<boolean>;
  /** Of a place marked by hand; null for what the detector found. */
  marked_at: Generated<Date | null>;
}
export type FaceRow = Selectable<FaceTable>;

export type Language = "fr" | "en";
interface PersonTable {
  id: string;
  created_at: Date;
  language: Language;
  /** Rises with each consent event, so that older permits fail. */
  epoch: Generated<number>;
  name_sealed: Bytes | null;
  email_sealed: Bytes | null;
  /** Of a child: from that moment on guardians speak for them no more. */
  majority_at: Date | null;
}
export type PersonRow = Selectable<PersonTable>;

export type Purpose = "find-me" | "keep-template" | "show-name" | "staff-lookup" | "publish" | "contact";
export type GivenHow = "own-device" | "desk" | "paper";
export type ConsentEventKind = "given" | "renewed" | "refused" | "withdrawn" | "expired" | "superseded";
interface ConsentEventTable {
  id: string;
  sequence: ColumnType<number, never, never>;
  person_id: string;
  purpose: Purpose;
  channel: string | null;
  /** null: every collection. */
  collection_id: string | null;
  event: ConsentEventKind;
  text_version: string;
  text_language: Language;
  text_digest: string;
  given_how: GivenHow;
  staff: string | null;
  /** Of the guardian who spoke; null: the person, or staff who wrote down their word. */
  guardian_id: string | null;
  /** SHA-256 of the scan of what was signed, hex; of `paper` alone. */
  paper_digest: string | null;
  valid_from: Date;
  valid_until: Date;
  epoch: number;
  at: Date;
}
export type ConsentEventRow = Selectable<ConsentEventTable>;

/** A text that was signed, as it was; never changed. */
interface ConsentTextTable {
  /** SHA-256 of the text in UTF-8, hex. */
  digest: string;
  purpose: Purpose;
  channel: string | null;
  language: Language;
  version: string;
  text: string;
  since: Date;
}

export type EnrolmentState = "provisional" | "live" | "vouched" | "frozen";
interface EnrolmentTable {
  id: string;
  person_id: string;
  /** null: the collection is gone, and keep-template keeps what was enrolled there. */
  collection_id: string | null;
  state: EnrolmentState;
  given_how: GivenHow;
  staff: string | null;
  created_at: Date;
}

interface ConflictTable {
  id: string;
  enrolment_id: string;
  earlier_person_id: string;
  state: "open" | "both-real";
  at: Date;
}

interface TemplateTable {
  id: string;
  person_id: string;
  enrolment_id: string;
  pack_id: string;
  sealed: Bytes;
  created_at: Date;
  /** The version of the secret turn that it is stored under. */
  transform: Generated<number>;
}

/** The secret turns that templates are stored under: two while it is being changed, the newer one for new templates. */
interface TemplateTransformTable {
  version: number;
}

/** A change of all keys of a kind that has begun; what was made since is changed already. */
interface KeyChangeTable {
  what: "transform" | "contact" | "face" | "chips";
  begun_at: Date;
  begun_by: string;
}

export type MatchOrigin = "machine" | "hand" | "card";
export type MatchState = "matched" | "asked" | "confirmed" | "rejected";
interface MatchTable {
  face_id: string;
  person_id: string;
  origin: MatchOrigin;
  state: MatchState;
  pack_id: string | null;
  policy_version: string | null;
  decided_by: string | null;
  decided_at: Date;
}
export type MatchRow = Selectable<MatchTable>;
export type NewMatch = Insertable<MatchTable>;

export type Reveal = "confirmed" | "matched";
interface RenditionTable {
  id: string;
  photo_id: string;
  collection_id: string;
  /** The channel it was made for; or, for a delivery, null and `reader_id` names the person it was made for. */
  channel: string | null;
  reader_id: string | null;
  /** Random file name without extension, kept when the rendition is made again. */
  name: string;
  state: "current" | "suspended";
  reveal: Reveal;
  blob: string | null;
  plan_digest: string;
  rendered_at: Date;
  /** Whether it changed since other programs were last told of it: by a match or a yes, of which they are not. */
  untold: Generated<boolean>;
}
export type RenditionRow = Selectable<RenditionTable>;

/** A face that a rendition shows, with the consent that allows it (null: the reader's own face). */
interface RenditionFaceTable {
  rendition_id: string;
  face_id: string;
  person_id: string;
  consent_event_id: string | null;
}

/** `link`: whoever has the link of a gallery. */
export type RecipientKind = "channel" | "person" | "link";
interface DisclosureTable {
  id: string;
  collection_id: string | null;
  channel: string;
  recipient: RecipientKind;
  folder: string | null;
  reviewed_by: string | null;
  reveal: Reveal;
  pictures: number;
  state: "writing" | "complete";
  at: Date;
  /** Longest side of its pictures, in pixels; null: as large as the originals. */
  max_edge: Generated<number | null>;
  /** Written across its pictures. */
  watermark: Generated<string | null>;
}

/** A link that opens the pictures of a publication, as the hash of its secret. */
interface GalleryLinkTable {
  id: string;
  collection_id: string;
  publication_id: string;
  /** What was seen by this link. */
  disclosure_id: string;
  secret_hash: Bytes;
  max_edge: number;
  /** Origins of the sites whose pages may hold it in a frame. */
  origins: Generated<string[]>;
  made_by: string;
  made_at: Date;
  /** null: open to the public. */
  expires_at: Date | null;
  opened_at: Date | null;
  revoked_at: Date | null;
}
export type GalleryLinkRow = Selectable<GalleryLinkTable>;

interface DisclosureRenditionTable {
  disclosure_id: string;
  rendition_id: string;
  /** What the rendition showed, of one that a person took or a link opened; null of exports, which are renewed in place. */
  plan_digest: string | null;
}

interface DisclosurePersonTable {
  disclosure_id: string;
  person_id: string;
  role: "shown" | "recipient";
  pictures: number;
}

interface EntryTable {
  id: string;
  sequence: ColumnType<number, never, never>;
  leaf: Bytes;
}

interface EntryPayloadTable {
  entry_id: string;
  salt: Bytes;
  kind: string;
  payload: ColumnType<unknown, string, string>;
  person_id: string | null;
  at: Date;
}

/** Entries about what the accounts' library changed, still to be written; triggers put them in. */
interface LogOwedTable {
  id: Generated<string>;
  kind: string;
  /** The random id of an account. */
  subject: string;
  /** That of the row which changed: the account's, or of its password or passkey. */
  changed: string | null;
  at: Date;
}

/** Entries without a position yet; a trigger puts them in. */
interface LogWaitingTable {
  entry_id: string;
}

interface LogPositionTable {
  /** From 0, without gaps. */
  position: number;
  entry_id: string;
}

/** Hashes of the Merkle tree, 32 bytes each, at most 256 (src/audit/tiles.ts). */
interface LogTileTable {
  level: number;
  index: number;
  hashes: Bytes;
}

interface LogCheckpointTable {
  size: number;
  root: Bytes;
  /** As it was signed (C2SP tlog-checkpoint). */
  note: string;
  at: Date;
}

interface LogCosignatureTable {
  size: number;
  /** The name of the witness's key. */
  witness: string;
  /** The signature's line of the note. */
  line: string;
  at: Date;
}

export type LookKind = "find" | "lookup" | "deliver" | "publish" | "tag" | "list" | "breach" | "look-through";
interface LookTable {
  id: string;
  kind: LookKind;
  actor: string;
  reason: string;
  collection_id: string | null;
  at: Date;
}
interface LookPersonTable {
  look_id: string;
  person_id: string;
}

export type ErasureKind = "withdraw" | "erase" | "expire" | "photos" | "collection";
interface ErasureTable {
  id: string;
  /** Cleared once the person is gone; of deleted photos and collections none. */
  person_id: string | null;
  kind: ErasureKind;
  /** The restricting events for the journal; emptied once they are in it. */
  events: ColumnType<unknown[], string, string>;
  counts: ColumnType<Record<string, number>, string, string>;
  index_version: number;
  stopped_at: Date;
  erased_at: Date | null;
}

export type PendingKind =
  "destroy-key" | "remove-blob" | "remove-file" | "render" | "refresh-folder" | "rescan" | "cut-chips";
interface PendingTable {
  id: string;
  erasure_id: string | null;
  kind: PendingKind;
  /** An id or blob reference, never personal data. */
  subject: string;
  deadline: Date;
  attempts: Generated<number>;
  last_error: string | null;
  created_at: Date;
}
export type PendingRow = Selectable<PendingTable>;

export type KeyGroup = "face" | "contact" | "chips";
interface DoomedKeyTable {
  kind: "person" | "chips";
  subject_id: string;
  key_group: KeyGroup;
  doomed_at: Date;
}

interface ReceiptTable {
  id: string;
  kind: "consent" | "erasure";
  person_id: string | null;
  erasure_id: string | null;
  file: string;
  at: Date;
}

interface IndexVersionTable {
  single: Generated<boolean>;
  version: number;
}

interface IndexHolderTable {
  id: string;
  process: string;
  version: number;
  lease_until: Date;
}

interface GuardianTable {
  id: string;
  /** The child. */
  person_id: string;
  created_at: Date;
}

export type InvitationKind = "public" | "single" | "guardian" | "personal";
interface InvitationTable {
  id: string;
  kind: InvitationKind;
  collection_id: string | null;
  /** Whose device a personal one signs in. */
  person_id: string | null;
  guardian_id: string | null;
  /** Of a guardian's, until it is used: the id that the child will have, and the name sealed under that id's key. */
  child_id: string | null;
  child_sealed: Bytes | null;
  secret_hash: Bytes;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  /** Joins within one hour, of a public one. */
  hourly_limit: number | null;
  hour: Date | null;
  hour_uses: Generated<number>;
  uses: Generated<number>;
  used_at: Date | null;
  revoked_at: Date | null;
}
export type InvitationRow = Selectable<InvitationTable>;

export type DeviceHow = "join" | "link" | "recovery" | "passkey" | "mail";
interface DeviceTable {
  id: string;
  person_id: string;
  /** Set where the device is a guardian's, who acts for the person. */
  guardian_id: string | null;
  secret_hash: Bytes;
  how: DeviceHow;
  created_at: Date;
  last_seen_at: Date;
}

interface RecoveryCodeTable {
  id: string;
  person_id: string;
  guardian_id: string | null;
  code_hash: Bytes;
  created_at: Date;
}

interface PasskeyTable {
  id: string;
  person_id: string;
  guardian_id: string | null;
  credential_id: string;
  public_key: Bytes;
  counter: number;
  /** As the browser names them, separated by commas. */
  transports: string;
  created_at: Date;
  last_used_at: Date | null;
}

export type NoticeKind =
  | "face-claimed"
  | "device-added"
  | "recovered"
  | "recovered-by-mail"
  | "link-made"
  | "retake-refused"
  | "corrected"
  | "photos-deleted"
  | "shown-no-more";
interface NoticeTable {
  id: string;
  person_id: string;
  kind: NoticeKind;
  device_id: string | null;
  /** Of photos-deleted: how many of the person's, and of which collection. */
  pictures: Generated<number | null>;
  collection_name: Generated<string | null>;
  at: Date;
  seen_at: Date | null;
}

export type LivenessOutcome = "passed" | "frozen" | "refused";
/** Counts only: no person. */
interface LivenessAttemptTable {
  /** YYYY-MM-DD, UTC. */
  day: string;
  collection_id: string;
  outcome: LivenessOutcome;
  reason: string;
  attempts: number;
}

export type ClaimState = "open" | "accepted" | "refused";
/** "This is me", said without face recognition. */
interface ClaimTable {
  id: string;
  face_id: string;
  person_id: string;
  state: ClaimState;
  at: Date;
  settled_at: Date | null;
  /** null where another confirmation of the face settled it. */
  staff: string | null;
}

/** Asked by anybody, about a photo. */
export type PhotoRequestKind = Extract<RequestKind, "hide-me" | "report">;
/** What a person may demand (GDPR art. 15, 16, 21, 17). */
export type DemandKind = Exclude<RequestKind, PhotoRequestKind>;
export type RequestKind = "hide-me" | "report" | "access" | "correct" | "object" | "erase";
export type RequestState = "open" | "closed";
export type PhotoRequestOutcome = Exclude<RequestOutcome, DemandOutcome>;
export type DemandOutcome = Extract<RequestOutcome, "done" | "refused">;
export type RequestOutcome = "hidden" | "withheld" | "no-change" | "done" | "refused";
interface RequestTable {
  id: string;
  kind: RequestKind;
  /** Who demands; null: anybody, or somebody who is gone since. */
  person_id: string | null;
  /** null: about no photo, or gone with its collection since. */
  photo_id: string | null;
  /** null: no face was found at the place. */
  face_id: string | null;
  /** In shares of the picture's width and height. */
  place_x: number | null;
  place_y: number | null;
  language: Language;
  /** Under the contact key of the request's own id; both go when it is closed. */
  contact_sealed: Bytes | null;
  note_sealed: Bytes | null;
  state: RequestState;
  outcome: RequestOutcome | null;
  staff: string | null;
  opened_at: Date;
  due_at: Date;
  /** When the time was made longer, and why; both or none. */
  extended_at: Date | null;
  extension: string | null;
  closed_at: Date | null;
}
export type RequestRow = Selectable<RequestTable>;

/** The code by which somebody who has left fetches their receipt again, as its hash. */
interface ReceiptClaimTable {
  code_hash: Bytes;
  receipt_id: string;
  expires_at: Date;
}

/** Faces that were given to a wrong person automatically, as those persons said: counts only, no person. */
interface IncidentTable {
  /** YYYY-MM-DD, UTC. */
  day: string;
  collection_id: string;
  pack_id: string;
  policy_version: string;
  faces: number;
}

/** When somebody who agreed to be written to was last told of new photos. */
interface ToldTable {
  person_id: string;
  at: Date;
}

/** What is known of somebody's e-mail address besides the address itself; there while that is. */
interface AddressTable {
  person_id: string;
  /** Who gave it, where that was a guardian. */
  guardian_id: string | null;
  given_at: Date;
  /** null: nobody has shown yet that they read what is sent to it. */
  verified_at: Date | null;
}

export type MailLinkPurpose = "verify" | "recover";
/** A link that was mailed to somebody's address, as its hash. */
interface MailLinkTable {
  secret_hash: Bytes;
  person_id: string;
  purpose: MailLinkPurpose;
  sent_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

export type LetterState = "waiting" | "sent" | "handed-over" | "cancelled" | "used" | "expired";
/** `address`: the mail server refuses it. `server`: it could not be reached, or would not take it now. */
export type LetterFailure = "address" | "server";
/** An invitation addressed to somebody, in the outbox while it waits. */
interface LetterTable {
  id: string;
  invitation_id: string;
  language: Language;
  /** Under the contact key of the letter's own id; both go when it is closed. */
  address_sealed: Bytes | null;
  secret_sealed: Bytes | null;
  state: LetterState;
  tries: Generated<number>;
  failure: LetterFailure | null;
  /** When it is sent by itself next; null: never. */
  try_at: Date | null;
  /** How often it is sent again to whoever has not answered. */
  reminders: Generated<number>;
  /** When it last went out, of one that waits for an answer; null: it did not yet. */
  sent_at: Generated<Date | null>;
  created_at: Date;
  closed_at: Date | null;
}
export type LetterRow = Selectable<LetterTable>;

interface CardTable {
  id: string;
  collection_id: string;
  /** What a photo shows. It is no secret, and joins nothing. */
  code: string;
  /** Of the other half, until somebody joins by it; then `person_id` says whose the card is. */
  invitation_id: string | null;
  person_id: string | null;
  /** For so long after the card the photos of the same camera are asked about; 0: none. */
  series_minutes: number;
  created_at: Date;
  ended_at: Date | null;
}

export type CardStanding =
  "clear" | "no-face" | "several-faces" | "several-cards" | "out-of-scale" | "no-card" | "secret";
/** A place in a photo where a code was seen. */
interface CardSightingTable {
  id: string;
  photo_id: string;
  /** null: the secret half, or a code that is no card of this collection (any more). */
  card_id: string | null;
  x: number;
  y: number;
  w: number;
  h: number;
  standing: CardStanding;
  face_id: string | null;
}

/** Photos that are not published, not even with the face hidden. Exactly one of the three is set. */
interface ObjectionTable {
  id: string;
  person_id: string | null;
  face_id: string | null;
  photo_id: string | null;
  at: Date;
}

/** When somebody of whom nothing was heard for long was told that what is kept about them ends. */
interface IdleWarningTable {
  person_id: string;
  at: Date;
}

/** A hash of the hash of an original that somebody's erasure took out. */
interface RemovedOriginalTable {
  mark: Bytes;
  at: Date;
}

/** `suspended`: nothing is matched, published or looked up until somebody accepts the gap. */
export type RestorationState = "replaying" | "suspended" | "done";
/** That this database was brought back from a backup. */
interface RestorationTable {
  id: string;
  backup_id: string;
  backed_up_at: Date;
  restored_at: Date;
  restored_by: string;
  journal_entries: number;
  lost_head: string | null;
  /** One reason a line; null: the journal reaches far enough. */
  gap: string | null;
  state: RestorationState;
  accepted_by: string | null;
  accepted_reason: string | null;
  accepted_at: Date | null;
}
export type RestorationRow = Selectable<RestorationTable>;

/** What a member of staff may do in one collection. */
interface StaffRoleTable {
  account_id: string;
  collection_id: string;
  role: "editor" | "publisher" | "photographer";
  given_at: Date;
}

/** What one person has asked for and a second one must confirm. */
interface SecondPersonTable {
  id: string;
  kind: "delete-collection" | "delete-photos" | "give-role";
  /** Of a role: the one that it is in; null: in the whole instance. */
  collection_id: string | null;
  photo_ids: string[];
  /** The watched folder from which the photos are missing. */
  folder_id: string | null;
  account_id: string | null;
  role: "owner" | "editor" | "publisher" | "photographer" | "officer" | null;
  /** null: on the command line. */
  asked_by: string | null;
  asked_by_name: string;
  asked_at: Date;
  expires_at: Date;
  state: "open" | "confirmed" | "withdrawn";
  settled_by: string | null;
  settled_by_name: string | null;
  settled_at: Date | null;
}
export type SecondPersonRow = Selectable<SecondPersonTable>;

interface ApiKeyTable {
  id: string;
  name: string;
  /** The part of the key that is no secret, by which it is found and recognised. */
  prefix: string;
  /** SHA-256 of the whole key. */
  secret_hash: Bytes;
  scopes: string[];
  /** null: every collection. */
  collection_id: string | null;
  /** The account, which is in the accounts' own schema; null: made on the command line. */
  made_by: string | null;
  made_by_name: string;
  made_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}
export type ApiKeyRow = Selectable<ApiKeyTable>;

/** An answer to be given again to whoever repeats a request, sealed under a key that only the caller can make. */
interface ApiAnswerTable {
  api_key_id: string;
  /** Keyed digest of the caller's name for the request. */
  repeat_key: Bytes;
  /** Keyed digest of what was asked. */
  asked: Bytes;
  sealed: Bytes;
  at: Date;
}

/** What other programs are told of, and nothing else: no match, no person. */
export type EventKind = "import.finished" | "rendition.replaced" | "rendition.suspended" | "request.opened";
/** What a message is about: an event, or nothing but that it is a test. */
export type DeliveryKind =
  "import.finished" | "rendition.replaced" | "rendition.suspended" | "request.opened" | "test";
/** `hand`: somebody did. `gone`: its server said so (410). `failing`: for days. `maker`: who made it may not any more. */
export type WebhookOff = "hand" | "gone" | "failing" | "maker";
/** Why there was no answer: the address is none that may be asked, the name leads nowhere, and so on. */
export type PostFailure = "address" | "name" | "connection" | "certificate" | "time";

interface WebhookTable {
  id: string;
  /** null: of the whole instance. */
  collection_id: string | null;
  url: string;
  kinds: string[];
  allow_private: boolean;
  secret_sealed: Bytes;
  old_secret_sealed: Bytes | null;
  old_until: Date | null;
  state: "on" | "off";
  off_because: WebhookOff | null;
  off_at: Date | null;
  failing_since: Date | null;
  /** The account; null: the command line. */
  made_by: string | null;
  api_key_id: string | null;
  made_by_name: string;
  made_at: Date;
  /** A process has a message of it in hand until then. */
  in_hand_until: Generated<Date | null>;
}
export type WebhookRow = Selectable<WebhookTable>;

interface WebhookEventTable {
  id: string;
  kind: EventKind;
  collection_id: string | null;
  subjects: string[];
  counts: ColumnType<Readonly<Record<string, number>>, string, string>;
  at: Date;
}
export type WebhookEventRow = Selectable<WebhookEventTable>;

interface WebhookDeliveryTable {
  id: string;
  webhook_id: string;
  kind: DeliveryKind;
  body: string;
  state: "due" | "done" | "failed";
  attempts: Generated<number>;
  next_at: Date | null;
  made_at: Date;
  tried_at: Date | null;
  status: number | null;
  failure: PostFailure | null;
  milliseconds: number | null;
}
export type WebhookDeliveryRow = Selectable<WebhookDeliveryTable>;

interface WebhookImportTable {
  collection_id: string;
  since: Date;
  failed: Generated<number>;
}
export type JobState = "waiting" | "running" | "done" | "failed" | "cancelled";
interface JobTable {
  id: string;
  kind: string;
  collection_id: string | null;
  subject_id: string | null;
  state: JobState;
  details: ColumnType<unknown, string | null, string | null>;
  asked_by: string;
  done: Generated<number>;
  total: number | null;
  attempts: Generated<number>;
  /** Asked for once more while it was being done. */
  again: Generated<boolean>;
  error: string | null;
  created_at: Date;
  started_at: Date | null;
  /** When it was last begun, went on, or ended. */
  moved_at: Date;
  ended_at: Date | null;
}
export type JobRow = Selectable<JobTable>;

interface UnreadPhotoTable {
  id: string;
  collection_id: string;
  file_name: string;
  code: string;
  at: Date;
}

interface EvaluationTable {
  id: string;
  at: Date;
  kept_by: string;
  pack: string;
  policy: string;
  rates: ColumnType<unknown, string, string>;
}

export type WhenGone = "tell" | "delete";
export type WatchState = "on" | "paused";
/** Why a folder cannot be looked at: no longer allowed, not there, empty all at once, or its collection takes no more. */
export type WatchProblem = "not-allowed" | "unreachable" | "emptied" | "ended";
interface WatchFolderTable {
  id: string;
  collection_id: string;
  /** Absolute, without links in it. */
  path: string;
  taken_from: Date;
  taken_until: Date;
  /** How old a photo must be before it is taken. */
  minutes: number;
  when_gone: WhenGone;
  state: WatchState;
  problem: WatchProblem | null;
  looked_at: Date | null;
  next_look_at: Date;
  made_by: string;
  /** The account, which is in the accounts' own schema; null: made on the command line. */
  made_by_account: string | null;
  made_at: Date;
}
export type WatchFolderRow = Selectable<WatchFolderTable>;

/** A file that was taken; its photo is null once that is deleted, so that it is not taken again. */
interface WatchFileTable {
  id: string;
  folder_id: string;
  /** Relative to the folder, with `/` between its parts. */
  path: string;
  size: number;
  modified_at: Date;
  digest: string;
  photo_id: string | null;
  /** Whether the photo was taken from this file; false: the same bytes had come otherwise. */
  taken_here: boolean;
  /** Why nothing was kept of it after it had been taken. */
  dropped: string | null;
  missing_since: Date | null;
}

export type ArrivalState = "new" | "waiting" | "allowed" | "left-out";
/** A file that is there and not taken. */
interface WatchArrivalTable {
  folder_id: string;
  path: string;
  size: number;
  modified_at: Date;
  /** Since when it has had this size and time. */
  still_since: Date;
  state: ArrivalState;
  reason: string | null;
  digest: string | null;
  /** Of what is too young. */
  taken_at: Date | null;
}
