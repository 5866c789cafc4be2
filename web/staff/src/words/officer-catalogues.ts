import { compiled } from "../../../person/src/words/compiled.ts";
import { officerEn } from "./officer-en.ts";
import { officerFr } from "./officer-fr.ts";

/** What the officer's pages say; see catalogues.ts. */
export const CATALOGUES = compiled(officerFr, officerEn);
