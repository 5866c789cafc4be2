import { useLocation } from "wouter-preact";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { forgetAll, useDoing } from "../load.ts";
import { Page } from "../parts/page.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { forgetPhotos } from "../photos.ts";
import { drop } from "../visit.ts";

/** A personal link acts on a tap, never by being opened: a preview in a messenger must not sign anybody in. */
export function SignInByLink({
  secret,
  who,
  done,
}: {
  readonly secret: string;
  readonly who?: string;
  readonly done?: () => void;
}) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const doing = useDoing();
  return (
    <Page key="link" title={t("link.title")} who={who}>
      <p>{t("link.says")}</p>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} hint={t("link.failed")} />}
      <button
        type="button"
        class="button main"
        aria-disabled={doing.busy}
        onClick={() =>
          doing.run(async () => {
            await api.link(secret);
            forgetAll();
            forgetPhotos();
            drop("join");
            drop("link");
            done?.();
            navigate("/me", { replace: true });
          })
        }
      >
        {t("link.open")}
      </button>
      <p class="quiet">{t("link.not-you")}</p>
    </Page>
  );
}
