import { Button } from "@mantine/core";
import { useState } from "react";
import { api, Trouble } from "../api.ts";
import { useWords } from "../language.tsx";
import { CodeField } from "../parts/account-fields.tsx";
import { Form } from "../parts/form.tsx";
import { Title } from "../parts/shell.tsx";

/** After the password: the code of the app, or a recovery code. */
export function AskCode({ done, back }: { readonly done: () => void; readonly back: () => void }) {
  const { t } = useWords();
  const [by, setBy] = useState<"app" | "recovery">("app");
  const [code, setCode] = useState("");
  const app = by === "app";
  const send = () =>
    app ? api.codes.app(code.replaceAll(/\s/g, "")) : api.codes.recovery(recoveryCode(code));
  const says = (error: Error): string | null => {
    if (!(error instanceof Trouble)) return null;
    if (error.code === "signed-out") return t(app ? "second.wrong" : "second.recovery-wrong");
    return error.code === "bad-input" ? t("second.begin-again") : null;
  };
  return (
    <>
      <Title>{t("second.ask")}</Title>
      <Form key={by} send={send} done={done} says={says}>
        {(busy) => (
          <>
            <CodeField by={by} value={code} change={setCode} />
            <Button type="submit" loading={busy}>
              {t("sign-in.go")}
            </Button>
          </>
        )}
      </Form>
      <div className="row">
        <button
          type="button"
          className="plain"
          onClick={() => {
            setBy(app ? "recovery" : "app");
            setCode("");
          }}
        >
          {t(app ? "second.use-recovery" : "second.use-app")}
        </button>
        <button type="button" className="plain" onClick={back}>
          {t("back")}
        </button>
      </div>
      <p className="quiet small">{t("second.lost")}</p>
    </>
  );
}

/** As it was written down: with or without its hyphen, in capitals or not. */
function recoveryCode(typed: string): string {
  const signs = typed.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return `${signs.slice(0, 5)}-${signs.slice(5)}`;
}
