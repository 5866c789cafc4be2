import { useQuery } from "@tanstack/react-query";
import type { CalendarPage } from "../../../../src/http/contract/officer.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { Ledger } from "./ledger.tsx";
import { OfficerPage } from "./officer-page.tsx";

/** What time ends, and when. */
export function Calendar() {
  const { t } = useWords();
  const state = useQuery({ queryKey: ["officer", "calendar"], queryFn: api.officer.calendar });
  return (
    <OfficerPage title={t("officer.calendar.title")} says={t("officer.calendar.says")}>
      {state.isPending ? (
        <Loading />
      ) : state.isError ? (
        <Failed error={state.error} again={() => void state.refetch()} />
      ) : (
        <Dates state={state.data} />
      )}
    </OfficerPage>
  );
}

function Dates({ state }: { readonly state: CalendarPage }) {
  const { t, day, moment } = useWords();
  const { collections, consents, idle, epoch, backup } = state;
  return (
    <>
      {collections.length === 0 ? (
        <p>{t("officer.calendar.none")}</p>
      ) : (
        <Ledger
          caption={t("officer.calendar.collections")}
          heads={[
            t("officer.calendar.collection"),
            t("officer.calendar.retain-until"),
            t("officer.calendar.join-until"),
            t("officer.calendar.photos"),
          ]}
          rows={collections.map((one) => ({
            key: one.id,
            cells: [
              one.name,
              day(one.retainUntil),
              one.joiningClosed ? t("officer.calendar.closed") : day(one.joinUntil),
              one.photos,
            ],
          }))}
        />
      )}
      {consents.length === 0 ? (
        <p>{t("officer.calendar.no-consents")}</p>
      ) : (
        <Ledger
          caption={t("officer.calendar.consents")}
          heads={[t("officer.purpose"), t("officer.calendar.soon"), t("officer.calendar.later")]}
          rows={consents.map((one) => ({
            key: one.purpose,
            cells: [t(`officer.purpose.${one.purpose}`), one.soon, one.later],
          }))}
        />
      )}
      <dl className="facts">
        <dt>{t("officer.calendar.idle")}</dt>
        <dd>
          {idle.months === null
            ? t("officer.calendar.idle-never")
            : t("officer.calendar.idle-says", { months: idle.months, n: idle.idle, warned: idle.warned })}
        </dd>
        <dt>{t("officer.calendar.keys")}</dt>
        <dd>
          {t("officer.calendar.keys-says", {
            n: epoch.number,
            since: moment(epoch.since),
            next: moment(epoch.nextRoll),
          })}
        </dd>
        <dt>{t("officer.calendar.backup")}</dt>
        <dd>
          {backup === null
            ? t("officer.calendar.backup-none")
            : t("officer.calendar.backup-says", { time: moment(backup.at), name: backup.by ?? "–" })}
        </dd>
      </dl>
    </>
  );
}
