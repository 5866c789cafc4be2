import { Radio } from "@mantine/core";
import type { Desk } from "../../../../src/http/contract/staff.ts";
import { useWords, type Language } from "../language.tsx";
import { useOf } from "./use-name.ts";

/** What a paper says about a use; nothing is said by what it leaves open. */
export type Answer = "yes" | "no" | "open";
const ANSWERS: readonly Answer[] = ["yes", "no", "open"];

/** What a signed paper says to each use: yes and no stand beside each other, of one weight. */
export function Answers({
  texts,
  language,
  of,
  answer,
  findMe,
}: {
  readonly texts: Desk["texts"];
  readonly language: Language;
  readonly of: (purpose: string) => Answer;
  readonly answer: (purpose: string, said: Answer) => void;
  /** Whether they are to be found: without it no code is there to be kept. */
  readonly findMe: boolean;
}) {
  const { t } = useWords();
  return (
    <div className="stack">
      <h2>{t("desk.consents-paper")}</h2>
      <p className="quiet small">{t("desk.paper-says")}</p>
      {texts.map(({ purpose, [language]: text }) => (
        <fieldset key={purpose}>
          <legend>{useOf(t, purpose)}</legend>
          <div className="row">
            {ANSWERS.map((one) => (
              <Radio
                key={one}
                name={purpose}
                label={t(`desk.${one}`)}
                checked={of(purpose) === one}
                disabled={one === "yes" && purpose === "keep-template" && !findMe}
                onChange={() => answer(purpose, one)}
              />
            ))}
          </div>
          <details className="small">
            <summary>
              {t("desk.text")} <span className="unseen">: {useOf(t, purpose)}</span>
            </summary>
            <p className="signed" lang={language}>
              {text}
            </p>
          </details>
        </fieldset>
      ))}
    </div>
  );
}
