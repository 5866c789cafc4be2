import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type {
  Guests,
  InvitedGuests,
  Unanswered as UnansweredList,
} from "../../../../src/http/contract/staff-guests.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { save } from "../parts/save.ts";
import { Back, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

/** Lines of the list that are shown; the rest is counted. */
const SHOWN = 50;
const REMINDERS = [0, 1, 2, 3] as const;

/** A whole list is invited; who has not answered. */
export function GuestList({ id }: { readonly id: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  return (
    <>
      <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
        {t("guests.title")}
      </Title>
      <ReadList id={id} />
      <Unanswered id={id} />
    </>
  );
}

function ReadList({ id }: { readonly id: string }) {
  const { t } = useWords();
  const field = useRef<HTMLInputElement>(null);
  const [csv, setCsv] = useState("");
  const preview = useMutation({ mutationFn: (text: string) => api.previewGuests(id, text) });
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const text = await file.text();
    setCsv(text);
    preview.mutate(text);
    // The same file may be chosen again, once it is mended.
    if (field.current) field.current.value = "";
  };
  return (
    <section className="card">
      <p className="narrow">{t("guests.says")}</p>
      <p className="quiet small">{t("guests.kept")}</p>
      <Button variant="default" loading={preview.isPending} onClick={() => field.current?.click()}>
        {t("guests.file")}
      </Button>
      <input
        ref={field}
        type="file"
        hidden
        accept=".csv,text/csv,text/plain"
        aria-label={t("guests.file")}
        onChange={(event) => void choose(event.currentTarget.files?.[0])}
      />
      {preview.isError ? <Failed error={preview.error} /> : null}
      {preview.data ? <Preview key={csv} id={id} csv={csv} read={preview.data} /> : null}
    </section>
  );
}

function Preview({ id, csv, read }: { readonly id: string; readonly csv: string; readonly read: Guests }) {
  const { t, language } = useWords();
  const client = useQueryClient();
  const [reminders, setReminders] = useState(1);
  const [done, setDone] = useState<InvitedGuests | null>(null);
  const byMail = read.guests.filter((guest) => guest.email !== null).length;
  const byCard = read.guests.length - byMail;
  const invite = useMutation({
    mutationFn: () => api.inviteGuests(id, { csv, language, reminders }),
    onSuccess: async (answer) => {
      setDone(answer);
      await client.invalidateQueries({ queryKey: ["unanswered", id] });
      await client.invalidateQueries({ queryKey: ["outbox"] });
    },
  });
  const print = useMutation({
    mutationFn: () => api.guestCards(id, { csv, language }),
    onSuccess: (pdf) => save(pdf, "cards.pdf"),
  });
  return (
    <>
      <p role="status">{t("guests.read", { n: read.guests.length, faults: read.faults.length })}</p>
      <Lines read={read} />
      {byMail > 0 ? (
        <>
          <NativeSelect
            className="narrow"
            label={t("guests.reminders")}
            value={String(reminders)}
            data={REMINDERS.map((n) => ({
              value: String(n),
              label: n === 0 ? t("guests.reminders-0") : t("guests.reminders-n", { n }),
            }))}
            onChange={(event) => setReminders(Number(event.currentTarget.value))}
          />
        </>
      ) : null}
      <div className="row">
        {byMail > 0 ? (
          <Button loading={invite.isPending} disabled={done !== null} onClick={() => invite.mutate()}>
            {t("guests.invite", { n: byMail })}
          </Button>
        ) : null}
        {byCard > 0 ? (
          <Button variant="default" loading={print.isPending} onClick={() => print.mutate()}>
            {t("guests.cards", { n: byCard })}
          </Button>
        ) : null}
      </div>
      <p role="status">{done ? t("guests.invited", { invited: done.invited, known: done.known }) : ""}</p>
      {invite.isError ? <Failed error={invite.error} /> : null}
      {print.isError ? <Failed error={print.error} /> : null}
    </>
  );
}

/** Faults first: what can still be mended. */
function Lines({ read }: { readonly read: Guests }) {
  const { t } = useWords();
  const shown = read.guests.slice(0, SHOWN);
  const rest = read.guests.length - shown.length;
  return (
    <>
      {read.faults.length > 0 ? (
        <ul className="trouble-box" aria-label={t("guests.fault")}>
          {read.faults.map(({ line, fault }) => (
            <li key={line}>
              {t("pair", { what: `${t("guests.line")} ${line}`, says: t(`guests.fault.${fault}`) })}
            </li>
          ))}
        </ul>
      ) : null}
      {shown.length > 0 ? (
        <div className="wide" role="region" aria-label={t("guests.table")} tabIndex={0}>
          <table className="consents snug">
            <thead>
              <tr>
                <th scope="col">{t("guests.line")}</th>
                <th scope="col">{t("guests.who")}</th>
                <th scope="col">{t("guests.how")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ line, email, name, child }) => (
                <tr key={line}>
                  <td>{line}</td>
                  <td>
                    {[name, child === null ? null : t("guests.for-child", { child })]
                      .filter((one) => one !== null)
                      .join(", ")}
                  </td>
                  <td>{email === null ? t("guests.by-card") : t("guests.by-mail", { email })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {rest > 0 ? <p className="quiet small">{t("guests.more", { n: rest })}</p> : null}
    </>
  );
}

function Unanswered({ id }: { readonly id: string }) {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["unanswered", id], queryFn: () => api.unanswered(id) });
  return (
    <section className="card" aria-labelledby="unanswered-title">
      <h2 id="unanswered-title">{t("guests.unanswered")}</h2>
      <p>{t("guests.unanswered-says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.letters.length === 0 ? (
        <p className="quiet">{t("guests.unanswered-none")}</p>
      ) : (
        <ul className="lines">
          {list.data.letters.map((letter) => (
            <Waiting key={letter.letter} id={id} letter={letter} mail={list.data.mail} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Waiting({
  id,
  letter,
  mail,
}: {
  readonly id: string;
  readonly letter: UnansweredList["letters"][number];
  readonly mail: boolean;
}) {
  const { t, day } = useWords();
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: () => api.stopReminding(letter.letter),
    onSuccess: () => client.invalidateQueries({ queryKey: ["unanswered", id] }),
  });
  const { to, child, sentAt, nextTry, reminders } = letter;
  const next =
    sentAt !== null && nextTry !== null && reminders > 0
      ? t(mail ? "guests.next" : "guests.next-hand", { n: reminders, day: day(nextTry) })
      : null;
  return (
    <li className="row between">
      <span>
        {to}
        {child === null ? null : `, ${t("guests.for-child", { child })}`}
        <span className="quiet small">
          {" · "}
          {sentAt === null ? t("guests.in-outbox") : t("guests.sent", { day: day(sentAt) })}
          {next === null ? null : ` · ${next}`}
        </span>
      </span>
      {sentAt === null ? null : (
        <Button
          variant="default"
          aria-label={t("guests.stop-of", { to })}
          loading={stop.isPending}
          onClick={() => stop.mutate()}
        >
          {t("guests.stop")}
        </Button>
      )}
      {stop.isError ? <Failed error={stop.error} /> : null}
    </li>
  );
}
