import { useQuery } from "@tanstack/react-query";
import type { ErrorRates as Measured } from "../../../../src/http/contract/officer.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { Ledger } from "./ledger.tsx";
import { OfficerPage } from "./officer-page.tsx";

type Evaluation = Measured["evaluations"][number];
type Rate = Evaluation["thresholds"][number]["fmr"];

/** As the standards of biometrics call them. */
const MEASURES = ["FMR", "FNMR", "FPIR", "FNIR"] as const;

/** How often faces are taken for somebody else's or not recognised, as measured here, and by group. */
export function ErrorRates() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["officer", "error-rates"], queryFn: api.officer.errorRates });
  return (
    <OfficerPage title={t("officer.rates.title")} says={t("officer.rates.says")}>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <>
          <p className="narrow">{t("officer.rates.none")}</p>
          <code className="link narrow">assent evaluate --keep</code>
        </>
      ) : (
        <>
          <dl className="facts">
            {MEASURES.map((measure) => (
              <div key={measure} className="fact">
                <dt>{measure}</dt>
                <dd>{t(`officer.rates.${measure}`)}</dd>
              </div>
            ))}
          </dl>
          <p className="narrow">{t("officer.rates.brackets")}</p>
          {list.data.map((one) => (
            <OneEvaluation key={one.at} evaluation={one} />
          ))}
        </>
      )}
    </OfficerPage>
  );
}

function OneEvaluation({ evaluation }: { readonly evaluation: Evaluation }) {
  const { t, day } = useWords();
  const rate = useRate();
  const { at, by, pack, policy, photos, people, faces, leaks, thresholds, groups } = evaluation;
  return (
    <section className="stack" aria-labelledby={`rates-${at}`}>
      <h2 id={`rates-${at}`}>{t("officer.rates.of", { day: day(at) })}</h2>
      <p className="quiet narrow">
        {t("officer.rates.over", { photos, people, faces, name: by, pack, policy })}
      </p>
      {leaks === 0 ? null : <p className="narrow">{t("officer.rates.leaks", { n: leaks })}</p>}
      <Ledger
        caption={t("officer.rates.thresholds")}
        heads={[t("officer.rates.threshold"), ...MEASURES]}
        rows={thresholds.map((one) => ({
          key: one.name,
          cells: [named(one.name), rate(one.fmr), rate(one.fnmr), rate(one.fpir), rate(one.fnir)],
        }))}
      />
      {groups.length === 0 ? <p className="narrow">{t("officer.rates.no-groups")}</p> : null}
      {groups.map(({ attribute, nonMatches, matches }) => (
        <div key={attribute} className="stack">
          <Ledger
            caption={t("officer.rates.by", { attribute })}
            heads={[attribute, "FNMR", t("officer.rates.people")]}
            rows={nonMatches.map(({ group, fnmr, fewPeople }) => ({
              key: group,
              cells: [group, rate(fnmr), few(fnmr.people, fewPeople)],
            }))}
          />
          <Ledger
            caption={t("officer.rates.between", { attribute })}
            heads={[t("officer.rates.pair"), "FMR", t("officer.rates.people")]}
            rows={matches.map(({ groups: [one = "", other = ""], fmr, fewPeople }) => ({
              key: `${one} ${other}`,
              cells: [`${one} – ${other}`, rate(fmr), few(fmr.people, fewPeople)],
            }))}
          />
        </div>
      ))}
    </section>
  );

  /** By their heights, as the evaluation names them; one of a later version as it is. */
  function named(threshold: string): string {
    if (threshold === "automatic") return t("officer.rates.automatic");
    const height = /^ask at (\d+) px$/.exec(threshold)?.[1];
    return height === undefined ? threshold : t("officer.rates.ask", { height });
  }

  function few(n: number, fewPeople: boolean): string {
    return fewPeople ? t("officer.rates.few", { n }) : String(n);
  }
}

/** With the interval in which the true share lies in 95 cases of 100. */
function useRate(): (rate: Rate) => string {
  const { t, share } = useWords();
  return ({ value, low, high }) =>
    value === null || low === null || high === null
      ? t("officer.rates.not-measured")
      : t("officer.rates.rate", { value: share(value), low: share(low), high: share(high) });
}
