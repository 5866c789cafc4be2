import { join } from "node:path";
import { AssentError, isId, newId, type Id } from "../core/index.ts";
import { createDurably, readIfThere, type KeyFolders } from "./key-files.ts";
import { parseObject } from "./wrapped-key.ts";

const FORMAT = "assent-key-store/1";

/** Undefined until the first start has made everything else. */
export async function readIdentity(folders: KeyFolders): Promise<Id | undefined> {
  const text = await readIfThere(join(folders.root, "key-store.json"));
  if (text === undefined) return undefined;
  const file = parseObject(text);
  if (file?.["format"] !== FORMAT || typeof file["id"] !== "string" || !isId(file["id"])) {
    throw new AssentError("instance-mismatch", `${folders.root} is no key store that this version reads`, {
      remedy: "Use the version of Assent that made it, or bring its key-store.json back from a copy.",
    });
  }
  return file["id"];
}

export async function createIdentity(folders: KeyFolders, createdAt: Date): Promise<Id> {
  const id = newId();
  const text = JSON.stringify({ format: FORMAT, id, createdAt: createdAt.toISOString() });
  await createDurably(folders, join(folders.root, "key-store.json"), `${text}\n`);
  return id;
}
