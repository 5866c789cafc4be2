import { useQuery } from "@tanstack/react-query";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { Ledger } from "./ledger.tsx";
import { OfficerPage } from "./officer-page.tsx";

/** Who looks how much, who vouches for whom how often, and who stood by. */
export function AccountWork() {
  const { t, day } = useWords();
  const work = useQuery({ queryKey: ["officer", "accounts"], queryFn: api.officer.accounts });
  return (
    <OfficerPage title={t("officer.accounts.title")} says={t("officer.accounts.says")}>
      {work.isPending ? (
        <Loading />
      ) : work.isError ? (
        <Failed error={work.error} again={() => void work.refetch()} />
      ) : (
        <>
          <h2>{t("officer.looks")}</h2>
          <p className="narrow">{t("officer.looks.says")}</p>
          {work.data.looks.length === 0 ? (
            <p>{t("officer.looks.none")}</p>
          ) : (
            <Ledger
              caption={t("officer.looks")}
              titled
              heads={[
                t("officer.account"),
                t("officer.looks.today"),
                t("officer.looks.people"),
                t("officer.looks.mean"),
                t("officer.looks.judged"),
              ]}
              rows={work.data.looks.map((one) => ({
                key: one.actor,
                cells: [
                  one.actor,
                  one.today,
                  one.people,
                  one.mean,
                  one.unusual ? (
                    <strong key="unusual">{t("officer.looks.unusual")}</strong>
                  ) : (
                    t("officer.looks.usual")
                  ),
                ],
              }))}
            />
          )}
          <h2>{t("officer.desk")}</h2>
          <p className="narrow">{t("officer.desk.says", { limit: work.data.desk.limit })}</p>
          {work.data.desk.accounts.length === 0 ? (
            <p>{t("officer.desk.none")}</p>
          ) : (
            <Ledger
              caption={t("officer.desk")}
              titled
              heads={[
                t("officer.account"),
                t("officer.desk.today"),
                t("officer.desk.month"),
                t("officer.desk.desk"),
                t("officer.desk.paper"),
              ]}
              rows={work.data.desk.accounts.map((one) => ({
                key: one.staff,
                cells: [one.staff, one.today, one.month, one.desk, one.paper],
              }))}
            />
          )}
          {work.data.desk.seconds.length === 0 ? null : (
            <Ledger
              caption={t("officer.seconds")}
              heads={[
                t("officer.account"),
                t("officer.seconds.by"),
                t("officer.seconds.n"),
                t("officer.seconds.last"),
              ]}
              rows={work.data.desk.seconds.map((one) => ({
                key: `${one.staff} ${one.second}`,
                cells: [one.staff, one.second, one.enrolments, day(one.last)],
              }))}
            />
          )}
        </>
      )}
    </OfficerPage>
  );
}
