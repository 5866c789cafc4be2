export { type BackupRecord, type EndRecord, type Header, type Manifest, type TableRecord } from "./format.ts";
export {
  createBackupFile,
  readBackup,
  readHeader,
  type BackupWriter,
  type ReadRecord,
} from "./sealed-file.ts";
export {
  continueCounting,
  emptyNew,
  putRows,
  rowsOf,
  tablesInOrder,
  tablesInUse,
  withoutGuards,
} from "./tables.ts";
