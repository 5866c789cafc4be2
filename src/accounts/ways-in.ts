import { APIError } from "better-auth";
import { isId } from "../core/index.ts";
import type { Db } from "../db/index.ts";
import { authTables } from "./auth-tables.ts";
import { OPENID, type SingleSignOn } from "./single-sign-on.ts";

/**
 * A passkey goes only where another one, a password that opens, or the organisation's sign-in is left. Throws as the accounts' library does,
 * which answers with it.
 */
export async function refuseLastWayIn(
  db: Db,
  passkey: string,
  singleSignOn: SingleSignOn | undefined,
): Promise<void> {
  const found = isId(passkey)
    ? await authTables(db).selectFrom("passkey").select("userId").where("id", "=", passkey).executeTakeFirst()
    : undefined;
  // The library says what is not there, or is not theirs.
  if (!found) return;
  const [other, accounts] = await Promise.all([
    authTables(db)
      .selectFrom("passkey")
      .select("id")
      .where("userId", "=", found.userId)
      .where("id", "<>", passkey)
      .executeTakeFirst(),
    authTables(db)
      .selectFrom("account")
      .select(["providerId", "password"])
      .where("userId", "=", found.userId)
      .execute(),
  ]);
  const opens = accounts.some((one) =>
    one.providerId === OPENID
      ? singleSignOn !== undefined
      : one.password !== null && singleSignOn?.only !== true,
  );
  if (other || opens) return;
  throw new APIError("FORBIDDEN", { message: "This passkey is the last way in." });
}
