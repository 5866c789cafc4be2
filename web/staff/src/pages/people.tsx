import { Button, NativeSelect, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Link } from "wouter";
import type { ConsentStanding, People as PeopleAnswer } from "../../../../src/http/contract/staff-people.ts";
import { api, type PeopleAsked } from "../api.ts";
import { useWords, type Words } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { nameOf } from "../parts/person-name.tsx";
import { Reason } from "../parts/reason.tsx";
import { save } from "../parts/save.ts";
import { Back, Title } from "../parts/shell.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { useOf } from "../parts/use-name.ts";

const STATES: readonly ConsentStanding[] = ["yes", "ending", "waiting", "no", "ended", "unanswered"];
const EVERYBODY: PeopleAsked = { looking: "", state: "", use: "", from: 0 };

/** Who joined, and how each stands to each use. */
export function People({ id }: { readonly id: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  const [chosen, setChosen] = useState(EVERYBODY);
  const asked = { ...chosen, looking: useDeferredValue(chosen.looking.trim()) };
  const people = useQuery({
    queryKey: ["people", id, asked],
    queryFn: () => api.people(id, asked),
    placeholderData: keepPreviousData,
  });
  const choose = (part: Partial<PeopleAsked>): void =>
    setChosen((before) => ({ ...before, from: 0, ...part }));
  const everybody = asked.looking === "" && asked.state === "" && asked.use === "";
  return (
    <>
      <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
        {t("people.title")}
      </Title>
      <p className="narrow">{t("people.says")}</p>
      {people.isPending ? (
        <Loading />
      ) : people.isError ? (
        <Failed error={people.error} again={() => void people.refetch()} />
      ) : people.data.total === 0 && everybody ? (
        <Empty title={t("people.none-title")} says={t("people.none")}>
          <p>
            <Link href={`/collections/${id}/print`}>{t("collection.print")}</Link>
          </p>
        </Empty>
      ) : (
        <>
          <Ending people={people.data} show={() => setChosen({ ...EVERYBODY, state: "ending" })} />
          <Asking chosen={chosen} uses={people.data.uses} choose={choose} />
          <p role="status">{t("people.counts", { total: people.data.total })}</p>
          {people.data.people.length === 0 ? (
            <p>{t("people.nobody")}</p>
          ) : (
            <Table people={people.data} from={asked.from} />
          )}
          <Turn people={people.data} from={chosen.from} turn={(from) => choose({ from })} />
          <TakeOut id={id} />
        </>
      )}
    </>
  );
}

/** What ends soon, before everything else. */
function Ending({ people, show }: { readonly people: PeopleAnswer; readonly show: () => void }) {
  const { t } = useWords();
  if (people.ending === 0) return null;
  return (
    <section className="card needs row between">
      <p>{t("people.ending", { n: people.ending, days: people.endingDays })}</p>
      <Button variant="default" onClick={show}>
        {t("people.see-ending")}
      </Button>
    </section>
  );
}

function Asking({
  chosen,
  uses,
  choose,
}: {
  readonly chosen: PeopleAsked;
  readonly uses: readonly string[];
  readonly choose: (part: Partial<PeopleAsked>) => void;
}) {
  const { t } = useWords();
  return (
    <div className="days" role="search">
      <TextInput
        type="search"
        label={t("people.find")}
        maxLength={100}
        autoComplete="off"
        value={chosen.looking}
        onChange={(event) => choose({ looking: event.currentTarget.value })}
      />
      <NativeSelect
        label={t("people.state")}
        value={chosen.state}
        data={[
          { value: "", label: t("people.any-state") },
          ...STATES.map((state) => ({ value: state, label: t(`people.is.${state}`) })),
        ]}
        onChange={(event) => choose({ state: event.currentTarget.value as ConsentStanding | "" })}
      />
      <NativeSelect
        label={t("people.use")}
        value={chosen.use}
        data={[
          { value: "", label: t("people.any-use") },
          ...uses.map((use) => ({ value: use, label: useOf(t, use) })),
        ]}
        onChange={(event) => choose({ use: event.currentTarget.value })}
      />
    </div>
  );
}

type Cell = PeopleAnswer["people"][number]["cells"][number];

function said({ t, day }: Words, cell: Cell): string {
  if (cell.until !== null) return t("people.until", { day: day(cell.until) });
  if (cell.since !== null) return t("people.since", { day: day(cell.since) });
  return "";
}

function Table({ people, from }: { readonly people: PeopleAnswer; readonly from: number }) {
  const words = useWords();
  const { t, day } = words;
  return (
    <div className="wide" role="region" aria-label={t("people.table")} tabIndex={0}>
      <table className="consents" aria-rowcount={people.total + 1}>
        <thead>
          <tr>
            <th scope="col">{t("people.person")}</th>
            {people.uses.map((use) => (
              <th key={use} scope="col">
                {useOf(t, use)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {people.people.map((one, i) => (
            <tr key={one.person} aria-rowindex={from + i + 2}>
              <th scope="row">
                {nameOf(t, one)}
                <span className="quiet small">{t("people.joined", { day: day(one.at) })}</span>
              </th>
              {one.cells.map((cell, at) => (
                <td key={people.uses[at]} data-state={cell.state}>
                  {t(`people.is.${cell.state}`)}
                  <span className="small">{said(words, cell)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Turn({
  people,
  from,
  turn,
}: {
  readonly people: PeopleAnswer;
  readonly from: number;
  readonly turn: (from: number) => void;
}) {
  const { t } = useWords();
  const { total, page } = people;
  if (total <= page) return null;
  const to = Math.min(from + page, total);
  return (
    <nav className="row turn" aria-label={t("people.title")}>
      <Button variant="default" disabled={from === 0} onClick={() => turn(Math.max(0, from - page))}>
        {t("people.before")}
      </Button>
      <span>{t("people.range", { from: from + 1, to, total })}</span>
      <Button variant="default" disabled={to >= total} onClick={() => turn(from + page)}>
        {t("people.next")}
      </Button>
    </nav>
  );
}

/** Lists that leave Assent: each is a look at everybody on it. */
function TakeOut({ id }: { readonly id: string }) {
  const { t, language } = useWords();
  const [reason, setReason] = useState("");
  const today = new Date().toISOString().slice(0, 10);
  return (
    <section className="card" aria-labelledby="take-out-title">
      <h2 id="take-out-title">{t("people.take-out")}</h2>
      <Reason className="narrow" reason={reason} change={setReason} />
      <div className="days">
        <Form
          send={() => api.notToPhotograph(id, { reason: reason.trim(), language })}
          done={(pdf) => save(pdf, `${today}-no-photo.pdf`)}
        >
          {(busy) => (
            <>
              <h3>{t("people.not-photographed")}</h3>
              <p>{t("people.not-photographed-says")}</p>
              <Button type="submit" variant="default" loading={busy} disabled={reason.trim() === ""}>
                {t("people.print-list")}
              </Button>
            </>
          )}
        </Form>
        <Form
          send={() => api.exportPeople(id, reason.trim())}
          done={(csv) => save(csv, `${today}-people.csv`)}
        >
          {(busy) => (
            <>
              <h3>CSV</h3>
              <p>{t("people.take-out-says")}</p>
              <Button type="submit" variant="default" loading={busy} disabled={reason.trim() === ""}>
                {t("people.export")}
              </Button>
            </>
          )}
        </Form>
      </div>
    </section>
  );
}
