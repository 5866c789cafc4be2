import { firstFr } from "./first-fr.ts";
import { laterFr } from "./later-fr.ts";

/**
 * Every word of the person's pages, in French. ICU messages; the English ones have the same keys, and a test holds both
 * to that. What people sign is not here: those texts come from the server, versioned. Spaces before double signs are made
 * narrow and unbreakable when the words are shown.
 */
export const fr = { ...firstFr, ...laterFr } as const;

export type Key = keyof typeof fr;
