import { standingOf, type Standing } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import { joinedAfter, joinedPerson, openContact, shortLabel, type JoinedPerson } from "../people/index.ts";
import { collectionById } from "../photos/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";

/** Somebody who joined a collection, as programs of the controller's are told. */
export interface JoinedHere {
  readonly id: Id;
  readonly label: string;
  /** null: none was given, or names were not asked for. */
  readonly name: string | null;
  readonly joinedAt: Date;
}

interface PageOrder {
  readonly collection: Id;
  readonly after: Id | undefined;
  readonly limit: number;
}

/** Names unsealed at once: each is a small file of the key store. */
const UNSEALED_AT_ONCE = 16;

/** Who joined, by id. No look: no face and no photo is named. Errors: `not-found`. */
export async function joinedPage(
  parts: Pick<Parts, "db" | "keys">,
  order: PageOrder & { readonly names: boolean },
): Promise<readonly JoinedHere[]> {
  const { id } = await collectionById(parts.db, order.collection);
  const found = await joinedAfter(parts.db, id, order);
  const told = new Map<Id, JoinedHere>();
  await inParallel(found, UNSEALED_AT_ONCE, async (one) => {
    told.set(one.person.id, await tell(parts, one, order.names));
  });
  return found.map((one) => told.get(one.person.id)).filter((one) => one !== undefined);
}

/** Errors: `not-found`, also for who joined another collection alone. */
export async function joinedOne(
  parts: Pick<Parts, "db" | "keys">,
  order: { readonly collection: Id; readonly person: Id; readonly names: boolean },
): Promise<JoinedHere> {
  const found = await joinedPerson(parts.db, order.collection, order.person);
  if (!found) throw new AssentError("not-found", "nobody of this id has joined this collection");
  return tell(parts, found, order.names);
}

async function tell(
  parts: Pick<Parts, "keys">,
  { person, at }: JoinedPerson,
  names: boolean,
): Promise<JoinedHere> {
  const nameless = { id: person.id, label: shortLabel(person.id), name: null, joinedAt: at };
  if (!names) return nameless;
  const contact = await openContact(parts.keys, { ...person, email_sealed: null }).catch(ifGone);
  return { ...nameless, name: contact?.name ?? null };
}

/** Somebody is being erased just now. */
function ifGone(error: unknown): undefined {
  if (error instanceof AssentError && error.code === "key-gone") return undefined;
  throw error;
}

/** What each of a page of people said, of what concerns the collection. `last`: the last of these people, if there was one. */
export async function consentsOf(
  parts: Pick<Parts, "db" | "clock">,
  order: PageOrder & { readonly person?: Id | undefined },
): Promise<{
  readonly consents: readonly (Standing & { readonly person: Id })[];
  readonly people: readonly { readonly id: Id }[];
}> {
  const { db, clock } = parts;
  const { id } = await collectionById(db, order.collection);
  const one = order.person === undefined ? undefined : await joinedPerson(db, id, order.person);
  const found =
    order.person === undefined
      ? await joinedAfter(db, id, order)
      : one === undefined || order.after !== undefined
        ? []
        : [one];
  const consents: (Standing & { readonly person: Id })[] = [];
  for (const { person } of found) {
    const all = await standingOf(db, person.id, clock);
    const here = all.filter(({ collection }) => collection === null || collection === id);
    consents.push(...here.map((standing) => ({ ...standing, person: person.id })));
  }
  return { consents, people: found.map(({ person }) => ({ id: person.id })) };
}
