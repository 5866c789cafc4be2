import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { forgetAll, useDoing } from "../load.ts";
import { Page } from "../parts/page.tsx";
import { TroubleNote } from "../parts/states.tsx";
import { drop, keep, kept, takeSecret } from "../visit.ts";

const MAILED = "address";

/** Where the link leads that was mailed to an address: a tap confirms that somebody reads what is sent to it. */
export function AddressPage() {
  const { t } = useWords();
  const [secret] = useState(() => {
    const taken = takeSecret();
    if (taken !== null) keep(MAILED, taken);
    return taken ?? kept<string>(MAILED);
  });
  const [confirmed, setConfirmed] = useState(false);
  const doing = useDoing();
  if (confirmed) {
    return (
      <Page key="confirmed" title={t("address.done.title")}>
        <p>{t("address.done.says")}</p>
        <Link class="button main" href="/me">
          {t("to-photos")}
        </Link>
      </Page>
    );
  }
  if (secret === null) {
    return (
      <Page title={t("address.title")}>
        <p>{t("address.none")}</p>
        <Link class="button plain" href="/me/choices">
          {t("choices.title")}
        </Link>
      </Page>
    );
  }
  return (
    <Page key="confirm" title={t("address.title")}>
      <p>{t("address.says")}</p>
      {doing.trouble !== null && <TroubleNote trouble={doing.trouble} hint={t("address.failed")} />}
      <button
        type="button"
        class="button main"
        aria-disabled={doing.busy}
        onClick={() =>
          doing.run(async () => {
            await api.confirmAddress(secret);
            drop(MAILED);
            forgetAll();
            setConfirmed(true);
          })
        }
      >
        {t("address.confirm")}
      </button>
      <p class="quiet">{t("address.not-you")}</p>
    </Page>
  );
}
