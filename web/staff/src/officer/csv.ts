/**
 * Lines of a table for a spreadsheet, RFC 4180, behind the mark by which spreadsheets know UTF-8. What begins like a formula is kept
 * from being one.
 */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string => {
    if (typeof value === "number") return String(value);
    const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  };
  return "\uFEFF" + rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
