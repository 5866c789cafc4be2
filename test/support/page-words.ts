import type { Locator, Page } from "playwright-core";

/** A catalogue's texts by their keys, as the pages have them. */
type Catalogue<Key extends string> = Readonly<Record<Key, string>>;
type Values = Readonly<Record<string, string | number>>;

/** What stands in a page, by the key of its words. */
export interface PageWords<Key extends string> {
  readonly t: (key: Key, values?: Values) => string;
  readonly button: (key: Key, values?: Values) => Locator;
  readonly link: (key: Key, values?: Values) => Locator;
  readonly heading: (key: Key, values?: Values) => Locator;
  readonly text: (key: Key, values?: Values) => Locator;
  /** A field, a tick or a choice, by its label. */
  readonly field: (key: Key, values?: Values) => Locator;
}

/** The page's own words, so that a test presses what people read. A value that is not given may be anything. */
export function pageWords<Key extends string>(page: Page, catalogue: Catalogue<Key>): PageWords<Key> {
  const t = (key: Key, values: Values = {}): string =>
    Object.entries(values).reduce<string>(
      (text, [name, value]) => text.replaceAll(`{${name}}`, String(value)),
      catalogue[key],
    );
  // French puts narrow spaces that do not break before double signs. A button may begin with the words of its drawing.
  const pattern = (words: string, whole = false): RegExp => {
    const pieces = fixedPieces(words).map((piece) =>
      piece.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/\s+/g, String.raw`\s+`),
    );
    const free = pieces.join(".*");
    return new RegExp(whole ? `^${free}$` : free);
  };
  return {
    t,
    button: (key, values) => page.getByRole("button", { name: pattern(t(key, values)) }).first(),
    link: (key, values) => page.getByRole("link", { name: pattern(t(key, values)) }).first(),
    heading: (key, values) => page.getByRole("heading", { name: pattern(t(key, values)) }),
    text: (key, values) => page.getByText(pattern(t(key, values))).first(),
    field: (key, values) => page.getByLabel(pattern(t(key, values), true)).first(),
  };
}

/** What a message says whatever its values are, `{n, plural, one {…} other {…}}` included: the text between them. */
function fixedPieces(message: string): readonly string[] {
  const pieces = [""];
  let depth = 0;
  for (const character of message) {
    if (character === "{" && depth++ === 0) pieces.push("");
    else if (character === "}") depth -= 1;
    else if (depth === 0) pieces[pieces.length - 1] += character;
  }
  return pieces;
}
