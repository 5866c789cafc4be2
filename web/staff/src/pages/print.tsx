import { Button, Radio, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { GuardianLinks } from "../../../../src/http/contract/staff.ts";
import { api } from "../api.ts";
import { useWords, type Language } from "../language.tsx";
import { CopyLink } from "../parts/copy-link.tsx";
import { Form } from "../parts/form.tsx";
import { InviteByMail } from "../parts/invite-by-mail.tsx";
import { save } from "../parts/save.ts";
import { Back, Title } from "../parts/shell.tsx";

/** Most days whose codes one poster prints. */
const MOST_DAYS = 14;
const DAY_MS = 86_400_000;

/** What is put up and handed out. */
export function Print({ id }: { readonly id: string }) {
  const { t, language: mine } = useWords();
  const [language, setLanguage] = useState<Language>(mine);
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  return (
    <>
      <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
        {t("print.title")}
      </Title>
      <fieldset>
        <legend>{t("print.language")}</legend>
        <div className="row">
          {(["fr", "en"] as const).map((one) => (
            <Radio
              key={one}
              name="print-language"
              label={t(`print.${one}`)}
              checked={language === one}
              onChange={() => setLanguage(one)}
            />
          ))}
        </div>
        <p className="quiet small">{t("print.again")}</p>
      </fieldset>
      <InviteByMail id={id} language={language} />
      <Poster id={id} language={language} />
      <Cards id={id} language={language} />
      <Guardian id={id} />
    </>
  );
}

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  const end = Date.parse(to || from);
  for (let at = Date.parse(from); at <= end && days.length < MOST_DAYS; at += DAY_MS) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

function Poster({ id, language }: { readonly id: string; readonly language: Language }) {
  const { t } = useWords();
  const today = useQuery({ queryKey: ["day-code", id], queryFn: () => api.dayCode(id) });
  const [place, setPlace] = useState("");
  const [pages, setPages] = useState(false);
  const [from, setFrom] = useState(() => new Date().toISOString().slice(0, 10));
  const [to, setTo] = useState("");
  return (
    <section className="card" aria-labelledby="poster-title">
      <h2 id="poster-title">{t("print.poster")}</h2>
      <p>{t("print.poster-says")}</p>
      <Form
        className="narrow"
        send={() =>
          api.poster(id, { language, place: place.trim(), days: pages ? daysBetween(from, to) : [] })
        }
        done={(pdf) => save(pdf, "poster.pdf")}
      >
        {(busy) => (
          <>
            <TextInput
              label={`${t("print.place")} (${t("optional")})`}
              maxLength={200}
              value={place}
              onChange={(event) => setPlace(event.currentTarget.value)}
            />
            <fieldset>
              <legend>{t("print.days")}</legend>
              <Radio
                name="days"
                label={t("print.days-field")}
                checked={!pages}
                onChange={() => setPages(false)}
              />
              <Radio
                name="days"
                label={t("print.days-pages")}
                checked={pages}
                onChange={() => setPages(true)}
              />
            </fieldset>
            {pages ? (
              <div className="days">
                <TextInput
                  label={t("print.from")}
                  type="date"
                  required
                  withAsterisk={false}
                  value={from}
                  onChange={(event) => setFrom(event.currentTarget.value)}
                />
                <TextInput
                  label={t("print.to")}
                  type="date"
                  min={from}
                  value={to}
                  onChange={(event) => setTo(event.currentTarget.value)}
                />
              </div>
            ) : null}
            <Button type="submit" loading={busy}>
              {t("print.go")}
            </Button>
          </>
        )}
      </Form>
      {today.data ? (
        <div>
          <p className="quiet">{t("print.today")}</p>
          <p className="code">
            {today.data.code.slice(0, 3)} {today.data.code.slice(3)}
          </p>
        </div>
      ) : null}
    </section>
  );
}

function Cards({ id, language }: { readonly id: string; readonly language: Language }) {
  const { t } = useWords();
  const [count, setCount] = useState("10");
  const [held, setHeld] = useState(false);
  const [series, setSeries] = useState("5");
  return (
    <section className="card" aria-labelledby="cards-title">
      <h2 id="cards-title">{t("print.cards")}</h2>
      <p>{t("print.cards-says")}</p>
      <Form
        className="narrow"
        send={() =>
          api.cards(id, { language, count: Number(count), ...(held ? { series: Number(series) } : {}) })
        }
        done={(pdf) => save(pdf, "cards.pdf")}
      >
        {(busy) => (
          <>
            <TextInput
              label={t("print.count")}
              type="number"
              min={1}
              max={200}
              required
              withAsterisk={false}
              value={count}
              onChange={(event) => setCount(event.currentTarget.value)}
            />
            <fieldset>
              <legend>{t("print.held")}</legend>
              <Radio name="held" label={t("print.held-no")} checked={!held} onChange={() => setHeld(false)} />
              <Radio name="held" label={t("print.held-yes")} checked={held} onChange={() => setHeld(true)} />
            </fieldset>
            {held ? (
              <>
                <p className="quiet small">{t("print.held-says")}</p>
                <TextInput
                  label={t("print.series")}
                  description={t("print.series-says")}
                  type="number"
                  min={0}
                  max={60}
                  required
                  withAsterisk={false}
                  value={series}
                  onChange={(event) => setSeries(event.currentTarget.value)}
                />
              </>
            ) : null}
            <Button type="submit" loading={busy}>
              {t("print.go")}
            </Button>
          </>
        )}
      </Form>
    </section>
  );
}

function Guardian({ id }: { readonly id: string }) {
  const { t, day } = useWords();
  const [child, setChild] = useState("");
  const [made, setMade] = useState<GuardianLinks | null>(null);
  return (
    <section className="card" aria-labelledby="guardian-title">
      <h2 id="guardian-title">{t("print.guardian")}</h2>
      <p>{t("print.guardian-says")}</p>
      <Form
        className="narrow"
        send={() => api.guardianInvitation(id, child.trim())}
        done={(links) => {
          setMade(links);
          setChild("");
        }}
      >
        {(busy) => (
          <>
            <TextInput
              label={t("print.child")}
              required
              withAsterisk={false}
              maxLength={200}
              value={child}
              onChange={(event) => setChild(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy}>
              {t("print.guardian-go")}
            </Button>
          </>
        )}
      </Form>
      {made ? (
        <div className="stack" role="status">
          {made.links.length > 1 ? <p>{t("print.guardian-two")}</p> : null}
          {made.links.map((link) => (
            <CopyLink key={link} link={link} />
          ))}
          <p className="small">{t("print.guardian-until", { day: day(made.expiresAt) })}</p>
        </div>
      ) : null}
    </section>
  );
}
