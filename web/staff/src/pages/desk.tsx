import { Button, Checkbox, Radio, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { Desk as DeskView, Vouched } from "../../../../src/http/contract/staff.ts";
import { api, Trouble } from "../api.ts";
import { useWords, type Language, type Words } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { QrCode } from "../parts/qr-code.tsx";
import { Answers, type Answer } from "../parts/paper-answers.tsx";
import { Scan, type TakenScan } from "../parts/scan.tsx";
import { Selfie, type TakenPhoto } from "../parts/selfie.tsx";
import { Back, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { useOf } from "../parts/use-name.ts";

/** Somebody is before a member of staff, who vouches that it is them. */
export function Desk({ id }: { readonly id: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  const desk = useQuery({ queryKey: ["desk", id], queryFn: () => api.desk(id) });
  const client = useQueryClient();
  const [vouched, setVouched] = useState<(Vouched & { readonly paper: boolean }) | null>(null);
  const [paper, setPaper] = useState(false);
  const done = (answer: Vouched): void => {
    setVouched({ ...answer, paper });
    void client.invalidateQueries({ queryKey: ["desk", id] });
    void client.invalidateQueries({ queryKey: ["collection", id] });
    window.scrollTo(0, 0);
  };
  return (
    <>
      <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
        {t("desk.title")}
      </Title>
      {desk.isPending ? (
        <Loading />
      ) : desk.isError ? (
        <Failed error={desk.error} again={() => void desk.refetch()} />
      ) : vouched ? (
        <Done vouched={vouched} next={() => setVouched(null)} />
      ) : (
        <>
          <p>{t("desk.says")}</p>
          <fieldset>
            <legend>{t("desk.how")}</legend>
            <div className="row">
              {([false, true] as const).map((one) => (
                <Radio
                  key={String(one)}
                  name="how"
                  label={t(one ? "desk.by-paper" : "desk.by-desk")}
                  checked={paper === one}
                  onChange={() => setPaper(one)}
                />
              ))}
            </div>
          </fieldset>
          <p className="quiet small">{t("desk.today", { today: desk.data.today, limit: desk.data.limit })}</p>
          <Enrol key={String(paper)} id={id} desk={desk.data} paper={paper} done={done} />
          <Provisional id={id} desk={desk.data} done={done} />
        </>
      )}
    </>
  );
}

/** The limit is the one refusal that is met every day: what to do about it is said here. */
function saysLimit(t: Words["t"], desk: DeskView, second: string) {
  return (error: Error): string | null =>
    error instanceof Trouble && error.code === "refused" && desk.today >= desk.limit && second.trim() === ""
      ? t("desk.limit")
      : null;
}

function Enrol({
  id,
  desk,
  paper,
  done,
}: {
  readonly id: string;
  readonly desk: DeskView;
  /** From what was signed, rather than from the person. */
  readonly paper: boolean;
  readonly done: (answer: Vouched) => void;
}) {
  const { t, language: mine } = useWords();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [language, setLanguage] = useState<Language>(mine);
  const [agreed, setAgreed] = useState<ReadonlySet<string>>(new Set());
  const [photo, setPhoto] = useState<TakenPhoto | null>(null);
  const [scan, setScan] = useState<TakenScan | null>(null);
  const [refused, setRefused] = useState<ReadonlySet<string>>(new Set());
  const [second, setSecond] = useState("");
  const findMe = agreed.has("find-me");
  const toggle = (purpose: string, on: boolean): void =>
    setAgreed((before) => {
      const after = new Set(before);
      if (on) after.add(purpose);
      else after.delete(purpose);
      // A code is only there to be kept while somebody is to be found.
      if (!after.has("find-me")) after.delete("keep-template");
      return after;
    });
  const answer = (purpose: string, said: Answer): void => {
    toggle(purpose, said === "yes");
    setRefused((before) => {
      const after = new Set(before);
      if (said === "no") after.add(purpose);
      else after.delete(purpose);
      return after;
    });
  };
  const send = () =>
    api.vouch(id, {
      language,
      consents: [...agreed],
      ...(paper ? { given: "paper" as const, refused: [...refused], scan: scan?.base64 ?? "" } : {}),
      ...(name.trim() === "" ? {} : { name: name.trim() }),
      ...(email.trim() === "" || !agreed.has("contact") ? {} : { email: email.trim() }),
      ...(findMe && photo ? { picture: photo.base64 } : {}),
      ...(second.trim() === "" ? {} : { secondStaff: second.trim() }),
    });
  const answered = agreed.size > 0 || (paper && refused.size > 0);
  const ready = answered && (!findMe || photo !== null) && (!paper || scan !== null);
  return (
    <Form className="card" send={send} done={done} says={saysLimit(t, desk, second)}>
      {(busy) => (
        <>
          <div className="days">
            <TextInput
              label={`${t("desk.name")} (${t("optional")})`}
              maxLength={200}
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <fieldset>
              <legend>{t("desk.language")}</legend>
              <div className="row">
                {(["fr", "en"] as const).map((one) => (
                  <Radio
                    key={one}
                    name="their-language"
                    label={t(`print.${one}`)}
                    checked={language === one}
                    onChange={() => setLanguage(one)}
                  />
                ))}
              </div>
            </fieldset>
          </div>
          {paper ? (
            <>
              <Scan scan={scan} take={setScan} />
              <Answers
                texts={desk.texts}
                language={language}
                answer={answer}
                of={(purpose) => (agreed.has(purpose) ? "yes" : refused.has(purpose) ? "no" : "open")}
                findMe={findMe}
              />
            </>
          ) : (
            <fieldset>
              <legend>{t("desk.consents")}</legend>
              <p className="quiet small">{t("desk.consents-hint")}</p>
              {desk.texts.map((text) => (
                <div key={text.purpose}>
                  <Checkbox
                    label={useOf(t, text.purpose)}
                    checked={agreed.has(text.purpose)}
                    disabled={text.purpose === "keep-template" && !findMe}
                    onChange={(event) => toggle(text.purpose, event.currentTarget.checked)}
                  />
                  <details className="small under-tick">
                    <summary>
                      {t("desk.text")} <span className="unseen">: {useOf(t, text.purpose)}</span>
                    </summary>
                    <p className="signed" lang={language}>
                      {text[language]}
                    </p>
                  </details>
                </div>
              ))}
            </fieldset>
          )}
          {agreed.has("contact") ? (
            <TextInput
              className="narrow"
              label={t("desk.email")}
              type="email"
              maxLength={254}
              autoComplete="off"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
          ) : null}
          {findMe ? (
            <Selfie photo={photo} take={setPhoto} {...(paper ? { says: t("desk.photo-paper-says") } : {})} />
          ) : null}
          {desk.today >= desk.limit ? (
            <TextInput
              className="narrow"
              label={t("desk.second")}
              description={t("desk.second-hint", { limit: desk.limit })}
              maxLength={200}
              autoComplete="off"
              value={second}
              onChange={(event) => setSecond(event.currentTarget.value)}
            />
          ) : null}
          {answered ? null : <p className="quiet">{t(paper ? "desk.needs-answer" : "desk.needs-consent")}</p>}
          {paper && !scan ? <p className="quiet">{t("desk.needs-scan")}</p> : null}
          {findMe && !photo ? <p className="quiet">{t("desk.needs-photo")}</p> : null}
          <Button type="submit" loading={busy} disabled={!ready}>
            {t(paper ? "desk.go-paper" : "desk.go")}
          </Button>
        </>
      )}
    </Form>
  );
}

function Done({
  vouched,
  next,
}: {
  readonly vouched: Vouched & { readonly paper: boolean };
  readonly next: () => void;
}) {
  const { t } = useWords();
  return (
    <section className="card" role="status">
      <p>
        <strong>{t(`desk.${vouched.state}`, { matched: vouched.matched, asked: vouched.asked })}</strong>
      </p>
      {vouched.state === "frozen" ? null : (
        <>
          <p>{t(vouched.paper ? "desk.link-paper" : "desk.link")}</p>
          <QrCode text={vouched.link} label={t(vouched.paper ? "desk.link-paper" : "desk.link")} />
          <p className="quiet small">{t("desk.link-says")}</p>
        </>
      )}
      <div className="row">
        <Button onClick={next}>{t("desk.next")}</Button>
        {vouched.state === "frozen" ? (
          <Button component={Link} href="/conflicts" variant="default">
            {t("nav.conflicts")}
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function Provisional({
  id,
  desk,
  done,
}: {
  readonly id: string;
  readonly desk: DeskView;
  readonly done: (answer: Vouched) => void;
}) {
  const { t, moment } = useWords();
  const [chosen, setChosen] = useState<string | null>(null);
  const [photo, setPhoto] = useState<TakenPhoto | null>(null);
  const [second, setSecond] = useState("");
  if (desk.provisional.length === 0) return null;
  return (
    <section className="card" aria-labelledby="provisional-title">
      <h2 id="provisional-title">{t("desk.provisional")}</h2>
      <p>{t("desk.provisional-says")}</p>
      <ul className="lines">
        {desk.provisional.map((one) => (
          <li key={one.enrolment}>
            <div className="row between">
              <span>
                {one.name ?? t("desk.nameless")}{" "}
                <span className="quiet small">{t("desk.since", { time: moment(one.at) })}</span>
              </span>
              {chosen === one.enrolment ? null : (
                <Button
                  variant="default"
                  onClick={() => {
                    setChosen(one.enrolment);
                    setPhoto(null);
                  }}
                >
                  {t("desk.promote")}
                </Button>
              )}
            </div>
            {chosen === one.enrolment ? (
              <Form
                send={() =>
                  api.promote(id, one.enrolment, {
                    picture: photo?.base64 ?? "",
                    ...(second.trim() === "" ? {} : { secondStaff: second.trim() }),
                  })
                }
                done={done}
                says={saysLimit(t, desk, second)}
              >
                {(busy) => (
                  <>
                    <Selfie photo={photo} take={setPhoto} />
                    {desk.today >= desk.limit ? (
                      <TextInput
                        label={t("desk.second")}
                        description={t("desk.second-hint", { limit: desk.limit })}
                        value={second}
                        onChange={(event) => setSecond(event.currentTarget.value)}
                      />
                    ) : null}
                    <div className="row">
                      <Button type="submit" loading={busy} disabled={photo === null}>
                        {t("desk.go")}
                      </Button>
                      <Button variant="default" onClick={() => setChosen(null)}>
                        {t("cancel")}
                      </Button>
                    </div>
                  </>
                )}
              </Form>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
