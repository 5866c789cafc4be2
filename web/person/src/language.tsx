import { type I18n, setupI18n } from "@lingui/core";
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { CATALOGUES } from "./words/catalogues.ts";
import type { Catalogues } from "./words/compiled.ts";
import type { Key } from "./words/fr.ts";
import { dayWithMonth, firstLanguage, keepLanguage, LOCALES, type Language } from "../../chosen-language.ts";

export type { Language };
export const LANGUAGES: readonly Language[] = ["fr", "en"];

export interface Words {
  readonly language: Language;
  readonly choose: (language: Language) => void;
  readonly t: (key: Key, values?: Readonly<Record<string, string | number>>) => string;
  /** 14 June 2026 */
  readonly day: (time: string) => string;
  /** 14 June 2026 at 18:32 */
  readonly moment: (time: string) => string;
  /** 18:32:07 */
  readonly clock: (time: string) => string;
  readonly number: (value: number) => string;
  /** "less than a second", or "2.3 s", of milliseconds. */
  readonly duration: (ms: number) => string;
}

const I18N: Readonly<Record<Language, I18n>> = { fr: reader("fr"), en: reader("en") };

function reader(language: Language): I18n {
  const messages = { [language]: CATALOGUES[language] };
  return setupI18n({ locale: language, locales: LOCALES[language], messages });
}

/** Adds what pages that are loaded later say. */
export function addWords(catalogues: Catalogues): void {
  for (const language of LANGUAGES) I18N[language].load(language, catalogues[language]);
}

export function wordsIn(language: Language, choose: Words["choose"] = () => {}): Words {
  const i18n = I18N[language];
  const locale = LOCALES[language];
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
  const clocks = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  const numbers = new Intl.NumberFormat(locale);
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const t: Words["t"] = (key, values) => i18n._(key, values);
  return {
    language,
    choose,
    t,
    day: (time) => dayWithMonth(language, days.format(new Date(time))),
    moment: (time) => dayWithMonth(language, moments.format(new Date(time))),
    clock: (time) => clocks.format(new Date(time)),
    number: (value) => numbers.format(value),
    duration: (ms) =>
      ms < 1000 ? t("duration.short") : t("duration.seconds", { seconds: tenths.format(ms / 1000) }),
  };
}

const Chosen = createContext<Words | null>(null);

export function LanguageProvider({ children }: { readonly children: ComponentChildren }) {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const words = useMemo(
    () =>
      wordsIn(language, (chosen) => {
        setLanguage(chosen);
        keepLanguage(chosen);
      }),
    [language],
  );
  return <Chosen.Provider value={words}>{children}</Chosen.Provider>;
}

export function useWords(): Words {
  const words = useContext(Chosen);
  if (words === null) throw new Error("useWords outside LanguageProvider");
  return words;
}
