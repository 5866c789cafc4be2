import { useWords, type Words } from "../language.tsx";
import { Icon } from "../parts/icons.tsx";
import type { Key } from "../words/fr.ts";
import type { Checked } from "./checker.ts";
import { ReadReceipt } from "./receipt.tsx";
import { readReceipt } from "./receipt-payload.ts";

/** What became of a check; `not-here`: this browser has not what it takes. */
export type Outcome =
  { readonly is: "empty" | "no-receipt" | "not-here" } | { readonly is: "checked"; readonly answer: Checked };

/** What the checker looks at, in plain words; it names its steps in English (verify/assent-verify.mjs). */
const STEPS: Readonly<Record<string, Key>> = {
  keys: "verify.step.keys",
  "earlier receipt": "verify.step.earlier",
  form: "verify.step.form",
  signature: "verify.step.signature",
  instance: "verify.step.instance",
  texts: "verify.step.texts",
  "pinned head": "verify.step.pinned",
  entry: "verify.step.entry",
  consistency: "verify.step.consistency",
  head: "verify.step.head",
  log: "verify.step.log",
};

const MARKS = { holds: "check", fails: "cross", open: "eye" } as const;

export function Answer({ outcome, receipt }: { readonly outcome: Outcome; readonly receipt: string }) {
  const { t } = useWords();
  if (outcome.is !== "checked") {
    return (
      <div class="verdict not">
        <p>
          <Icon name="cross" /> <strong>{t(`verify.${outcome.is}`)}</strong>
        </p>
        <p>{t(`verify.${outcome.is}.says`)}</p>
      </div>
    );
  }
  const { verdict, checks } = outcome.answer;
  const holds = verdict === "valid";
  const says = {
    valid: "verify.valid",
    invalid: "verify.changed",
    "unknown signer": "verify.unknown",
  } as const;
  return (
    <div class={holds ? "verdict" : "verdict not"}>
      <p>
        <Icon name={holds ? "check" : "cross"} /> <strong>{t(says[verdict])}</strong>
      </p>
      {holds && <ReadReceipt receipt={receipt} />}
      <h2>{t("verify.steps")}</h2>
      <ul class="steps">
        {checks.map((one) => (
          <li key={one.check}>
            <Icon name={MARKS[one.result]} /> {stepOf(t, one.check)}
            {t("receipt.colon")}
            <strong>{t(`verify.is.${one.result}`)}</strong>
          </li>
        ))}
      </ul>
      <details>
        <summary>{t("verify.more")}</summary>
        <ul lang="en">
          {checks.map((one) => (
            <li key={one.check}>{`${one.check}: ${one.says}`}</li>
          ))}
        </ul>
      </details>
      <Beyond holds={holds} receipt={receipt} />
    </div>
  );
}

function stepOf(t: Words["t"], step: string): string {
  const key = STEPS[step];
  return key === undefined ? step : t(key);
}

/** What no check of this kind can know. */
function Beyond({ holds, receipt }: { readonly holds: boolean; readonly receipt: string }) {
  const { t } = useWords();
  const said = holds ? readReceipt(receipt) : undefined;
  return (
    <>
      <h2>{t("verify.beyond")}</h2>
      <ul class="steps">
        {said !== undefined && (
          <li>
            {t("verify.beyond.key", { host: location.host })} <code class="address">{said.fingerprint}</code>
          </li>
        )}
        {holds && <li>{t("verify.beyond.witness")}</li>}
        <li>{t("verify.means")}</li>
      </ul>
    </>
  );
}
