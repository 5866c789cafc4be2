import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import type { StaffMe } from "../../../../src/http/contract/staff.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Mark } from "./mark.tsx";

const PLACES = [
  ["/", "nav.collections", "see-collections"],
  ["/requests", "nav.requests", "see-requests"],
  ["/claims", "nav.claims", "settle-claims"],
  ["/conflicts", "nav.conflicts", "settle-conflicts"],
  ["/look-up", "nav.look-up", "look-up"],
  ["/outbox", "nav.outbox", "invite-people"],
  ["/jobs", "nav.jobs", "run-jobs"],
  ["/officer", "nav.officer", "read-papers"],
  ["/to-confirm", "nav.two", "delete-photos"],
  ["/team", "nav.team", "manage-accounts"],
  ["/keys", "nav.keys", "manage-accounts"],
  ["/webhooks", "nav.webhooks", "manage-webhooks"],
  ["/account", "nav.account", "see-self"],
] as const;

/** What is around every page behind the sign-in. */
export function Shell({ me, children }: { readonly me: StaffMe; readonly children: ReactNode }) {
  const { t } = useWords();
  const [location] = useLocation();
  const client = useQueryClient();
  const signOut = async (): Promise<void> => {
    await api.signOut().catch(() => undefined);
    await client.resetQueries();
  };
  return (
    <div className="page staff">
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <header className="top">
        <Who name={me.organisation} />
        <LanguageSwitch />
        <nav aria-label={me.organisation}>
          <ul>
            {PLACES.filter(([, , action]) => me.somewhere.includes(action)).map(([path, key]) => (
              <li key={path}>
                <Link href={path} aria-current={isHere(location, path) ? "page" : undefined}>
                  {t(key)}
                </Link>
              </li>
            ))}
            <li>
              <button type="button" className="plain" onClick={() => void signOut()}>
                {t("nav.sign-out")}
              </button>
            </li>
          </ul>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** Pages below the officer's first one are the officer's too. */
function isHere(location: string, path: string): boolean {
  return location === path || (path === "/officer" && location.startsWith(`${path}/`));
}

/** Whose pages these are. */
function Who({ name }: { readonly name: string }) {
  return (
    <span className="who">
      <Mark />
      <span>{name}</span>
    </span>
  );
}

/** A page without sign-in: only the language above it. */
export function OpenPage({ children }: { readonly children: ReactNode }) {
  return (
    <div className="page">
      <header className="top">
        <Who name="Assent" />
        <LanguageSwitch />
      </header>
      <main className="narrow">{children}</main>
    </div>
  );
}

function LanguageSwitch() {
  const { t, language, choose } = useWords();
  const other = language === "fr" ? "en" : "fr";
  return (
    <button type="button" className="plain language-of" lang={other} onClick={() => choose(other)}>
      {t("language.other")}
    </button>
  );
}

/** A page's title: the window's too, and where reading begins after a change of page. */
export function Title({ children, above }: { readonly children: string; readonly above?: ReactNode }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Assent`;
    title.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [children]);
  return (
    <div className="head">
      {above}
      <h1 ref={title} tabIndex={-1}>
        {children}
      </h1>
    </div>
  );
}

/** The way back, above a title. */
export function Back({ to, label }: { readonly to: string; readonly label: string }) {
  return (
    <Link href={to} className="plain">
      ← {label}
    </Link>
  );
}
