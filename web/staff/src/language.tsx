import { setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { en } from "./words/en.ts";
import { fr, type Key } from "./words/fr.ts";

export type Language = "fr" | "en";

/** Which language was chosen. No secret, so that it may outlive the visit; the person's pages keep the same. */
const KEPT = "assent-language";
const CATALOGUES = { fr, en } as const;
const LOCALES = { fr: "fr-FR", en: "en-GB" } as const;

export interface Words {
  readonly language: Language;
  readonly choose: (language: Language) => void;
  readonly t: (key: Key, values?: Readonly<Record<string, string | number>>) => string;
  /** 14 June 2026; also of a day without a time. */
  readonly day: (time: string) => string;
  readonly moment: (time: string) => string;
}

function wordsIn(language: Language, choose: Words["choose"]): Words {
  const i18n = setupI18n({
    locale: language,
    locales: LOCALES[language],
    messages: { [language]: CATALOGUES[language] },
  }).setMessagesCompiler(compileMessage);
  const locale = LOCALES[language];
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
  const bareDays = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  return {
    language,
    choose,
    t: (key, values) => i18n._(key, values),
    day: (time) => (time.length === 10 ? bareDays : days).format(new Date(time)),
    moment: (time) => moments.format(new Date(time)),
  };
}

function firstLanguage(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "fr" || kept === "en") return kept;
  } catch {
    // A browser that keeps nothing asks anew at each visit.
  }
  return navigator.languages.find((one) => /^(fr|en)\b/.test(one))?.startsWith("en") === true ? "en" : "fr";
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
        try {
          localStorage.setItem(KEPT, chosen);
        } catch {
          // As above.
        }
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
