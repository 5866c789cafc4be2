import { sql, type RawBuilder } from "kysely";

const KEY_OF = " (API key of ";

/** Under what an API key acts, as people read it on their own page: its name and its maker's. */
export function actorOfKey(key: string, maker: string): string {
  return `${key}${KEY_OF}${maker})`;
}

/** Whether an account's name could be taken for a key's. */
export function readsAsKey(name: string): boolean {
  return name.includes(KEY_OF.trim());
}

/** Whose account acts: of a key its maker's, so that limits are not got around by making keys. */
export function accountBehind(actor: string): string {
  const name = actor.trim();
  const at = name.lastIndexOf(KEY_OF);
  return at === -1 || !name.endsWith(")") ? name : name.slice(at + KEY_OF.length, -1);
}

/** In SQL, of a row with an `actor`: the account acted, itself or by a key that it made. */
export function actedBy(account: string): RawBuilder<boolean> {
  const keys = actorOfKey("", account);
  return sql<boolean>`(actor = ${account} or right(actor, char_length(${keys})) = ${keys})`;
}

/** `accountBehind` of a row's `actor`, in SQL: the first part is greedy, so that the last place counts there too. */
export const ACCOUNT_BEHIND: RawBuilder<string> = sql<string>`coalesce(
  substring(btrim(actor) from ${`^.*${KEY_OF.replace("(", "\\(")}(.*)\\)$`}), btrim(actor))`;
