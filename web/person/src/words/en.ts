import { firstEn } from "./first-en.ts";
import type { Key } from "./fr.ts";
import { laterEn } from "./later-en.ts";

/** Every word of the person's pages, in English. See fr.ts. */
export const en: Readonly<Record<Key, string>> = { ...firstEn, ...laterEn };
