/**
 * What a column is: `personal` data about somebody, an `id` (random, meaningless alone), or `technical` (about the
 * organisation, a file or a process). Every column of every table is declared; a test reads the live schema and fails
 * on one that is not.
 */
export type ColumnNature = "personal" | "id" | "technical";

/** "name:personal id:id ..." keeps sixty columns readable. */
export function natures(columns: string): Readonly<Record<string, ColumnNature>> {
  return Object.fromEntries(
    columns.split(/\s+/).map((pair) => {
      const [name = "", nature = ""] = pair.split(":");
      return [name, { p: "personal", i: "id", t: "technical" }[nature] as ColumnNature];
    }),
  );
}
