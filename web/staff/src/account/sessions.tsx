import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { OwnSessions } from "../../../../src/http/contract/staff-own-account.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type Session = OwnSessions["sessions"][number];

/** Where one is signed in, and the way to end it there. */
export function Sessions() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["sessions"], queryFn: api.account.sessions });
  const title = useRef<HTMLHeadingElement>(null);
  const fewer = () => {
    title.current?.focus();
    void list.refetch();
  };
  const end = useMutation({
    mutationFn: (id: string) => api.account.endSession(id),
    onSuccess: fewer,
  });
  const others = useMutation({ mutationFn: api.account.endOthers, onSuccess: fewer });
  return (
    <section className="card" aria-labelledby="sessions-title">
      <h2 id="sessions-title" ref={title} tabIndex={-1}>
        {t("account.sessions")}
      </h2>
      <p className="quiet small">{t("account.sessions-says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : (
        <>
          <ul className="lines">
            {list.data.map((one) => (
              <li key={one.id} className="row between">
                <Told session={one} end={() => end.mutate(one.id)} busy={end.isPending} />
              </li>
            ))}
          </ul>
          {list.data.length > 1 ? (
            <Button variant="default" loading={others.isPending} onClick={() => others.mutate()}>
              {t("account.sessions-end")}
            </Button>
          ) : (
            <p className="quiet">{t("account.sessions-alone")}</p>
          )}
        </>
      )}
      <p role="status">
        {others.data ? t("account.sessions-ended", { sessions: others.data.sessions }) : ""}
      </p>
      {(end.error ?? others.error) ? <Failed error={end.error ?? others.error} /> : null}
    </section>
  );
}

function Told({
  session,
  end,
  busy,
}: {
  readonly session: Session;
  readonly end: () => void;
  readonly busy: boolean;
}) {
  const { t, moment } = useWords();
  const browser = session.browser ?? t("account.session-browser");
  const system = session.system ?? t("account.session-system");
  const since = moment(session.since);
  return (
    <>
      <span>
        <strong>
          {session.own ? t("account.session-here") : t("account.session-on", { browser, system })}
        </strong>
        <br />
        <span className="quiet small">
          {session.own ? `${t("account.session-on", { browser, system })} · ` : ""}
          {t("account.session-since", { time: since, how: t(`account.how.${session.how ?? "unknown"}`) })}
          {session.own ? "" : ` · ${t("account.session-seen", { time: moment(session.lastSeen) })}`}
          {session.address === null ? "" : ` · ${t("account.session-address", { address: session.address })}`}
        </span>
      </span>
      {session.own ? null : (
        <button
          type="button"
          className="plain"
          disabled={busy}
          aria-label={t("account.session-end-of", { browser, system, time: since })}
          onClick={end}
        >
          {t("account.session-end")}
        </button>
      )}
    </>
  );
}
