import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { forgetAll, useDoing } from "../load.ts";
import { Field } from "../parts/controls.tsx";
import { Icon } from "../parts/icons.tsx";
import { Page } from "../parts/page.tsx";
import { RecoveryCode } from "../parts/recovery-code.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { forgetPhotos } from "../photos.ts";
import { drop, keep, kept, takeSecret } from "../visit.ts";
import { BackByLink, ByMail } from "./by-mail.tsx";

/** The ways back to one's photos on a device that is not signed in. */
function Ways({ recovered }: { readonly recovered: (code: string) => void }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const [code, setCode] = useState("");
  const recovering = useDoing();
  const byPasskey = useDoing();
  const arrive = () => {
    forgetAll();
    forgetPhotos();
    navigate("/me", { replace: true });
  };
  return (
    <>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          recovering.run(async () => {
            const answer = await api.recover(code.trim());
            forgetAll();
            forgetPhotos();
            recovered(answer.recoveryCode);
          });
        }}
      >
        <h2>{t("recover.code.title")}</h2>
        <Field
          label={t("recover.code")}
          says={t("recover.code.says")}
          value={code}
          change={setCode}
          maxLength={200}
          required
          code
        />
        {recovering.trouble !== null && (
          <TroubleNote
            trouble={recovering.trouble}
            hint={wrongCode(recovering.trouble.status) ? t("recover.code.failed") : undefined}
          />
        )}
        <button type="submit" class="button main" aria-disabled={recovering.busy}>
          {t("recover.open")}
        </button>
      </form>
      {"PublicKeyCredential" in window && (
        <section class="card">
          <h2>{t("recover.passkey.title")}</h2>
          <p>{t("recover.passkey.says")}</p>
          {byPasskey.trouble !== null && (
            <TroubleNote trouble={byPasskey.trouble} hint={t("recover.passkey.failed")} />
          )}
          <button
            type="button"
            class="button main"
            aria-disabled={byPasskey.busy}
            onClick={() =>
              byPasskey.run(async () => {
                const { startAuthentication } = await import("@simplewebauthn/browser");
                const options = await api.passkey.signInStart();
                const answer = await startAuthentication({
                  optionsJSON: options as unknown as Parameters<typeof startAuthentication>[0]["optionsJSON"],
                });
                await api.passkey.signInFinish(answer);
                arrive();
              })
            }
          >
            <Icon name="key" />
            {t("recover.passkey.open")}
          </button>
        </section>
      )}
      <ByMail />
      <section class="card">
        <h2>{t("recover.desk.title")}</h2>
        <p>{t("recover.desk.says")}</p>
      </section>
    </>
  );
}

function wrongCode(status: number | null): boolean {
  return status !== null && status >= 400 && status < 429;
}

/** The code that was used is used up: the new one is shown, once. */
function WithNewCode({ code }: { readonly code: string }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  return (
    <Page key="new-code" title={t("keep.title")}>
      <p>{t("recovered.says")}</p>
      <RecoveryCode code={code} />
      <button
        type="button"
        class="button main"
        onClick={() => {
          drop(NEW_CODE);
          navigate("/me", { replace: true });
        }}
      >
        {t("keep.done")}
      </button>
    </Page>
  );
}

const NEW_CODE = "new-code";

function Recovering({ title, says }: { readonly title: string; readonly says: string }) {
  const [code, setCode] = useState(() => kept<string>(NEW_CODE));
  if (code !== null) return <WithNewCode code={code} />;
  return (
    <Page key="ways" title={title}>
      <p>{says}</p>
      <Ways
        recovered={(made) => {
          keep(NEW_CODE, made);
          setCode(made);
        }}
      />
    </Page>
  );
}

const MAILED = "back";

export function RecoverPage() {
  const { t } = useWords();
  const [secret, setSecret] = useState(() => {
    const taken = takeSecret();
    if (taken !== null) keep(MAILED, taken);
    return taken ?? kept<string>(MAILED);
  });
  if (secret !== null) {
    return (
      <BackByLink
        secret={secret}
        done={() => {
          drop(MAILED);
          setSecret(null);
        }}
      />
    );
  }
  return <Recovering title={t("recover.title")} says={t("recover.says")} />;
}

/** A page of somebody's own, on a device that is nobody's. */
export function SignedOut() {
  const { t } = useWords();
  return <Recovering title={t("signed-out.title")} says={t("signed-out.says")} />;
}
