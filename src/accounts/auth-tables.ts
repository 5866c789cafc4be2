import type { Kysely, Transaction } from "kysely";
import type { Db, Trx } from "../db/index.ts";

/** Where the library's tables are, apart from ours, which have a table of people too. */
export const AUTH_SCHEMA = "auth";

/** What of the library's tables we read or write ourselves. */
interface AuthTables {
  user: {
    id: string;
    name: string;
    email: string;
    emailVerified: boolean;
    role: string | null;
    twoFactorEnabled: boolean | null;
    createdAt: Date;
    updatedAt: Date;
  };
  account: {
    id: string;
    accountId: string;
    providerId: string;
    userId: string;
    password: string | null;
    createdAt: Date;
    updatedAt: Date;
  };
  passkey: { id: string; userId: string };
  twoFactor: {
    id: string;
    userId: string;
    /** Both sealed by the library, under a key made of this instance's. */
    secret: string;
    backupCodes: string;
    verified: boolean | null;
    failedVerificationCount: number | null;
  };
  session: {
    id: string;
    userId: string;
    ipAddress: string | null;
    userAgent: string | null;
    how: string | null;
    createdAt: Date;
    updatedAt: Date;
    expiresAt: Date;
  };
  verification: {
    id: string;
    identifier: string;
    value: string;
    expiresAt: Date;
    createdAt: Date;
    updatedAt: Date;
  };
}

export function authTables(db: Db | Trx): Kysely<AuthTables> {
  return (db as unknown as Kysely<AuthTables> | Transaction<AuthTables>).withSchema(AUTH_SCHEMA);
}
