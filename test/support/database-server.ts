/** One PostgreSQL server per test run; files ask it for databases of their own (test/support/database.ts). */
export default function setup(): void {}
