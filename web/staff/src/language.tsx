import { setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { en } from "./words/en.ts";
import { fr, type Key } from "./words/fr.ts";
import { dayWithMonth, firstLanguage, keepLanguage, LOCALES, type Language } from "../../chosen-language.ts";
import { frenchPrint } from "../../french-print.ts";

export type { Language };

const CATALOGUES = { fr, en } as const;

export interface Words {
  readonly language: Language;
  readonly choose: (language: Language) => void;
  readonly t: (key: Key, values?: Readonly<Record<string, string | number>>) => string;
  /** 14 June 2026; also of a day without a time. */
  readonly day: (time: string) => string;
  readonly moment: (time: string) => string;
  /** With one decimal at most. */
  readonly number: (value: number) => string;
}

function wordsIn(language: Language, choose: Words["choose"]): Words {
  const i18n = setupI18n({
    locale: language,
    locales: LOCALES[language],
    messages: { [language]: CATALOGUES[language] },
  }).setMessagesCompiler((message) =>
    language === "fr" ? compileMessage(message, frenchPrint) : compileMessage(message),
  );
  const locale = LOCALES[language];
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
  const bareDays = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
  return {
    language,
    choose,
    t: (key, values) => i18n._(key, values),
    day: (time) => dayWithMonth(language, (time.length === 10 ? bareDays : days).format(new Date(time))),
    moment: (time) => dayWithMonth(language, moments.format(new Date(time))),
    number: (value) => numbers.format(value),
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
