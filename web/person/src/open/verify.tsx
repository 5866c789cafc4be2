import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing, useLoad } from "../load.ts";
import { Field, SaveText } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { Page } from "../parts/page.tsx";
import { TroubleNote } from "../parts/states.tsx";
import type { Checked } from "./checker.ts";
import { readReceipt } from "./receipt-payload.ts";
import { Answer, type Outcome } from "./verify-answer.tsx";

/** Longer than any receipt; the checker says the same (verify/assent-verify.mjs). */
const MOST_BYTES = 1_000_000;

/**
 * Anyone can check a receipt, in their own browser: what is dropped, chosen or pasted here stays here. Checker and keys come
 * with the page, so that it goes on without a network. Whoever left can fetch theirs again for 30 days.
 */
export function VerifyPage() {
  const { t } = useWords();
  const [receipt, setReceipt] = useState("");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [earlier, setEarlier] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const { load } = useLoad("checker", fetchChecker);
  const change = (text: string) => {
    setReceipt(text);
    setOutcome(null);
  };
  const check = async (text: string): Promise<void> => {
    if (load.state !== "ready") return;
    setOutcome(await checked(load.value, text.trim(), earlier));
  };
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = file.size > MOST_BYTES ? null : await file.text();
    if (text === null || text.trim() === "") {
      setReceipt("");
      setOutcome({ is: text === null ? "no-receipt" : "empty" });
      return;
    }
    change(isText(text) ? text.trim() : "");
    await check(text);
  };
  return (
    <Page title={t("verify.title")}>
      <p>{t("verify.says")}</p>
      <form
        class="drop"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer?.files[0]);
        }}
        onSubmit={(event) => {
          event.preventDefault();
          void check(receipt);
        }}
      >
        <Field
          label={t("verify.paste")}
          says={t("verify.drop")}
          value={receipt}
          change={change}
          lines={5}
          required
          maxLength={MOST_BYTES}
        />
        <div class="buttons">
          <button type="submit" class="button main" aria-disabled={load.state !== "ready"}>
            {t("verify.check")}
          </button>
          <ChooseFile label={t("verify.file")} take={take} />
        </div>
        <details>
          <summary>{t("verify.earlier")}</summary>
          <p class="quiet">{t("verify.earlier.says")}</p>
          <ChooseFile
            label={t(earlier === null ? "verify.earlier.choose" : "verify.earlier.chosen")}
            take={async (file) => {
              setEarlier(file === undefined ? null : (await file.text()).trim());
              setOutcome(null);
            }}
          />
        </details>
        {load.state === "failed" && <TroubleNote trouble={load.trouble} />}
      </form>
      <div role="status">{outcome !== null && <Answer outcome={outcome} receipt={receipt.trim()} />}</div>
      <Claim found={change} />
    </Page>
  );
}

const THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

interface Checker {
  readonly check: typeof import("./checker.ts").check;
  /** This organisation's list, as its server gives it. */
  readonly keys: string;
}

async function fetchChecker(): Promise<Checker> {
  const [{ check }, keys] = await Promise.all([import("./checker.ts"), api.keys()]);
  return { check, keys };
}

async function checked({ check, keys }: Checker, text: string, earlier: string | null): Promise<Outcome> {
  let answer: Checked;
  try {
    answer = await check({ text, keys, ...(earlier === null ? {} : { earlier }) });
    // Of another organisation nothing fits these keys: then it is looked at by the key that it names itself.
    if (answer.verdict === "invalid" && !isListed(keys, readReceipt(text)?.fingerprint)) {
      const alone = await check({ text });
      if (alone.verdict === "unknown signer") answer = alone;
    }
  } catch {
    return { is: "not-here" };
  }
  const form = answer.checks.find((one) => one.check === "form");
  // One letter changed makes another sentence of it than a picture does.
  return form?.result === "fails" && !THREE_PARTS.test(text)
    ? { is: "no-receipt" }
    : { is: "checked", answer };
}

function isListed(keys: string, fingerprint: string | undefined): boolean {
  const list = JSON.parse(keys) as { readonly keys: readonly { readonly kid: string }[] };
  return list.keys.some((one) => one.kid === fingerprint);
}

/** A picture read as text is full of signs that no text has. */
function isText(text: string): boolean {
  return !text.includes("\0") && !text.includes("\uFFFD");
}

function ChooseFile({
  label,
  take,
}: {
  readonly label: string;
  readonly take: (file: File | undefined) => Promise<void>;
}) {
  return (
    <label class="button plain file">
      <Icon name="receipt" />
      {label}
      <input
        type="file"
        class="unseen"
        onChange={(event) => {
          const input = event.currentTarget;
          // The same file may be chosen again.
          void take(input.files?.[0]).finally(() => (input.value = ""));
        }}
      />
    </label>
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
