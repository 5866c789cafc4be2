import { setupI18n, type I18n } from "@lingui/core";
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Catalogues } from "../../person/src/words/compiled.ts";
import { CATALOGUES } from "./words/catalogues.ts";
import type { Key } from "./words/fr.ts";
import { dayWithMonth, firstLanguage, keepLanguage, LOCALES, type Language } from "../../chosen-language.ts";

export type { Language };

export interface Words {
  readonly language: Language;
  readonly choose: (language: Language) => void;
  readonly t: (key: Key, values?: Readonly<Record<string, string | number>>) => string;
  /** 14 June 2026; also of a day without a time. */
  readonly day: (time: string) => string;
  readonly moment: (time: string) => string;
  /** With one decimal at most. */
  readonly number: (value: number) => string;
  /** Per cent, with the two figures that count. */
  readonly share: (value: number) => string;
}

const I18N: Readonly<Record<Language, I18n>> = { fr: reader("fr"), en: reader("en") };

function reader(language: Language): I18n {
  const messages = { [language]: CATALOGUES[language] };
  return setupI18n({ locale: language, locales: LOCALES[language], messages });
}

/** Adds what pages that are loaded later say. */
export function addWords(catalogues: Catalogues): void {
  for (const language of ["fr", "en"] as const) I18N[language].load(language, catalogues[language]);
}

/** Whether there are words by this name: codes and purposes of a newer server may have none. */
export function isKey(key: string): key is Key {
  return key in I18N.fr.messages;
}

function wordsIn(language: Language, choose: Words["choose"]): Words {
  const i18n = I18N[language];
  const locale = LOCALES[language];
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
  const bareDays = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const shares = new Intl.NumberFormat(locale, { style: "percent", maximumSignificantDigits: 2 });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
  return {
    language,
    choose,
    t: (key, values) => i18n._(key, values),
    day: (time) => dayWithMonth(language, (time.length === 10 ? bareDays : days).format(new Date(time))),
    moment: (time) => dayWithMonth(language, moments.format(new Date(time))),
    number: (value) => numbers.format(value),
    share: (value) => shares.format(value),
  };
}

const Chosen = createContext<Words | null>(null);

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
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
