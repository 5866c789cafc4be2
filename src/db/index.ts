export { openDatabase, type Database, type DatabaseSource, type Db, type Trx } from "./database.ts";
export { inTransaction, isUniqueViolation } from "./transaction.ts";
export * from "./schema.ts";
