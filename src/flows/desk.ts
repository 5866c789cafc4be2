import { AssentError, type Id } from "../core/index.ts";
import { DESK_LIMIT, openContact, personById } from "../people/index.ts";
import { collectionById } from "../photos/index.ts";
import type { Parts } from "./instance.ts";
import { join, type Joined } from "./join.ts";
import { isWaiting } from "./open-matters.ts";
import { askedIn } from "./welcome.ts";

const DAY_MS = 86_400_000;

export interface DeskView {
  /** Desk and paper enrolments under the member of staff's name within a day, of `limit`. */
  readonly today: number;
  readonly limit: number;
  /** What people are asked, in both languages. */
  readonly texts: readonly { readonly purpose: string; readonly fr: string; readonly en: string }[];
  /** People who joined on their own device and have passed no challenge yet. */
  readonly provisional: readonly {
    readonly enrolment: Id;
    readonly person: Id;
    readonly name: string | null;
    readonly at: Date;
  }[];
}

/** What a desk needs to see. Who has joined is no look: nobody's face or photo is named. */
export async function deskOf(
  parts: Pick<Parts, "db" | "keys" | "clock">,
  order: { readonly collection: Id; readonly staff: string },
): Promise<DeskView> {
  const collection = await collectionById(parts.db, order.collection);
  const today = await parts.db
    .selectFrom("enrolment")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("staff", "=", order.staff)
    .where("given_how", "<>", "own-device")
    .where("created_at", ">", new Date(parts.clock.now().getTime() - DAY_MS))
    .executeTakeFirstOrThrow();
  const rows = await parts.db
    .selectFrom("enrolment")
    .select(["id", "person_id", "created_at"])
    .where("collection_id", "=", collection.id)
    .where(isWaiting(parts.clock.now()))
    .orderBy("created_at", "desc")
    .limit(200)
    .execute();
  const provisional: DeskView["provisional"][number][] = [];
  for (const row of rows) {
    const { name } = await openContact(parts.keys, await personById(parts.db, row.person_id));
    provisional.push({ enrolment: row.id, person: row.person_id, name, at: row.created_at });
  }
  return {
    today: today.n,
    limit: DESK_LIMIT,
    // The person's own device is the only place where they may agree to be looked up by staff.
    texts: askedIn(collection)
      .filter((one) => one.purpose !== "staff-lookup")
      .map(({ purpose, channel, fr, en }) => ({
        purpose: channel === null ? purpose : `${purpose}:${channel}`,
        fr,
        en,
      })),
    provisional,
  };
}

/**
 * Somebody who joined on their own device and could not pass the challenge stands before a member of staff: a picture is
 * taken, and they vouch. What the person agreed to stays as it is; that they are to be found is said once more, at the desk.
 * Errors: `not-found`, and those of `join`.
 */
export async function promote(
  parts: Parts,
  order: {
    readonly collection: Id;
    readonly enrolment: Id;
    readonly selfies: readonly string[];
    readonly staff: string;
    readonly secondStaff?: string | undefined;
  },
): Promise<Joined> {
  const row = await parts.db
    .selectFrom("enrolment")
    .innerJoin("person", "person.id", "enrolment.person_id")
    .select(["person.id", "person.language"])
    .where("enrolment.id", "=", order.enrolment)
    .where("enrolment.collection_id", "=", order.collection)
    .where(isWaiting(parts.clock.now()))
    .executeTakeFirst();
  if (!row) throw new AssentError("not-found", "nobody in this collection waits for that");
  return join(parts, {
    collection: order.collection,
    selfies: order.selfies,
    consents: ["find-me"],
    person: row.id,
    name: undefined,
    email: undefined,
    until: undefined,
    language: row.language,
    given: "desk",
    staff: order.staff,
    secondStaff: order.secondStaff,
    progress: () => undefined,
  });
}
