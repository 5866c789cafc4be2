export { withAdvisoryLock } from "./advisory-lock.ts";
export { withClaims, type Claims } from "./claims.ts";
export { requireCollection } from "./collection-there.ts";
export {
  addressOf,
  openDatabase,
  WORKING,
  workersOf,
  type Database,
  type DatabaseSource,
  type Db,
  type Trx,
} from "./database.ts";
export { withoutServer } from "./lost-connection.ts";
export { migrate, migrationsOf } from "./migrate.ts";
export { inSnapshot, inTransaction, isUniqueViolation } from "./transaction.ts";
export { holdSealed, holdSealing } from "./sealing-lock.ts";
export * from "./schema.ts";
