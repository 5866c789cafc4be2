import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SecondPersons as Waiting } from "../../../../src/http/contract/staff-second-persons.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { AskTwice } from "../parts/ask-twice.tsx";
import { Title } from "../parts/shell.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";

type One = Waiting["waiting"][number];

/** What one person has asked for and a second one must confirm. */
export function SecondPersons() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["second-persons"], queryFn: api.secondPersons.list });
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed error={list.error} again={() => void list.refetch()} />;
  const { owner, waiting } = list.data;
  return (
    <>
      <Title>{t("two.title")}</Title>
      <p className="narrow">{t("two.says")}</p>
      {waiting.length === 0 ? (
        <Empty title={t("two.none")} />
      ) : (
        <ul className="lines">
          {waiting.map((one) => (
            <li key={one.id}>
              <Line one={one} owner={owner} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Line({ one, owner }: { readonly one: One; readonly owner: boolean }) {
  const { t, moment } = useWords();
  const client = useQueryClient();
  const settle = useMutation({
    mutationFn: (outcome: "confirm" | "withdraw") => api.secondPersons.settle(one.id, outcome),
    onSuccess: () => void client.resetQueries({ queryKey: ["second-persons"] }),
  });
  const what = t(`two.what.${one.what}`, {
    collection: one.collection ?? t("two.gone"),
    photos: one.photos,
    account: one.account ?? t("two.gone"),
    role: one.role === null ? "" : t(`team.role.${one.role}`),
  });
  const open = one.state === "open";
  return (
    <>
      <h2>{what}</h2>
      <p className="quiet small">
        {t("two.asked", { name: one.askedBy, time: moment(one.askedAt) })} ·{" "}
        {open
          ? t("two.until", { time: moment(one.until) })
          : t(`two.state.${one.state}`, { name: one.settledBy ?? "" })}
      </p>
      {open && owner && !one.own ? (
        <AskTwice
          label={t("two.confirm")}
          of={t("pair", { what: t("two.confirm"), says: what })}
          says={t(one.what === "give-role" ? "two.sure-role" : "two.sure")}
          busy={settle.isPending}
          run={() => settle.mutate("confirm")}
          beside={
            <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate("withdraw")}>
              {t("two.refuse")}
            </Button>
          }
        />
      ) : open && one.own ? (
        <>
          <p className="small">{t("two.own")}</p>
          <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate("withdraw")}>
            {t("two.withdraw")}
          </Button>
        </>
      ) : null}
      {settle.isError ? <Failed error={settle.error} /> : null}
    </>
  );
}
