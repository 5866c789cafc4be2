import { useQueryClient } from "@tanstack/react-query";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { OpenPage, Title } from "../parts/shell.tsx";
import { Passkeys } from "./passkeys.tsx";
import { SecondFactor } from "./second-factor.tsx";

/** Where the organisation requires a second factor and this account has none: nothing else answers until it has. */
export function SecondFactorNeeded() {
  const { t } = useWords();
  const client = useQueryClient();
  const again = () => void client.resetQueries();
  return (
    <OpenPage>
      <Title>{t("second.needed")}</Title>
      <p>{t("second.needed-says")}</p>
      <div className="stack">
        <SecondFactor done={again} />
        <p>{t("second.needed-passkey")}</p>
        <Passkeys />
        <button type="button" className="plain" onClick={() => void api.signOut().finally(again)}>
          {t("nav.sign-out")}
        </button>
      </div>
    </OpenPage>
  );
}
