import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import type { LetterTried, OpenedLetter } from "../../../../src/http/contract/outbox.ts";
import { api, Trouble as TroubleError } from "../api.ts";
import { useWords } from "../language.tsx";
import { CopyButton } from "../parts/copy-link.tsx";
import { Form } from "../parts/form.tsx";
import { QrCode } from "../parts/qr-code.tsx";
import { Back, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { Trouble, useWhatItIs } from "./outbox.tsx";

/** One letter of the outbox: to be copied, sent by one's own program, printed, or not at all. */
export function Letter({ id }: { readonly id: string }) {
  const { t } = useWords();
  const letter = useQuery({ queryKey: ["letter", id], queryFn: () => api.letter(id), retry: false });
  const list = useQuery({ queryKey: ["outbox"], queryFn: api.outbox });
  return (
    <>
      <Title above={<Back to="/outbox" label={t("outbox.title")} />}>{t("letter.title")}</Title>
      {letter.isPending ? (
        <Loading />
      ) : letter.isError ? (
        <Missing error={letter.error} again={() => void letter.refetch()} />
      ) : (
        <Opened letter={letter.data} mail={list.data?.mail === true} />
      )}
    </>
  );
}

/** One that waits no more is not asked for again. */
function Missing({ error, again }: { readonly error: Error; readonly again: () => void }) {
  const { t } = useWords();
  return error instanceof TroubleError && error.code === "not-found" ? (
    <Failed error={error} says={t("letter.gone")} />
  ) : (
    <Failed error={error} again={again} />
  );
}

function Opened({ letter, mail }: { readonly letter: OpenedLetter; readonly mail: boolean }) {
  const { t, day } = useWords();
  const what = useWhatItIs();
  const message = `mailto:${encodeURIComponent(letter.to)}?${mailtoQuery(letter)}`;
  return (
    <>
      <div className="about-letter not-printed">
        <p>{what(letter)}</p>
        <p className="quiet small">{t("letter.until", { day: day(letter.expiresAt) })}</p>
        <Trouble letter={letter} />
      </div>
      <article className="card letter">
        <p className="quiet small not-printed">
          {t("letter.to")} {letter.to}
        </p>
        <h2 lang={letter.language}>{letter.subject}</h2>
        <div className="letter-text" lang={letter.language}>
          {letter.text}
        </div>
        <QrCode text={letter.link} label={t("letter.qr")} />
      </article>
      <div className="row not-printed">
        <Button component="a" href={message}>
          {t("letter.mail")}
        </Button>
        <CopyButton text={letter.text} label={t("letter.copy")} />
        <Button variant="default" onClick={() => window.print()}>
          {t("letter.print")}
        </Button>
      </div>
      <div className="stack not-printed">
        {mail ? <SendNow id={letter.letter} /> : null}
        <Settle id={letter.letter} />
      </div>
    </>
  );
}

/** As RFC 6068 wants it: lines end with CR LF, and a blank is no plus. */
function mailtoQuery({ subject, text }: Pick<OpenedLetter, "subject" | "text">): string {
  const body = text.replaceAll("\n", "\r\n");
  return `subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;
}

function SendNow({ id }: { readonly id: string }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [tried, setTried] = useState<LetterTried | null>(null);
  return (
    <Form
      send={() => api.sendLetter(id)}
      done={(answer) => {
        setTried(answer);
        void client.invalidateQueries({ queryKey: ["outbox"] });
        if (answer.state === "sent") navigate("/outbox");
        else void client.invalidateQueries({ queryKey: ["letter", id] });
      }}
    >
      {(busy) => (
        <>
          <p role="status">
            {tried?.state === "waiting" && tried.failure !== null ? t(`outbox.failure.${tried.failure}`) : ""}
          </p>
          <Button type="submit" variant="default" loading={busy}>
            {t("letter.send")}
          </Button>
        </>
      )}
    </Form>
  );
}

function Settle({ id }: { readonly id: string }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const settled = (): void => {
    client.removeQueries({ queryKey: ["letter", id] });
    void client.invalidateQueries({ queryKey: ["outbox"] });
    navigate("/outbox");
  };
  return (
    <section className="card" aria-labelledby="settle-title">
      <h2 id="settle-title">{t("letter.settle")}</h2>
      <p>{t("letter.settle-says")}</p>
      <Form send={() => api.settleLetter(id, "handed-over")} done={settled}>
        {(busy) => (
          <Button type="submit" loading={busy}>
            {t("letter.handed-over")}
          </Button>
        )}
      </Form>
      <p>{t("letter.cancel-says")}</p>
      <Form send={() => api.settleLetter(id, "cancelled")} done={settled}>
        {(busy) => (
          <Button type="submit" variant="outline" loading={busy}>
            {t("letter.cancel")}
          </Button>
        )}
      </Form>
    </section>
  );
}
