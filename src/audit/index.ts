export {
  alteredEntries,
  canonicalJson,
  commitment,
  entriesOf,
  forgetEntriesOf,
  record,
  type Entry,
  type NewEntry,
} from "./entries.ts";
export { openJournal, type Journal, type RestrictingEvent } from "./journal.ts";
export { checkLooker, looksOf, recordLook, type Look, type Looker, type NewLook } from "./looks.ts";
