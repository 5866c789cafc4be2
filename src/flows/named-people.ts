import { AssentError, type Id } from "../core/index.ts";
import { joinedPeople, openContact, personById, shortLabel } from "../people/index.ts";
import { collectionById } from "../photos/index.ts";
import { inParallel } from "./in-parallel.ts";
import type { Parts } from "./instance.ts";

/** Somebody as staff call them: by name, or by a short label where they gave none. */
export interface NamedPerson {
  readonly person: Id;
  readonly name: string | null;
  readonly label: string;
}

export async function namedPerson(parts: Pick<Parts, "db" | "keys">, person: Id): Promise<NamedPerson> {
  const { name } = await openContact(parts.keys, await personById(parts.db, person));
  return { person, name, label: shortLabel(person) };
}

/** People offered at once; more are found by their name or label. */
const OFFERED = 50;
/** Names unsealed at once: each is a small file of the key store. */
const UNSEALED_AT_ONCE = 16;

/** Somebody who joined, and when. */
export type JoinedName = NamedPerson & { readonly at: Date };

/**
 * Who joined a collection, for whoever tags by hand: the first of `everybodyOf`, and whether there are more.
 * Errors: `not-found`.
 */
export async function peopleOf(
  parts: Pick<Parts, "db" | "keys">,
  order: { readonly collection: Id; readonly looking?: string | undefined },
): Promise<{ readonly people: readonly JoinedName[]; readonly more: boolean }> {
  const found = await everybodyOf(parts, order);
  return { people: found.slice(0, OFFERED), more: found.length > OFFERED };
}

/**
 * Who joined a collection: by name, those without one last by their label. Names are unsealed as they are read, and searched
 * in memory alone. No look: no face and no photo is named. `looking` keeps those whose name or label holds it, whatever the
 * case and accents. Errors: `not-found`.
 */
export async function everybodyOf(
  parts: Pick<Parts, "db" | "keys">,
  order: { readonly collection: Id; readonly looking?: string | undefined },
): Promise<readonly JoinedName[]> {
  const { id } = await collectionById(parts.db, order.collection);
  const wanted = plain(order.looking ?? "");
  const found: JoinedName[] = [];
  await inParallel(await joinedPeople(parts.db, id), UNSEALED_AT_ONCE, async ({ person, at }) => {
    const label = shortLabel(person.id);
    const contact = await openContact(parts.keys, { ...person, email_sealed: null }).catch(ifGone);
    if (contact === undefined) return;
    const kept = [contact.name ?? "", label, label.replace(" ", "")].some((text) =>
      plain(text).includes(wanted),
    );
    if (kept) found.push({ person: person.id, name: contact.name, label, at });
  });
  found.sort(
    (a, b) =>
      Number(a.name === null) - Number(b.name === null) ||
      plain(a.name ?? a.label).localeCompare(plain(b.name ?? b.label)) ||
      (a.person < b.person ? -1 : 1),
  );
  return found;
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/** Somebody is being erased just now. */
function ifGone(error: unknown): undefined {
  if (error instanceof AssentError && error.code === "key-gone") return undefined;
  throw error;
}
