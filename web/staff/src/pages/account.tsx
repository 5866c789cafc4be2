import { Address } from "../account/address.tsx";
import { Passkeys } from "../account/passkeys.tsx";
import { Password } from "../account/password.tsx";
import { SecondFactor } from "../account/second-factor.tsx";
import { Sessions } from "../account/sessions.tsx";
import { useWords } from "../language.tsx";
import { Title } from "../parts/shell.tsx";

/** One's own account: where one is signed in, and by what. */
export function Account() {
  const { t } = useWords();
  return (
    <>
      <Title>{t("account.title")}</Title>
      <Sessions />
      <Passkeys />
      <SecondFactor />
      <Password />
      <Address />
    </>
  );
}
