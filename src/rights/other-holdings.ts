import { natures, type ColumnNature } from "./column-nature.ts";

/** What the accounts' library keeps about staff, in its own schema; nobody in a photo is in it. */
export interface StaffHolding {
  readonly table: string;
  readonly purpose: string;
  readonly retention: string;
  readonly columns: Readonly<Record<string, ColumnNature>>;
}

/** Tables of the schema `auth`. A test compares them with the live schema. */
export const STAFF_HOLDINGS: readonly StaffHolding[] = [
  {
    table: "user",
    purpose: "a member of staff: who signs in, and whose name people read who were looked at",
    retention: "while the account is there",
    columns: natures(
      "id:i name:p email:p emailVerified:t image:p createdAt:t updatedAt:t role:t twoFactorEnabled:t",
    ),
  },
  {
    table: "session",
    purpose: "staying signed in; address and kind of browser, to know a session again; by what it was begun",
    retention: "a week after the last work, or until signed out or ended",
    columns: natures(
      "id:i expiresAt:t token:p createdAt:t updatedAt:t ipAddress:p userAgent:p userId:i how:t",
    ),
  },
  {
    table: "account",
    purpose:
      "the password of a member of staff, as a slow hash; by which name the organisation's own sign-in knows them",
    retention: "while the account is there",
    columns: natures(
      "id:i accountId:p providerId:t userId:i accessToken:t refreshToken:t idToken:t accessTokenExpiresAt:t refreshTokenExpiresAt:t scope:t password:p createdAt:t updatedAt:t",
    ),
  },
  {
    table: "passkey",
    purpose: "the public keys of a member of staff's passkeys",
    retention: "until removed, or with the account",
    columns: natures(
      "id:i name:p publicKey:p userId:i credentialID:p counter:t deviceType:t backedUp:t transports:t createdAt:t aaguid:t",
    ),
  },
  {
    table: "twoFactor",
    purpose:
      "the second factor of a member of staff: its secret and what is left of the recovery codes, both sealed",
    retention: "until switched off or removed, or with the account",
    columns: natures(
      "id:i secret:p backupCodes:p userId:i verified:t failedVerificationCount:t lockedUntil:t",
    ),
  },
  {
    table: "verification",
    purpose:
      "one-time secrets as hashes: the owner's link, what a passkey is asked, a sign-in that waits for its code, codes that were used",
    retention: "a week at most: a staff invitation; the others a day",
    columns: natures("id:i identifier:i value:i expiresAt:t createdAt:t updatedAt:t"),
  },
];

/** A table of the queue's library, in its own schema; nobody is named in it. */
export interface QueueHolding {
  readonly table: string;
  readonly purpose: string;
  readonly retention: string;
}

/** Tables of the schema `pgboss`. What a job carries is the random id of a row of `job`; a test compares them with the live schema. */
export const QUEUE_HOLDINGS: readonly QueueHolding[] = [
  { table: "job", purpose: "whom to wake for which row of job", retention: "an hour after it was taken" },
  { table: "job_common", purpose: "the rows of the queue's own job", retention: "as job" },
  {
    table: "queue",
    purpose: "one line for each kind of work, with counts",
    retention: "while the instance is there",
  },
  { table: "version", purpose: "which version of the library made the tables", retention: "as queue" },
  { table: "job_dependency", purpose: "unused", retention: "empty" },
  { table: "schedule", purpose: "unused", retention: "empty" },
  { table: "subscription", purpose: "unused", retention: "empty" },
  { table: "warning", purpose: "unused", retention: "empty" },
  { table: "bam", purpose: "changes that the library makes to its own tables", retention: "as queue" },
  { table: "queue_stats", purpose: "unused", retention: "empty" },
];

/** What lives outside the database: folders of the data folder, with what removes it. */
export interface FileHolding {
  readonly kind: "blobs" | "keys" | "files";
  readonly name: string;
  readonly purpose: string;
  readonly retention: string;
}

export const FILE_HOLDINGS: readonly FileHolding[] = [
  {
    kind: "blobs",
    name: "originals",
    purpose: "the organisation's photos",
    retention: "until the collection's retention date",
  },
  {
    kind: "blobs",
    name: "chips",
    purpose: "aligned faces, sealed, so that newcomers can be found in earlier photos",
    retention: "until joining closes",
  },
  {
    kind: "blobs",
    name: "renditions",
    purpose: "pictures for a channel or a reader",
    retention: "until replaced, or with the collection",
  },
  {
    kind: "blobs",
    name: "uploads",
    purpose: "pictures on their way in",
    retention: "until they are photos, or refused",
  },
  {
    kind: "keys",
    name: "person face",
    purpose: "opens a person's templates",
    retention: "while a template exists",
  },
  {
    kind: "keys",
    name: "person contact",
    purpose:
      "opens a person's name and address, what somebody who asked to be hidden wrote, or an invitation that waits in the outbox",
    retention:
      "until the person leaves, the request is closed, or the invitation is sent, handed over or has ended",
  },
  {
    kind: "keys",
    name: "collection chips",
    purpose: "opens a collection's chips",
    retention: "until joining closes",
  },
  {
    kind: "files",
    name: "uploads",
    purpose: "photos on their way in, in pieces; a desk's picture while it is read",
    retention: "until they are photos, or refused; two days where given up",
  },
  {
    kind: "files",
    name: "exports",
    purpose: "what was published for a channel, renewed when somebody leaves",
    retention: "with the collection",
  },
  {
    kind: "files",
    name: "receipts",
    purpose: "receipts to hand over",
    retention: "consent receipts with the person",
  },
  {
    kind: "files",
    name: "journal",
    purpose: "restrictions to replay after a restore, random ids only",
    retention: "for ever",
  },
];
