import type { KeyVersion } from "../crypto/index.ts";
import type { Parts } from "./instance.ts";
import { KEY_KINDS, type KeyKind, type KeyKindFacts } from "./key-kinds.ts";

/** A key, or how many there are of a kind that many people have one of. Never the key itself. */
export interface ListedKey {
  readonly kind: KeyKind;
  /** Of whom or what: a collection's name, a person's id; null for keys of the whole instance. */
  readonly of: string | null;
  /** Eight bytes in hexadecimal, or the RFC 7638 thumbprint of a key that signs; null where `count` keys are one line. */
  readonly fingerprint: string | null;
  /** ISO 8601; null where it was not noted. Of several: the oldest. */
  readonly madeAt: string | null;
  readonly count: number;
  /** The older key is there still, and both open. */
  readonly changing: boolean;
}

export interface ListedKeys {
  readonly kinds: readonly KeyKindFacts[];
  readonly keys: readonly ListedKey[];
  /** What was begun and is not finished, as `assent keys rotate` names it. */
  readonly unfinished: readonly KeyKind[];
}

/** Which keys there are, in the order of the table. With `all`, each person's by itself. Errors: those of the key store. */
export async function listKeys(
  parts: Pick<Parts, "db" | "keys">,
  { all = false }: { readonly all?: boolean } = {},
): Promise<ListedKeys> {
  const lines = await Promise.all(KEY_KINDS.map(({ kind }) => linesOf(parts, kind, all)));
  return { kinds: KEY_KINDS, keys: lines.flat(), unfinished: await unfinishedChanges(parts) };
}

/** Kinds of keys whose change was begun and is not finished. */
export async function unfinishedChanges(parts: Pick<Parts, "db" | "keys">): Promise<readonly KeyKind[]> {
  const { keyEncryptionKey, names } = await parts.keys.changing();
  const begun = await parts.db.selectFrom("key_change").select("what").execute();
  const unfinished = new Set<KeyKind>([
    ...(keyEncryptionKey ? (["key-encryption-key"] as const) : []),
    ...begun.map((row) => row.what),
    ...names.flatMap((name) => kindOfName(name) ?? []),
  ]);
  return KEY_KINDS.flatMap(({ kind }) => (unfinished.has(kind) ? [kind] : []));
}

function kindOfName(name: string): KeyKind | undefined {
  if (name === "instance.transform") return "transform";
  if (name.startsWith("chips.")) return "chips";
  return name.endsWith(".face") ? "face" : name.endsWith(".contact") ? "contact" : undefined;
}

async function linesOf(
  parts: Pick<Parts, "db" | "keys">,
  kind: KeyKind,
  all: boolean,
): Promise<readonly ListedKey[]> {
  const { keys } = parts;
  const one = { kind, of: null, count: 1, changing: false };
  switch (kind) {
    case "key-encryption-key": {
      const { fingerprint } = keys.keyEncryptionKey();
      const { keyEncryptionKey: changing } = await keys.changing();
      return [{ ...one, fingerprint, madeAt: null, changing }];
    }
    case "epoch": {
      const { number, startedAt } = await keys.currentEpoch();
      return [{ ...one, of: String(number), fingerprint: null, madeAt: startedAt.toISOString() }];
    }
    case "signing":
    case "log": {
      const history = kind === "log" ? await keys.logKeys() : await keys.publicKeys();
      const newest = history.at(-1);
      return newest ? [{ ...one, fingerprint: newest.kid, madeAt: newest.since }] : [];
    }
    case "pepper":
    case "transform":
      return [line(kind, null, await keys.versions(kind))].flatMap((found) => found ?? []);
    case "chips": {
      const rows = await parts.db.selectFrom("collection").select(["id", "name"]).execute();
      const names = new Map(rows.map((row) => [row.id, row.name]));
      const refs = (await keys.list()).filter((ref) => ref.kind === "chips");
      const found = await Promise.all(
        refs.map(async (ref) => line(kind, names.get(ref.id) ?? ref.id, await keys.versions(ref))),
      );
      return found.flatMap((row) => row ?? []);
    }
    case "face":
    case "contact": {
      const found: ListedKey[] = [];
      for (const ref of await keys.list()) {
        if (ref.kind !== "person" || ref.group !== kind) continue;
        const row = line(kind, ref.id, await keys.versions(ref));
        if (row) found.push(row);
      }
      if (all || found.length === 0) return found;
      const made = found.flatMap((row) => row.madeAt ?? []).sort();
      const madeAt = made.length === found.length ? (made[0] ?? null) : null;
      const changing = found.some((row) => row.changing);
      return [{ kind, of: null, fingerprint: null, madeAt, count: found.length, changing }];
    }
  }
}

function line(kind: KeyKind, of: string | null, versions: readonly KeyVersion[]): ListedKey | undefined {
  const [newest] = versions;
  if (!newest) return undefined; // Destroyed meanwhile.
  const madeAt = newest.madeAt?.toISOString() ?? null;
  return { kind, of, fingerprint: newest.fingerprint, madeAt, count: 1, changing: versions.length > 1 };
}
