import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { LogEntries, LogState } from "../../../../src/http/contract/officer.ts";
import { api, type LogSearch } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading, More } from "../parts/states.tsx";
import { ENTRY_GROUPS, groupOf, type EntryGroup } from "./entry-groups.ts";
import { Ledger } from "./ledger.tsx";
import { LogCheck } from "./log-check.tsx";
import { OfficerPage } from "./officer-page.tsx";

type Entry = LogEntries["entries"][number];

/** The transparency log: who signed it, whether it holds, and what it says. */
export function LogPage() {
  const { t } = useWords();
  const [search, setSearch] = useState<LogSearch>({});
  const state = useQuery({ queryKey: ["officer", "log", "state"], queryFn: api.officer.logState });
  const list = useInfiniteQuery({
    queryKey: ["officer", "log", search],
    queryFn: ({ pageParam }) => api.officer.log(search, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const entries = list.data?.pages.flatMap((one) => one.entries) ?? [];
  return (
    <OfficerPage title={t("officer.log.title")} says={t("officer.log.says")}>
      {state.isPending ? (
        <Loading />
      ) : state.isError ? (
        <Failed error={state.error} again={() => void state.refetch()} />
      ) : (
        <Head state={state.data} />
      )}
      <Search kinds={state.data?.kinds ?? []} search={setSearch} />
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : entries.length === 0 ? (
        <p role="status">{t("officer.log.none")}</p>
      ) : (
        <>
          <Entries entries={entries} />
          <More list={list} />
        </>
      )}
    </OfficerPage>
  );
}

function Head({ state }: { readonly state: LogState }) {
  const { t, moment } = useWords();
  const { head, witnessed } = state;
  return (
    <section className="card" aria-labelledby="head-title">
      <h2 id="head-title">{t("officer.log.head")}</h2>
      {head === null ? (
        <p>{t("officer.log.empty")}</p>
      ) : (
        <>
          <p>
            {t("officer.log.size", { n: head.size, time: moment(head.at) })}{" "}
            {state.waiting > 0 ? t("officer.log.waiting", { n: state.waiting }) : null}
          </p>
          <p>
            {witnessed === null
              ? t("officer.log.alone")
              : t("officer.log.witnessed", {
                  n: witnessed.size,
                  names: witnessed.by.join(", "),
                  time: moment(witnessed.at),
                })}
          </p>
          <details>
            <summary>{t("officer.log.checkpoint")}</summary>
            <pre className="note" tabIndex={0}>
              {head.checkpoint}
            </pre>
          </details>
          <LogCheck witnessed={witnessed !== null} />
        </>
      )}
    </section>
  );
}

function Search({
  kinds,
  search,
}: {
  readonly kinds: readonly string[];
  readonly search: (search: LogSearch) => void;
}) {
  const { t } = useWords();
  const [order, setOrder] = useState({ kind: "", from: "", to: "", actor: "" });
  const set = (name: keyof typeof order) => (event: { readonly currentTarget: { readonly value: string } }) =>
    setOrder({ ...order, [name]: event.currentTarget.value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search(Object.fromEntries(Object.entries(order).filter(([, value]) => value.trim() !== "")));
  };
  const groups = (Object.keys(ENTRY_GROUPS) as EntryGroup[]).flatMap((group) => {
    const items = kinds.filter((kind) => groupOf(kind) === group);
    return items.length === 0 ? [] : [{ group: t(`officer.about.${group}`), items }];
  });
  const others = kinds.filter((kind) => groupOf(kind) === null);
  return (
    <form className="card not-printed" onSubmit={submit}>
      <h2>{t("officer.log.search")}</h2>
      <div className="search">
        <NativeSelect
          label={t("officer.log.kind")}
          value={order.kind}
          onChange={set("kind")}
          data={[{ value: "", label: t("officer.log.every") }, ...groups, ...others]}
        />
        <TextInput type="date" label={t("officer.log.from")} value={order.from} onChange={set("from")} />
        <TextInput type="date" label={t("officer.log.to")} value={order.to} onChange={set("to")} />
        <TextInput
          label={t("officer.log.actor")}
          maxLength={500}
          value={order.actor}
          onChange={set("actor")}
        />
      </div>
      <p className="quiet small">{t("officer.log.search-says")}</p>
      <Button type="submit">{t("officer.log.go")}</Button>
    </form>
  );
}

function Entries({ entries }: { readonly entries: readonly Entry[] }) {
  const { t, moment } = useWords();
  return (
    <Ledger
      caption={t("officer.log.entries")}
      heads={[
        t("officer.log.place"),
        t("officer.log.when"),
        t("officer.log.what"),
        t("officer.log.who"),
        t("officer.log.facts"),
      ]}
      rows={entries.map((one) => {
        const group = one.kind === null ? null : groupOf(one.kind);
        return {
          key: one.id,
          cells: [
            one.position ?? t("officer.log.unplaced"),
            one.at === null ? "" : moment(one.at),
            one.kind === null ? (
              <em key="erased">{t("officer.log.erased")}</em>
            ) : (
              <span key="kind">
                {group === null ? null : <>{t(`officer.about.${group}`)} </>}
                <code>{one.kind}</code>
              </span>
            ),
            one.actor ?? "",
            <Facts key="facts" entry={one} />,
          ],
        };
      })}
    />
  );
}

function Facts({ entry }: { readonly entry: Entry }) {
  const { t } = useWords();
  const facts = [
    ...(entry.person === null ? [] : [{ name: t("officer.log.person"), value: entry.person }]),
    ...entry.facts,
  ];
  if (facts.length === 0) return null;
  return (
    <ul className="entry-facts">
      {facts.map(({ name, value }) => (
        <li key={name}>
          <span className="quiet">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}
