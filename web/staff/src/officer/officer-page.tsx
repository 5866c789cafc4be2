import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useWords } from "../language.tsx";
import { Title } from "../parts/shell.tsx";

const PAGES = [
  ["/officer", "officer.nav.overview"],
  ["/officer/log", "officer.nav.log"],
  ["/officer/accounts", "officer.nav.accounts"],
  ["/officer/calendar", "officer.nav.calendar"],
  ["/officer/texts", "officer.nav.texts"],
  ["/officer/disclosures", "officer.nav.disclosures"],
  ["/officer/reach", "officer.nav.reach"],
  ["/officer/error-rates", "officer.nav.error-rates"],
  ["/officer/papers", "officer.nav.papers"],
] as const;

/** Around each of the officer's pages: its title and the way to the others. */
export function OfficerPage({
  title,
  says,
  children,
}: {
  readonly title: string;
  readonly says: string;
  readonly children: ReactNode;
}) {
  const { t } = useWords();
  const [location] = useLocation();
  return (
    <div className="stack officer">
      <nav className="chapters not-printed" aria-label={t("nav.officer")}>
        <ul>
          {PAGES.map(([path, key]) => (
            <li key={path}>
              <Link href={path} aria-current={location === path ? "page" : undefined}>
                {t(key)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Title>{title}</Title>
      <p className="narrow">{says}</p>
      {children}
    </div>
  );
}
