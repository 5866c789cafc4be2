import { AssentError, wipe, type Id } from "../core/index.ts";
import { openSealed, seal, sealAgain, type KeyStore } from "../crypto/index.ts";
import { chipsKey } from "./collections.ts";

/**
 * The chips of one photo by their position: aligned face crops as encoded pictures. Null is a chip that was dropped;
 * the others keep their positions.
 */
export type Chips = readonly (Uint8Array | null)[];

const VERSION = 1;
const MOST_CHIPS = 10_000;
const DROPPED = 0xffff_ffff;

/**
 * One sealed file for all chips of a photo, under the collection's key and bound to the photo. Inside: version byte 1,
 * their number, the length of each (0xffffffff for one that was dropped), then their bytes; numbers are 32 bits, little-endian.
 * Errors: `key-gone` where joining has closed.
 */
export function sealChips(keys: KeyStore, collection: Id, photo: Id, chips: Chips): Promise<Uint8Array> {
  return keys.withKey(chipsKey(collection), (key) => {
    const plain = pack(chips);
    try {
      return seal(key, plain, purpose(collection, photo));
    } finally {
      wipe(plain);
    }
  });
}

/** Errors: `key-gone` where joining has closed; `signature` for bytes of another photo or collection. */
export function openChips(keys: KeyStore, collection: Id, photo: Id, sealed: Uint8Array): Promise<Chips> {
  return keys.withKey(chipsKey(collection), (key) => {
    const plain = openSealed(key, sealed, purpose(collection, photo));
    try {
      return unpack(plain);
    } finally {
      wipe(plain);
    }
  });
}

/** The sealed file under the newest of the collection's keys; null where that sealed it. Errors: as `openChips`. */
export function sealChipsAgain(
  keys: KeyStore,
  collection: Id,
  photo: Id,
  sealed: Uint8Array,
): Promise<Uint8Array | null> {
  return keys.withKey(chipsKey(collection), (key) => sealAgain(key, sealed, purpose(collection, photo)));
}

/** The sealed file without the chips at these positions; null where none is left. */
export async function dropChips(
  keys: KeyStore,
  collection: Id,
  photo: Id,
  sealed: Uint8Array,
  positions: readonly number[],
): Promise<Uint8Array | null> {
  const chips = await openChips(keys, collection, photo, sealed);
  const left = chips.map((chip, i) => (positions.includes(i) ? null : chip));
  try {
    return left.every((chip) => chip === null) ? null : await sealChips(keys, collection, photo, left);
  } finally {
    for (const chip of chips) if (chip) wipe(chip);
  }
}

function purpose(collection: Id, photo: Id): string {
  return `chips:${collection}:${photo}`;
}

function pack(chips: Chips): Uint8Array {
  const header = 1 + 4 + 4 * chips.length;
  const size = chips.reduce((sum, chip) => sum + (chip?.length ?? 0), header);
  const plain = new Uint8Array(size);
  const view = new DataView(plain.buffer);
  plain[0] = VERSION;
  view.setUint32(1, chips.length, true);
  let at = header;
  chips.forEach((chip, i) => {
    view.setUint32(5 + 4 * i, chip?.length ?? DROPPED, true);
    if (!chip) return;
    plain.set(chip, at);
    at += chip.length;
  });
  return plain;
}

function unpack(plain: Uint8Array): Chips {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const count = plain.length >= 5 && plain[0] === VERSION ? view.getUint32(1, true) : Infinity;
  let at = 1 + 4 + 4 * count;
  if (count > MOST_CHIPS || at > plain.length) throw malformed();
  const chips = Array.from({ length: count }, (_, i) => {
    const length = view.getUint32(5 + 4 * i, true);
    if (length === DROPPED) return null;
    if (at + length > plain.length) throw malformed();
    at += length;
    return plain.slice(at - length, at);
  });
  if (at !== plain.length) throw malformed();
  return chips;
}

/** They were sealed by us, so this is a defect or another version, not an attack. */
function malformed(): AssentError {
  return new AssentError("internal", "a chip file is not of version 1");
}
