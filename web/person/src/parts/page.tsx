import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { Mark } from "../drawings/mark.tsx";
import { LANGUAGES, useWords } from "../language.tsx";
import { keep, kept } from "../visit.ts";
import { Icon } from "./icons.tsx";

/** Whether a page was opened from another page of this visit: the first one leaves the focus where browsers put it. */
let navigated = false;

const WHO = "who";

export interface PageProps {
  readonly title: string;
  /** The organisation, where it is known. */
  readonly who?: string | undefined;
  /** Where "back" leads; `history` is the page before. */
  readonly back?: string | (() => void) | undefined;
  /** "2 of 4" */
  readonly progress?: string | undefined;
  /** `wide` for photos. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/**
 * One page: who asks, the language, one heading that takes the focus, and the door for anybody below.
 * Pages that follow one another in one place carry a `key`, so that the focus moves to each heading.
 */
export function Page({ title, who: named, back, progress, wide, children }: PageProps) {
  const { t } = useWords();
  // One instance serves one organisation: once it is known, every page of the visit says it.
  const who = named ?? kept<string>(WHO) ?? undefined;
  useEffect(() => {
    if (named !== undefined) keep(WHO, named);
  }, [named]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = who === undefined ? title : `${title} · ${who}`;
  }, [title, who]);
  useEffect(() => {
    if (navigated) {
      window.scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    navigated = true;
  }, []);
  return (
    <div class={wide === true ? "page wide" : "page"}>
      <header class="top">
        <span class="who">
          <Mark />
          <span>{who ?? "Assent"}</span>
        </span>
        <LanguageSwitch />
      </header>
      <Offline />
      <main>
        <div class="head">
          {(back !== undefined || progress !== undefined) && (
            <p class="above">
              {back !== undefined && <Back to={back} />}
              {progress !== undefined && <span class="quiet">{progress}</span>}
            </p>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </div>
        {children}
      </main>
      <footer class="bottom">
        <Link href="/hide-me">{t("footer.hide")}</Link>
        <Link href="/verify">{t("footer.verify")}</Link>
      </footer>
    </div>
  );
}

function Back({ to }: { readonly to: string | (() => void) }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  return (
    <button
      type="button"
      class="back"
      onClick={() => {
        if (typeof to === "string") navigate(to);
        else to();
      }}
    >
      <Icon name="back" />
      {t("back")}
    </button>
  );
}

function LanguageSwitch() {
  const { language, choose, t } = useWords();
  const other = LANGUAGES.find((one) => one !== language) ?? language;
  return (
    <button type="button" class="language" lang={other} onClick={() => choose(other)}>
      {t("language.other")}
    </button>
  );
}

function Offline() {
  const { t } = useWords();
  const [offline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return (
    <div role="status" class="offline-place">
      {offline && (
        <p class="notice amber">
          <Icon name="offline" />
          {t("offline.banner")}
        </p>
      )}
    </div>
  );
}
