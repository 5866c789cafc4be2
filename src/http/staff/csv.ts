/** What a spreadsheet would take for a formula: a name may begin so, and must not compute anything. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * Lines as RFC 4180 CSV in UTF-8, with the mark by which spreadsheets know it. Every field is quoted; one that a spreadsheet
 * would compute is led by an apostrophe.
 */
export function toCsv(lines: readonly (readonly string[])[]): string {
  const field = (text: string): string =>
    `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  return `\uFEFF${lines.map((line) => `${line.map(field).join(",")}\r\n`).join("")}`;
}
