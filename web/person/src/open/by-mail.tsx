import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { forgetAll, useDoing, useLoad } from "../load.ts";
import { Field } from "../parts/controls.tsx";
import { Page } from "../parts/page.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { forgetPhotos } from "../photos.ts";

/** Asks for a way back by e-mail, where this server sends any; what is answered says nothing of who is known here. */
export function ByMail() {
  const { t } = useWords();
  const { load } = useLoad("recovery", api.recoveryWays);
  const [email, setEmail] = useState("");
  const [asked, setAsked] = useState(false);
  const doing = useDoing();
  if (load.state !== "ready") return null;
  if (!load.value.byMail) {
    return (
      <section class="card">
        <h2>{t("recover.mail.title")}</h2>
        <p>{t("recover.mail.none")}</p>
      </section>
    );
  }
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        doing.run(async () => {
          setAsked(false);
          await api.askByMail(email.trim());
          setAsked(true);
        });
      }}
    >
      <h2>{t("recover.mail.title")}</h2>
      <Field
        label={t("you.email")}
        says={t("recover.mail.says")}
        value={email}
        change={setEmail}
        type="email"
        autoComplete="email"
        inputMode="email"
        maxLength={254}
        required
      />
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} />}
      <div role="status">{asked && <p class="notice">{t("recover.mail.asked")}</p>}</div>
      <button type="submit" class="button main" aria-disabled={doing.busy}>
        {t("recover.mail.send")}
      </button>
    </form>
  );
}

/** A mailed link acts on a tap, never by being opened: programs that read mail open links too. */
export function BackByLink({ secret, done }: { readonly secret: string; readonly done: () => void }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const doing = useDoing();
  return (
    <Page key="back" title={t("link.title")}>
      <p>{t("recover.link.says")}</p>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} hint={t("recover.link.failed")} />}
      {doing.trouble === null ? (
        <button
          type="button"
          class="button main"
          aria-disabled={doing.busy}
          onClick={() =>
            doing.run(async () => {
              await api.recoverByLink(secret);
              forgetAll();
              forgetPhotos();
              done();
              navigate("/me", { replace: true });
            })
          }
        >
          {t("recover.open")}
        </button>
      ) : (
        <button type="button" class="button main" onClick={done}>
          {t("recover.other")}
        </button>
      )}
      <p class="quiet">{t("link.not-you")}</p>
    </Page>
  );
}
