import { useState } from "preact/hooks";
import type { Static } from "typebox";
import type { Verdict } from "../../../../src/http/contract/anybody.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Field, SaveText } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { Page } from "../parts/page.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { ReadReceipt } from "./receipt.tsx";

/** Anyone can check a receipt, and fetch their own again for 30 days. */
export function VerifyPage() {
  const { t } = useWords();
  const [receipt, setReceipt] = useState("");
  const [verdict, setVerdict] = useState<Static<typeof Verdict> | null>(null);
  const doing = useDoing();
  const change = (text: string) => {
    setReceipt(text);
    setVerdict(null);
  };
  return (
    <Page title={t("verify.title")}>
      <p>{t("verify.says")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          doing.run(async () => setVerdict(await api.verify(receipt.trim())));
        }}
      >
        <Field
          label={t("verify.paste")}
          value={receipt}
          change={change}
          lines={5}
          required
          maxLength={100_000}
        />
        <div class="buttons">
          <button type="submit" class="button main" aria-disabled={doing.busy}>
            {t("verify.check")}
          </button>
          <label class="button plain file">
            <Icon name="receipt" />
            {t("verify.file")}
            <input
              type="file"
              class="unseen"
              accept=".txt,.jws,.json,text/plain"
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file !== undefined) doing.run(async () => change((await file.text()).trim()));
              }}
            />
          </label>
        </div>
        {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      </form>
      <div role="status">
        {verdict !== null && (
          <div class={verdict.valid ? "verdict" : "verdict not"}>
            <p>
              <Icon name={verdict.valid ? "check" : "cross"} />{" "}
              <strong>{verdict.valid ? t("verify.valid") : t("verify.invalid")}</strong>
            </p>
            {!verdict.valid && verdict.reason !== "" && (
              <details>
                <summary>{t("trouble.server")}</summary>
                <p lang="en">{verdict.reason}</p>
              </details>
            )}
            {verdict.valid && <ReadReceipt receipt={receipt.trim()} />}
            <p class="quiet">{t("verify.means")}</p>
          </div>
        )}
      </div>
      <Claim found={change} />
    </Page>
  );
}

function Claim({ found }: { readonly found: (receipt: string) => void }) {
  const { t } = useWords();
  const [code, setCode] = useState("");
  const [receipt, setReceipt] = useState<string | null>(null);
  const doing = useDoing();
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        doing.run(async () => {
          const answer = await api.claimReceipt(code.trim());
          setReceipt(answer.receipt);
          found(answer.receipt);
        });
      }}
    >
      <h2>{t("claim-receipt.title")}</h2>
      <Field
        label={t("claim-receipt.code")}
        says={t("claim-receipt.says")}
        value={code}
        change={setCode}
        required
        code
      />
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      <div class="buttons">
        <button type="submit" class="button plain" aria-disabled={doing.busy}>
          {t("claim-receipt.fetch")}
        </button>
        {receipt !== null && <SaveText text={receipt} name="assent-receipt.txt" label={t("left.save")} />}
      </div>
    </form>
  );
}
