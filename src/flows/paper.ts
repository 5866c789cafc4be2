/** A paper that the program drafts and a person completes: what it says, without how it looks. */
export interface Paper {
  readonly language: "fr" | "en";
  readonly title: string;
  /** What it is, and what it is not. */
  readonly note: string;
  /** When what it says was read. */
  readonly at: Date;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "facts"; readonly rows: readonly (readonly [term: string, value: string])[] }
  | {
      readonly kind: "table";
      readonly heads: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  /** What the program cannot know: a person writes it. */
  | { readonly kind: "fill-in"; readonly text: string };

/** Both languages beside each other, so that a change of one asks for the other. */
export type Say = (fr: string, en: string) => string;

/** French with its spaces before double signs and inside quotation marks, and curved apostrophes, as it is printed. */
export function sayIn(language: Paper["language"]): Say {
  return (fr, en) =>
    language === "en"
      ? en
      : fr
          .replace(/ ([;:?!»])/g, "\u00a0$1")
          .replaceAll("« ", "«\u00a0")
          .replaceAll("'", "’");
}

export const text = (said: string): Block => ({ kind: "text", text: said });
export const fillIn = (said: string): Block => ({ kind: "fill-in", text: said });
