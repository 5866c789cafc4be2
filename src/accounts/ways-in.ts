import { APIError } from "better-auth";
import { isId } from "../core/index.ts";
import type { Db } from "../db/index.ts";
import { authTables } from "./auth-tables.ts";

/** A passkey goes only where another one or a password is left. Throws as the accounts' library does, which answers with it. */
export async function refuseLastWayIn(db: Db, passkey: string): Promise<void> {
  const found = isId(passkey)
    ? await authTables(db).selectFrom("passkey").select("userId").where("id", "=", passkey).executeTakeFirst()
    : undefined;
  // The library says what is not there, or is not theirs.
  if (!found) return;
  const [other, password] = await Promise.all([
    authTables(db)
      .selectFrom("passkey")
      .select("id")
      .where("userId", "=", found.userId)
      .where("id", "<>", passkey)
      .executeTakeFirst(),
    authTables(db)
      .selectFrom("account")
      .select("id")
      .where("userId", "=", found.userId)
      .where("providerId", "=", "credential")
      .where("password", "is not", null)
      .executeTakeFirst(),
  ]);
  if (other || password) return;
  throw new APIError("FORBIDDEN", { message: "This passkey is the last way in." });
}
