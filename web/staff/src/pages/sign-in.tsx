import { Button, PasswordInput, TextInput } from "@mantine/core";
import { browserSupportsWebAuthn } from "@simplewebauthn/browser";
import { useState } from "react";
import { AskCode } from "../account/ask-code.tsx";
import { SingleSignOnButton, useWaysIn } from "../account/single-sign-on.tsx";
import { signInByPasskey } from "../account/by-passkey.ts";
import { api, Trouble } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { OpenPage, Title } from "../parts/shell.tsx";
import { Failed } from "../parts/states.tsx";

export function SignIn({ done }: { readonly done: () => void }) {
  const { t } = useWords();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [failed, setFailed] = useState(false);
  const [asksCode, setAsksCode] = useState(false);
  const [anyway, setAnyway] = useState(false);
  const ways = useWaysIn();
  const byPasskey = async (): Promise<void> => {
    setFailed(false);
    try {
      await signInByPasskey();
      done();
    } catch {
      setFailed(true);
    }
  };
  if (asksCode) {
    return (
      <OpenPage>
        <AskCode done={done} back={() => setAsksCode(false)} />
      </OpenPage>
    );
  }
  // Where nobody can say, the password is asked for: whoever has none is told.
  const byPassword = anyway || (ways.data?.password ?? !ways.isPending);
  const singleSignOn = ways.data?.singleSignOn ?? null;
  return (
    <OpenPage>
      <Title>{t("sign-in.title")}</Title>
      <p className="quiet">{t("sign-in.says")}</p>
      {singleSignOn === null ? null : <SingleSignOnButton name={singleSignOn.name} />}
      {byPassword ? (
        <Form
          send={() => api.signIn(email, password)}
          done={(answer) => (answer.twoFactorRedirect === true ? setAsksCode(true) : done())}
          says={(error) =>
            error instanceof Trouble && ["signed-out", "refused"].includes(error.code)
              ? t(error.code === "refused" ? "sso.passwords-off" : "sign-in.wrong")
              : null
          }
        >
          {(busy) => (
            <>
              <TextInput
                label={t("sign-in.email")}
                type="email"
                autoComplete="username webauthn"
                required
                withAsterisk={false}
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <PasswordInput
                label={t("sign-in.password")}
                autoComplete="current-password"
                required
                withAsterisk={false}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              <div className="row">
                <Button type="submit" loading={busy}>
                  {t("sign-in.go")}
                </Button>
                {browserSupportsWebAuthn() ? (
                  <Button variant="default" onClick={() => void byPasskey()}>
                    {t("sign-in.passkey")}
                  </Button>
                ) : null}
              </div>
            </>
          )}
        </Form>
      ) : ways.isPending ? null : (
        <div className="row">
          {browserSupportsWebAuthn() ? (
            <Button variant="default" onClick={() => void byPasskey()}>
              {t("sign-in.passkey")}
            </Button>
          ) : null}
          <button type="button" className="plain" onClick={() => setAnyway(true)}>
            {t("sso.owner")}
          </button>
        </div>
      )}
      {failed ? <Failed error={null} says={t("sign-in.passkey-failed")} /> : null}
      {byPassword ? <p className="quiet small">{t("sign-in.lost")}</p> : null}
    </OpenPage>
  );
}
