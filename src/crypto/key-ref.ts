import { AssentError, isId, type Id } from "../core/index.ts";

/** `face`: templates, and selfies while they are checked. `contact`: name, e-mail, phone, guardian links, mail bodies. */
export type KeyGroup = "face" | "contact";

/** A key that can be destroyed: one per person and group, and one per collection for its face chips. */
export type KeyRef =
  | { readonly kind: "person"; readonly id: Id; readonly group: KeyGroup }
  | { readonly kind: "chips"; readonly id: Id };

/**
 * What the whole instance needs and never loses: the seed of its Ed25519 signing key, the seed of the templates' orthogonal
 * transform, the key of keyed hashes, and the seed by which the transparency log is signed. 32 bytes each.
 */
export type InstanceSecret = "signing" | "transform" | "pepper" | "log";
export const INSTANCE_SECRETS: readonly InstanceSecret[] = ["signing", "transform", "pepper", "log"];

/** The name of a key, which is its file name too; it is bound into the wrapping, so that files cannot trade places. */
export type KeyName = string;

const PERSON = /^person\.([0-9a-f-]{36})\.(face|contact)$/;
const CHIPS = /^chips\.([0-9a-f-]{36})$/;

/** Errors: `bad-input` where the id is none of ours, so that no name leads out of the folder. */
export function keyName(ref: KeyRef): KeyName {
  if (!isId(ref.id)) throw new AssentError("bad-input", "a key is named by an id of this instance");
  switch (ref.kind) {
    case "person":
      return `person.${ref.id}.${ref.group}`;
    case "chips":
      return `chips.${ref.id}`;
  }
}

export function secretName(secret: InstanceSecret): KeyName {
  return `instance.${secret}`;
}

/** What is written in the place of a key while it is being changed has a name of its own; both are wrapped anew by a roll. */
const NEXT = ".next";

export function successorName(name: KeyName): KeyName {
  return `${name}${NEXT}`;
}

export function isSuccessor(name: KeyName): boolean {
  return name.endsWith(NEXT);
}

/** The name of the key itself, for its successor too. */
export function ownName(name: KeyName): KeyName {
  return isSuccessor(name) ? name.slice(0, -NEXT.length) : name;
}

/** Undefined for the instance's secrets and for files that are not ours. */
export function parseKeyName(name: KeyName): KeyRef | undefined {
  const [, person, group] = PERSON.exec(name) ?? [];
  if (person !== undefined && isId(person)) return { kind: "person", id: person, group: group as KeyGroup };
  const [, collection] = CHIPS.exec(name) ?? [];
  return collection !== undefined && isId(collection) ? { kind: "chips", id: collection } : undefined;
}
