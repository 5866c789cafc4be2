import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type {
  Reach as Reached,
  ReachChoices,
  ReachQuery,
} from "../../../../src/http/contract/officer-reach.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { csv } from "./csv.ts";
import { Ledger } from "./ledger.tsx";
import { OfficerPage } from "./officer-page.tsx";
import { save } from "../parts/save.ts";

/** After a breach: whose data an account, a key or a link could reach. */
export function Reach() {
  const { t } = useWords();
  const [subject, setSubject] = useState<ReachQuery | null>(null);
  const choices = useQuery({ queryKey: ["officer", "reach"], queryFn: api.officer.reachChoices });
  return (
    <OfficerPage title={t("officer.reach.title")} says={t("officer.reach.says")}>
      {choices.isPending ? (
        <Loading />
      ) : choices.isError ? (
        <Failed error={choices.error} again={() => void choices.refetch()} />
      ) : (
        <Choose choices={choices.data} choose={setSubject} />
      )}
      {subject === null ? null : <Found key={`${subject.kind} ${subject.id}`} subject={subject} />}
    </OfficerPage>
  );
}

function Choose({
  choices,
  choose,
}: {
  readonly choices: ReachChoices;
  readonly choose: (subject: ReachQuery) => void;
}) {
  const { t, day } = useWords();
  const [chosen, setChosen] = useState("");
  const [link, setLink] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const [kind, id = ""] = chosen.split(" ");
    if (kind === "other") choose({ kind: "link", id: link.trim().toLowerCase() });
    else if (kind === "account" || kind === "key" || kind === "link" || kind === "gallery")
      choose({ kind, id });
  };
  const groups = [
    {
      group: t("officer.reach.accounts"),
      items: choices.accounts.map((one) => ({ value: `account ${one.id}`, label: one.name })),
    },
    {
      group: t("officer.reach.keys"),
      items: choices.keys.map((one) => ({ value: `key ${one.id}`, label: `${one.name} (${one.prefix}…)` })),
    },
    {
      group: t("officer.reach.links"),
      items: choices.links.map((one) => ({
        value: `link ${one.id}`,
        label: t("officer.reach.poster", {
          collection: one.collection ?? "–",
          day: day(one.at),
          name: one.by,
        }),
      })),
    },
    {
      group: t("officer.reach.galleries"),
      items: choices.galleries.map((one) => ({
        value: `gallery ${one.id}`,
        label: t("officer.reach.gallery", {
          collection: one.collection,
          channel: one.channel,
          day: day(one.at),
          name: one.by,
        }),
      })),
    },
  ].filter((one) => one.items.length > 0);
  return (
    <form className="card narrow not-printed" onSubmit={submit}>
      <NativeSelect
        label={t("officer.reach.what")}
        required
        value={chosen}
        onChange={(event) => setChosen(event.currentTarget.value)}
        data={[
          { value: "", label: t("officer.reach.choose"), disabled: true },
          ...groups,
          { value: "other", label: t("officer.reach.other") },
        ]}
      />
      {chosen === "other" ? (
        <TextInput
          label={t("officer.reach.link")}
          description={t("officer.reach.link-says")}
          required
          maxLength={36}
          pattern="\s*[0-9a-fA-F\-]{36}\s*"
          value={link}
          onChange={(event) => setLink(event.currentTarget.value)}
        />
      ) : null}
      <Button type="submit" disabled={chosen === ""}>
        {t("officer.reach.go")}
      </Button>
    </form>
  );
}

function Found({ subject }: { readonly subject: ReachQuery }) {
  const { t } = useWords();
  const found = useQuery({
    queryKey: ["officer", "reach", subject],
    queryFn: () => api.officer.reach(subject),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} />;
  const { opens, photos, people } = found.data;
  return (
    <section className="stack" aria-labelledby="reached-title">
      <h2 id="reached-title">{t("officer.reach.found", { n: people.length })}</h2>
      <p className="narrow">{t(`officer.reach.opens.${opens}`)}</p>
      {opens !== "join" ? <p className="narrow">{t("officer.reach.in-photos", { n: photos })}</p> : null}
      {people.length === 0 ? null : <People subject={subject} people={people} />}
    </section>
  );
}

function People({ subject, people }: { readonly subject: ReachQuery; readonly people: Reached["people"] }) {
  const { t } = useWords();
  const [reason, setReason] = useState("");
  const [names, setNames] = useState<ReadonlyMap<string, string> | null>(null);
  const file = (): string =>
    csv([
      ["person", ...(names === null ? [] : ["name"]), "name_within_reach", "photos", "looks_on_record"],
      ...people.map((one) => [
        one.person,
        ...(names === null ? [] : [names.get(one.person) ?? ""]),
        one.names ? "yes" : "no",
        one.photos,
        one.looks,
      ]),
    ]);
  return (
    <>
      <Ledger
        caption={t("officer.reach.people")}
        heads={[
          t("officer.reach.person"),
          ...(names === null ? [] : [t("officer.reach.name")]),
          t("officer.reach.names"),
          t("officer.reach.photos"),
          t("officer.reach.looks"),
        ]}
        rows={people.map((one) => ({
          key: one.person,
          cells: [
            <code key="id">{one.person}</code>,
            ...(names === null ? [] : [names.get(one.person) ?? t("officer.reach.no-name")]),
            t(one.names ? "officer.reach.yes" : "officer.reach.no"),
            one.photos,
            one.looks,
          ],
        }))}
      />
      <Button
        className="not-printed"
        variant="default"
        onClick={() => save(new Blob([file()], { type: "text/csv" }), "concerned.csv")}
      >
        {t("officer.reach.csv")}
      </Button>
      {names === null ? (
        <Form
          className="card narrow not-printed"
          send={() => api.officer.nameReached(subject, reason)}
          done={(answer) => setNames(new Map(answer.names.map((one) => [one.person, one.name])))}
        >
          {(busy) => (
            <>
              <p>{t("officer.reach.names-says")}</p>
              <TextInput
                label={t("officer.reach.reason")}
                required
                maxLength={500}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
              <Button type="submit" variant="default" loading={busy}>
                {t("officer.reach.open-names", { n: people.length })}
              </Button>
            </>
          )}
        </Form>
      ) : null}
    </>
  );
}
