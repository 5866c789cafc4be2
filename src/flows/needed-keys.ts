import type { Db } from "../db/index.ts";

/** The keys that there is something for, as `keySubject` names them; any other opens nothing that is still there. */
export async function neededKeys(db: Db): Promise<ReadonlySet<string>> {
  const [people, children, letters, requests, sealed, collections] = await Promise.all([
    db.selectFrom("person").select("id").execute(),
    // Their names wait, sealed, in invitations to their guardians.
    db.selectFrom("invitation").select("child_id").where("child_id", "is not", null).execute(),
    db.selectFrom("letter").select("id").where("state", "=", "waiting").execute(),
    db
      .selectFrom("request")
      .select("id")
      .where((eb) => eb.or([eb("contact_sealed", "is not", null), eb("note_sealed", "is not", null)]))
      .execute(),
    db.selectFrom("template").select("person_id").distinct().execute(),
    db.selectFrom("collection").select("id").where("joining_closed_at", "is", null).execute(),
  ]);
  return new Set([
    ...people.map((row) => `person:${row.id}:contact`),
    ...children.map((row) => `person:${row.child_id}:contact`),
    ...letters.map((row) => `person:${row.id}:contact`),
    ...requests.map((row) => `person:${row.id}:contact`),
    ...sealed.map((row) => `person:${row.person_id}:face`),
    ...collections.map((row) => `chips:${row.id}`),
  ]);
}
