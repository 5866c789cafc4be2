import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Conflicts as ConflictList } from "../../../../src/http/contract/staff.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type OpenConflict = ConflictList["conflicts"][number];

export function Conflicts() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["conflicts"], queryFn: api.conflicts });
  return (
    <>
      <Title>{t("conflicts.title")}</Title>
      <p className="narrow">{t("conflicts.says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <p>{t("conflicts.empty")}</p>
      ) : (
        <ul className="lines">
          {list.data.map((one) => (
            <li key={one.enrolment}>
              <Conflict conflict={one} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Conflict({ conflict }: { readonly conflict: OpenConflict }) {
  const { t, moment } = useWords();
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const open = useMutation({ mutationFn: () => api.openConflict(conflict.enrolment) });
  const settle = useMutation({
    mutationFn: (outcome: "both-real" | "removed") => api.settleConflict(conflict.enrolment, outcome),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["conflicts"] });
      await client.invalidateQueries({ queryKey: ["collection"] });
    },
  });
  const nameOf = (name: string | null): string => name ?? t("desk.nameless");
  return (
    <>
      <h2>{t("conflicts.line", { collection: conflict.collectionName ?? t("conflicts.gone") })}</h2>
      <p className="quiet small">{moment(conflict.at)}</p>
      {open.data ? (
        <>
          <dl className="facts">
            <dt>{t("conflicts.new")}</dt>
            <dd>{nameOf(open.data.name)}</dd>
            <dt>{t("conflicts.earlier")}</dt>
            <dd>{nameOf(open.data.earlierName)}</dd>
          </dl>
          <div className="cards">
            <div className="card">
              <p>{t("conflicts.both-says")}</p>
              <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate("both-real")}>
                {t("conflicts.both")}
              </Button>
            </div>
            <div className="card">
              <p>{t(sure ? "conflicts.sure" : "conflicts.remove-says")}</p>
              <div className="row">
                <Button
                  variant="outline"
                  color="red"
                  loading={settle.isPending}
                  onClick={() => (sure ? settle.mutate("removed") : setSure(true))}
                >
                  {t("conflicts.remove")}
                </Button>
                {sure ? (
                  <Button variant="default" onClick={() => setSure(false)}>
                    {t("cancel")}
                  </Button>
                ) : null}
              </div>
            </div>
          </div>
        </>
      ) : (
        <>
          <Button variant="default" loading={open.isPending} onClick={() => open.mutate()}>
            {t("conflicts.open")}
          </Button>
          <p className="quiet small">{t("conflicts.open-says")}</p>
        </>
      )}
      {open.isError ? <Failed error={open.error} /> : null}
      {settle.isError ? <Failed error={settle.error} /> : null}
    </>
  );
}
