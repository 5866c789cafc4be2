import { compiled } from "../../../person/src/words/compiled.ts";
import { firstEn } from "./en.ts";
import { firstFr } from "./fr.ts";

/** What every page but the officer's says, read as messages: by the build, in place of this file (see vite.config.ts). */
export const CATALOGUES = compiled(firstFr, firstEn);
