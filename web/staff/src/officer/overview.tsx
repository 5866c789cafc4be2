import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Overview as OverviewState } from "../../../../src/http/contract/officer.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { OfficerPage } from "./officer-page.tsx";

/** What waits for the officer, and whether the log is vouched for by somebody else. */
export function Overview() {
  const { t } = useWords();
  const state = useQuery({ queryKey: ["officer"], queryFn: api.officer.overview });
  return (
    <OfficerPage title={t("officer.title")} says={t("officer.says")}>
      {state.isPending ? (
        <Loading />
      ) : state.isError ? (
        <Failed error={state.error} again={() => void state.refetch()} />
      ) : (
        <Facts state={state.data} />
      )}
    </OfficerPage>
  );
}

function Facts({ state }: { readonly state: OverviewState }) {
  const { t, day, number } = useWords();
  const { requests } = state;
  const needs = [
    ...(requests.overdue > 0
      ? [{ key: "overdue", to: "/requests", says: t("officer.overdue", { n: requests.overdue }) }]
      : []),
    ...(state.conflicts > 0
      ? [{ key: "conflicts", to: "/conflicts", says: t("officer.conflicts", { n: state.conflicts }) }]
      : []),
    ...state.unusual.map((name) => ({
      key: `unusual ${name}`,
      to: "/officer/accounts",
      says: t("officer.unusual", { name }),
    })),
    ...state.atLimit.map((name) => ({
      key: `limit ${name}`,
      to: "/officer/accounts",
      says: t("officer.at-limit", { name }),
    })),
    ...(state.waitingForSecond > 0
      ? [{ key: "second", to: "/to-confirm", says: t("two.waiting", { n: state.waitingForSecond }) }]
      : []),
    ...(state.lateErasures > 0
      ? [{ key: "late", to: "/officer/log", says: t("officer.late", { n: state.lateErasures }) }]
      : []),
  ];
  return (
    <>
      {needs.length === 0 ? (
        <p className="card narrow">{t("officer.nothing")}</p>
      ) : (
        <section className="card needs" aria-labelledby="needs-title">
          <h2 id="needs-title">{t("officer.needs")}</h2>
          <ul>
            {needs.map(({ key, to, says }) => (
              <li key={key}>
                <Link href={to}>{says}</Link>
              </li>
            ))}
          </ul>
        </section>
      )}
      <dl className="counts">
        <div>
          <dt>{t("officer.open")}</dt>
          <dd>{requests.open}</dd>
        </div>
        <div>
          <dt>{t("officer.next")}</dt>
          <dd>{requests.nextDue === null ? "–" : day(requests.nextDue)}</dd>
        </div>
        <div>
          <dt>{t("officer.signed")}</dt>
          <dd>{number(state.signed)}</dd>
        </div>
        <div>
          <dt>{t("officer.witnessed")}</dt>
          <dd>{state.witnessed === null ? "–" : number(state.witnessed)}</dd>
        </div>
      </dl>
      {state.witnessed === null ? <p className="narrow">{t("officer.alone")}</p> : null}
    </>
  );
}
