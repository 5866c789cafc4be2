import { AssentError, type Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import {
  childOf,
  clearContact,
  closeLetter,
  contactKey,
  openContact,
  openLetterSecret,
  revokeInvitation,
  waitingLetters,
} from "../people/index.ts";
import { dropRequestText, requestKey } from "../rights/index.ts";
import { beginTurn, deleteTemplates, endTurn, faceKey, unreadableTemplates } from "../templates/index.ts";
import type { Parts } from "./instance.ts";

/**
 * After a restore: keys that were changed since the backup open nothing of what it holds. Those templates are deleted, names,
 * addresses and texts cleared, letters and invitations of children closed: their people take a selfie again, say again how they are
 * reached, and are invited again. Whose key is gone
 * altogether is not meant here. Each in a transaction of its own, and done twice it does nothing more. Returns how many of each.
 */
export async function dropUnreadable(parts: Parts): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  for (const person of (await unreadableTemplates(parts.db, parts.keys)).keys()) {
    if (!(await parts.keys.has(faceKey(person)))) continue;
    await inTransaction(parts.db, (trx) => deleteTemplates(trx, person, "all", parts.clock));
    await parts.keys.destroy(faceKey(person));
    count("templates of a key changed since");
  }
  await newestTurnAlone(parts);
  for (const row of await parts.db.selectFrom("person").selectAll().execute()) {
    if (await opens(parts, row.id, () => openContact(parts.keys, row))) continue;
    await inTransaction(parts.db, (trx) => clearContact(trx, row.id, ["name", "email"], parts.clock));
    count("names and addresses of a key changed since");
  }
  for (const letter of await waitingLetters(parts.db)) {
    if (await opens(parts, letter.id, () => openLetterSecret(parts.keys, letter))) continue;
    await inTransaction(parts.db, (trx) =>
      closeLetter(trx, { letter: letter.id }, "cancelled", null, parts.clock),
    );
    await parts.keys.destroy(contactKey(letter.id));
    count("letters of a key changed since");
  }
  const forChildren = await parts.db
    .selectFrom("invitation")
    .select(["id", "child_id", "child_sealed"])
    .where("child_id", "is not", null)
    .execute();
  for (const row of forChildren) {
    if (row.child_id === null || (await opens(parts, row.child_id, () => childOf(parts.keys, row)))) continue;
    const { child, letter } = await inTransaction(parts.db, (trx) =>
      revokeInvitation(trx, row.id, "a restore", parts.clock),
    );
    for (const id of [child, letter]) if (id !== null) await parts.keys.destroy(contactKey(id));
    count("invitations of a key changed since");
  }
  for (const { id } of await parts.db.selectFrom("request").select("id").execute()) {
    if (!(await inTransaction(parts.db, (trx) => dropRequestText(trx, parts.keys, id)))) continue;
    await parts.keys.destroy(requestKey(id));
    count("requests of a key changed since");
  }
  return counts;
}

/** New templates are stored under the turn that the key store has now; that of the backup is given up where nothing is under it. */
async function newestTurnAlone(parts: Pick<Parts, "db" | "keys">): Promise<void> {
  const newest = (await parts.keys.versions("transform"))[0];
  if (!newest) return;
  await inTransaction(parts.db, (trx) => beginTurn(trx, newest.version));
  await inTransaction(parts.db, (trx) => endTurn(trx, newest.version));
}

/** False where the key is there, and is not the one that sealed this. */
async function opens(parts: Pick<Parts, "keys">, id: Id, open: () => Promise<unknown>): Promise<boolean> {
  const ref: KeyRef = contactKey(id);
  try {
    await open();
    return true;
  } catch (error) {
    if (!(error instanceof AssentError)) throw error;
    return error.code !== "signature" || !(await parts.keys.has(ref));
  }
}
