import { useState } from "preact/hooks";
import type { Me } from "../../../../src/http/contract/person.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { useDoing } from "../load.ts";
import { Icon } from "../parts/icons.tsx";
import { TroubleNote } from "../parts/states.tsx";

/** Whether the address is confirmed, and the message that asks for it once more. */
export function AddressState({ me, again }: { readonly me: Me; readonly again: () => void }) {
  const { t, moment } = useWords();
  const doing = useDoing();
  const [sent, setSent] = useState(false);
  const { address } = me;
  if (address === null) return null;
  const { email, verified, askedAt } = address;
  if (verified) {
    return (
      <p class="quiet">
        <Icon name="check" /> {t("address.state.verified", { email })}
      </p>
    );
  }
  if (!me.mail) return <p class="quiet">{t("address.state.no-mail", { email })}</p>;
  return (
    <div class="notice amber">
      <p>
        <strong>{t("address.state.title")}</strong>{" "}
        {askedAt === null
          ? t("address.state.sending", { email })
          : t("address.state.sent", { email, when: moment(askedAt) })}
      </p>
      {doing.trouble !== null && (
        <TroubleNote
          trouble={doing.trouble}
          hint={doing.trouble.status === 429 ? t("address.state.too-often") : undefined}
        />
      )}
      <p role="status">{sent ? t("address.state.again") : ""}</p>
      <button
        type="button"
        class="button plain"
        aria-disabled={doing.busy}
        onClick={() =>
          doing.run(async () => {
            setSent(false);
            await api.addressMessage();
            setSent(true);
            again();
          })
        }
      >
        {t("address.state.send")}
      </button>
    </div>
  );
}
