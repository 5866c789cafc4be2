import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { troubleOf } from "../load.ts";
import { Choices, SaveText } from "../parts/controls.tsx";
import { Page } from "../parts/page.tsx";
import { RecoveryCode } from "../parts/recovery-code.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { useLater } from "../use-later.ts";
import type { Trouble } from "../api.ts";

/** The recovery code, shown once. */
export function Keep({
  code,
  receipt,
  next,
}: {
  readonly code: string;
  readonly receipt: string;
  readonly next: () => void;
}) {
  const { t } = useWords();
  const { pages } = useLater();
  return (
    <Page key="keep" title={t("keep.title")}>
      <p>{t("keep.says")}</p>
      <RecoveryCode code={code}>
        <SaveText text={receipt} name="assent-consent-receipt.txt" label={t("keep.receipt")} />
        {pages !== null && <pages.ReadReceipt receipt={receipt} />}
      </RecoveryCode>
      <button type="button" class="button main" onClick={next}>
        {t("keep.done")}
      </button>
    </Page>
  );
}

/** Makes a passkey; the code for it is loaded when it is wanted. False where the person thought better of it. */
export async function makePasskey(): Promise<boolean> {
  const { startRegistration } = await import("@simplewebauthn/browser");
  const options = await api.passkey.registerStart();
  try {
    const answer = await startRegistration({
      optionsJSON: options as unknown as Parameters<typeof startRegistration>[0]["optionsJSON"],
    });
    await api.passkey.registerFinish(answer);
    return true;
  } catch (error) {
    if (error instanceof Error && (error.name === "NotAllowedError" || error.name === "AbortError"))
      return false;
    throw error;
  }
}

export function OfferPasskey({ done }: { readonly done: () => void }) {
  const { t } = useWords();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  return (
    <Page key="passkey" title={t("passkey.title")} back={() => history.back()}>
      <p>{t("passkey.says")}</p>
      {trouble !== null && <TroubleNote trouble={trouble} hint={t("passkey.failed")} />}
      <Choices
        label={t("answers")}
        busy={busy}
        choices={[
          {
            title: t("passkey.yes"),
            says: t("passkey.yes.says"),
            choose: () => {
              setBusy(true);
              makePasskey()
                .then((made) => {
                  if (made) done();
                })
                .catch((error: unknown) => setTrouble(troubleOf(error)))
                .finally(() => setBusy(false));
            },
          },
          { title: t("passkey.no"), says: t("passkey.no.says"), choose: done },
        ]}
      />
    </Page>
  );
}
