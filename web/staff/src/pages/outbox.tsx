import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Outbox as OutboxList } from "../../../../src/http/contract/outbox.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type WaitingLetter = OutboxList["letters"][number];

/** Invitations for somebody, while they wait to be sent or handed over. */
export function Outbox() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["outbox"], queryFn: api.outbox });
  return (
    <>
      <Title>{t("outbox.title")}</Title>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : (
        <>
          <p className="narrow">{t(list.data.mail ? "outbox.says.mail" : "outbox.says.no-mail")}</p>
          {list.data.letters.length === 0 ? (
            <p>{t("outbox.empty")}</p>
          ) : (
            <ul className="lines">
              {list.data.letters.map((one) => (
                <li key={one.letter}>
                  <Line letter={one} />
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </>
  );
}

/** What a letter is, in words. */
export function useWhatItIs(): (letter: Pick<WaitingLetter, "child" | "collectionName">) => string {
  const { t } = useWords();
  return ({ child, collectionName }) =>
    child === null
      ? t("outbox.person", { collection: collectionName })
      : t("outbox.guardian", { collection: collectionName, child });
}

function Line({ letter }: { readonly letter: WaitingLetter }) {
  const { t, moment } = useWords();
  const what = useWhatItIs();
  return (
    <>
      <h2>{letter.to}</h2>
      <p>{what(letter)}</p>
      <p className="quiet small">{t("outbox.since", { time: moment(letter.since), name: letter.by })}</p>
      <Trouble letter={letter} />
      <Button
        component={Link}
        href={`/outbox/${letter.letter}`}
        variant="default"
        aria-label={t("outbox.open-of", { to: letter.to })}
      >
        {t("outbox.open")}
      </Button>
    </>
  );
}

/** Why it was not sent, and what happens next. */
export function Trouble({ letter }: { readonly letter: WaitingLetter }) {
  const { t, moment } = useWords();
  if (letter.failure === null) return null;
  return (
    <p>
      {t(`outbox.failure.${letter.failure}`)}{" "}
      {letter.nextTry === null
        ? t("outbox.no-more", { n: letter.tries })
        : t("outbox.next", { n: letter.tries, time: moment(letter.nextTry) })}
    </p>
  );
}
