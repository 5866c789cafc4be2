import { compiled } from "./compiled.ts";
import { laterEn } from "./later-en.ts";
import { laterFr } from "./later-fr.ts";

/** What the pages after joining say; see catalogues.ts. */
export const CATALOGUES = compiled(laterFr, laterEn);
