import { compiled } from "./compiled.ts";
import { firstEn } from "./first-en.ts";
import { firstFr } from "./first-fr.ts";

/**
 * What the first pages say, in both languages, read as messages. The build does the reading once and writes its result in
 * place of this file, so that browsers load no reader of messages (see vite.config.ts).
 */
export const CATALOGUES = compiled(firstFr, firstEn);
