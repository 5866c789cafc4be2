export type Language = "fr" | "en";

/** French as it is written in France, and English with the day before the month. */
export const LOCALES = { fr: "fr-FR", en: "en-GB" } as const satisfies Record<Language, string>;

/** A written date whose day keeps to its month, with a break before the year at most; the French first day is "1er". */
export function dayWithMonth(language: Language, date: string): string {
  const first = language === "fr" ? date.replace(/^1 /, "1er ") : date;
  return first.replace(/^(\d+(?:er)?) /, "$1\u00a0");
}

/** Which language was chosen. No secret, so that it may outlive the visit. */
const KEPT = "assent-language";

/** The one chosen before on any of our pages, else the browser's first that is spoken here, else French. */
export function firstLanguage(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "fr" || kept === "en") return kept;
  } catch {
    // A browser that keeps nothing asks anew at each visit.
  }
  return navigator.languages.find((one) => /^(fr|en)\b/.test(one))?.startsWith("en") === true ? "en" : "fr";
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // As above.
  }
}
