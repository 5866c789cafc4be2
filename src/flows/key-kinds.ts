/**
 * Every kind of key that an instance has: what it protects, what is lost when it is lost, and what changing it means for backups that
 * were made before. The one table of `assent keys list`, of the first start and of docs/operating.md, which a test compares.
 */
export const KEY_KINDS = [
  {
    kind: "key-encryption-key",
    made: "at the first start, or by you",
    protects: "all other keys: it wraps the epoch keys",
    lost: "everything sealed, for ever: names, addresses, templates, chips, every backup. Receipts and log can no longer be signed",
    backups: "none: they open as before",
  },
  {
    kind: "epoch",
    made: "each day",
    protects: "the keys below: it wraps each of them",
    lost: "as the key-encryption key",
    backups: "none: they open as before",
  },
  {
    kind: "signing",
    made: "at the first start",
    protects: "receipts: signs them",
    lost: "no new receipt by it. Those given stay valid, as long as its public half is in the list of keys",
    backups: "none: they open as before",
  },
  {
    kind: "log",
    made: "at the first start",
    protects: "the transparency log: signs its heads",
    lost: "no new head by it. Those signed stay valid, as long as its public half is in the list of keys",
    backups: "none: they open as before",
  },
  {
    kind: "pepper",
    made: "at the first start",
    protects: "backups, staff sessions, codes of the day, receipts that wait to be fetched",
    lost: "every backup; staff sign in again",
    backups: "it is never changed, because every backup opens by it",
  },
  {
    kind: "transform",
    made: "at the first start",
    protects: "templates: turns them, so that those of two instances cannot be linked",
    lost: "every template: whoever joined takes a selfie again",
    backups: "templates in earlier backups are dropped by a restore: those people take a selfie again",
  },
  {
    kind: "chips",
    made: "with each collection",
    protects: "the face chips of that collection",
    lost: "newcomers are not found in photos that are there already; import them again",
    backups: "none: chips are in no backup",
  },
  {
    kind: "face",
    made: "with each person's first template",
    protects: "the templates of that person",
    lost: "that person's templates: they take a selfie again",
    backups: "their templates in earlier backups are dropped by a restore: they take a selfie again",
  },
  {
    kind: "contact",
    made: "with each person, letter and request",
    protects: "the name and e-mail of that person; the text of that letter or request",
    lost: "that name, address or text. The personal link works on",
    backups: "their names, addresses and texts in earlier backups are dropped by a restore",
  },
] as const;

export type KeyKind = (typeof KEY_KINDS)[number]["kind"];
export type KeyKindFacts = (typeof KEY_KINDS)[number];

/** Kinds that can be changed. */
export const CHANGEABLE: readonly Exclude<KeyKind, "pepper">[] = [
  "key-encryption-key",
  "epoch",
  "signing",
  "log",
  "transform",
  "chips",
  "face",
  "contact",
];
export type ChangeableKey = (typeof CHANGEABLE)[number];

export function keyKind(kind: KeyKind): KeyKindFacts {
  return KEY_KINDS.find((one) => one.kind === kind) as KeyKindFacts;
}

/** What whoever makes an instance is told before its keys are made. */
export function toldBeforeKeys(): readonly string[] {
  return [
    "This makes a new instance, with keys of its own. If they are lost, nobody can bring back what they protect:",
    ...KEY_KINDS.map((one) => `  ${one.kind}: ${one.protects}. Lost with it: ${one.lost}.`),
    "Keep the folder keys on mirrored disks, and the key-encryption key apart from it (docs/operating.md).",
  ];
}
