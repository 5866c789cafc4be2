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
  match: MatchTable;
  rendition: RenditionTable;
  rendition_face: RenditionFaceTable;
  disclosure: DisclosureTable;
  disclosure_rendition: DisclosureRenditionTable;
  disclosure_person: DisclosurePersonTable;
  entry: EntryTable;
  entry_payload: EntryPayloadTable;
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
}

type Bytes = Buffer;

interface InstanceTable {
  single: Generated<boolean>;
  id: string;
  created_at: Date;
}

export type MatchingMode = "off" | "enrolled";
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
  created_at: Date;
}
export type CollectionRow = Selectable<CollectionTable>;

interface ChannelTable {
  collection_id: string;
  name: string;
  public: boolean;
}

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
}
export type PersonRow = Selectable<PersonTable>;

export type Purpose = "find-me" | "keep-template" | "show-name" | "staff-lookup" | "publish" | "contact";
export type GivenHow = "own-device" | "desk" | "paper";
export type ConsentEventKind = "given" | "refused" | "withdrawn" | "expired";
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
  valid_from: Date;
  valid_until: Date;
  epoch: number;
  at: Date;
}
export type ConsentEventRow = Selectable<ConsentEventTable>;

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
}
export type RenditionRow = Selectable<RenditionTable>;

/** A face that a rendition shows, with the consent that allows it (null: the reader's own face). */
interface RenditionFaceTable {
  rendition_id: string;
  face_id: string;
  person_id: string;
  consent_event_id: string | null;
}

interface DisclosureTable {
  id: string;
  collection_id: string | null;
  channel: string;
  recipient: "channel" | "person";
  folder: string | null;
  reviewed_by: string | null;
  reveal: Reveal;
  pictures: number;
  state: "writing" | "complete";
  at: Date;
}

interface DisclosureRenditionTable {
  disclosure_id: string;
  rendition_id: string;
  /** What the rendition showed, of one that a person took; null of exports, which are renewed in place. */
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

export type LookKind = "find" | "lookup" | "deliver" | "publish" | "tag";
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

interface ErasureTable {
  id: string;
  /** Cleared once the person is gone. */
  person_id: string | null;
  kind: "withdraw" | "erase" | "expire";
  /** The restricting events for the journal; emptied once they are in it. */
  events: ColumnType<unknown[], string, string>;
  counts: ColumnType<Record<string, number>, string, string>;
  index_version: number;
  stopped_at: Date;
  erased_at: Date | null;
}

export type PendingKind =
  "destroy-key" | "remove-blob" | "remove-file" | "render" | "refresh-folder" | "rescan";
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

export type DeviceHow = "join" | "link" | "recovery" | "passkey";
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

export type NoticeKind = "face-claimed" | "device-added" | "recovered" | "link-made" | "retake-refused";
interface NoticeTable {
  id: string;
  person_id: string;
  kind: NoticeKind;
  device_id: string | null;
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

export type RequestKind = "hide-me" | "report";
export type RequestState = "open" | "closed";
export type RequestOutcome = "hidden" | "withheld" | "no-change";
/** "Hide me" or "report this photo", by anybody. */
interface RequestTable {
  id: string;
  kind: RequestKind;
  /** null: gone with its collection since. */
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
