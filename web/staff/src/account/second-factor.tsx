import { Button } from "@mantine/core";
import { browserSupportsWebAuthn } from "@simplewebauthn/browser";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SecondFactorBegun } from "../../../../src/http/contract/staff-own-account.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { CodeField, CurrentPassword } from "../parts/account-fields.tsx";
import { CopyButton } from "../parts/copy-link.tsx";
import { Form } from "../parts/form.tsx";
import { QrCode } from "../parts/qr-code.tsx";
import { save } from "../parts/save.ts";
import { Failed, Loading } from "../parts/states.tsx";
import { useFocusAfter } from "../parts/use-focus-after.ts";
import { signInByPasskey } from "./by-passkey.ts";

type Step =
  | { readonly at: "rest" }
  | { readonly at: "prove"; readonly to: "begin" | "renew" | "end" }
  | { readonly at: "scan"; readonly begun: SecondFactorBegun }
  | { readonly at: "codes"; readonly codes: readonly string[] };

/** A code from an app beside the password: setting it up, its recovery codes, and taking it away. */
export function SecondFactor({ done }: { readonly done?: () => void }) {
  const { t } = useWords();
  const client = useQueryClient();
  const standing = useQuery({ queryKey: ["second-factor"], queryFn: api.secondFactor.standing });
  const [step, setStep] = useState<Step>({ at: "rest" });
  const title = useFocusAfter(step.at);
  const changed = () => {
    void standing.refetch();
    void client.invalidateQueries({ queryKey: ["sessions"] });
  };
  const act = async (to: "begin" | "renew" | "end", password?: string): Promise<Step> => {
    switch (to) {
      case "begin":
        return { at: "scan", begun: await api.secondFactor.begin(password) };
      case "renew":
        return { at: "codes", codes: (await api.secondFactor.renew(password)).codes };
      case "end":
        await api.secondFactor.end(password);
        return { at: "rest" };
    }
  };
  const rest = () => setStep({ at: "rest" });
  return (
    <section className="card" aria-labelledby="second-title">
      <h2 id="second-title" ref={title} tabIndex={-1}>
        {t("second.title")}
      </h2>
      <p>{t("second.says")}</p>
      {standing.isPending ? (
        <Loading />
      ) : standing.isError ? (
        <Failed error={standing.error} again={() => void standing.refetch()} />
      ) : step.at === "prove" ? (
        <Prove
          says={t(`second.prove.${step.to}`)}
          act={(password) => act(step.to, password)}
          done={(next) => {
            setStep(next);
            changed();
          }}
          back={rest}
        />
      ) : step.at === "scan" ? (
        <Scan
          begun={step.begun}
          done={(codes) => {
            setStep({ at: "codes", codes });
            changed();
          }}
          back={rest}
        />
      ) : step.at === "codes" ? (
        <RecoveryCodes
          codes={step.codes}
          done={() => {
            rest();
            done?.();
          }}
        />
      ) : standing.data.on ? (
        <>
          <p>
            <strong>{t("second.on")}</strong> {t("second.left", { codes: standing.data.recoveryCodes })}
          </p>
          <div className="row">
            <Button variant="default" onClick={() => setStep({ at: "prove", to: "renew" })}>
              {t("second.renew")}
            </Button>
            <Button variant="default" onClick={() => setStep({ at: "prove", to: "end" })}>
              {t("second.end")}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="quiet">{t("second.off")}</p>
          <Button variant="default" onClick={() => setStep({ at: "prove", to: "begin" })}>
            {t("second.begin")}
          </Button>
        </>
      )}
    </section>
  );
}

/** The password, or a passkey: whoever sits down before an open page has neither. */
function Prove({
  says,
  act,
  done,
  back,
}: {
  readonly says: string;
  readonly act: (password?: string) => Promise<Step>;
  readonly done: (next: Step) => void;
  readonly back: () => void;
}) {
  const { t } = useWords();
  const [password, setPassword] = useState("");
  return (
    <>
      <p>{says}</p>
      <Form className="narrow" send={() => act(password)} done={done}>
        {(busy) => (
          <>
            <CurrentPassword value={password} change={setPassword} />
            <div className="row">
              <Button type="submit" loading={busy}>
                {t("second.go-on")}
              </Button>
              <Button variant="default" onClick={back}>
                {t("cancel")}
              </Button>
            </div>
          </>
        )}
      </Form>
      {browserSupportsWebAuthn() ? (
        <Form
          className="narrow"
          send={async () => {
            await signInByPasskey();
            return act();
          }}
          done={done}
          says={() => t("sign-in.passkey-failed")}
        >
          {(busy) => (
            <Button type="submit" variant="default" loading={busy}>
              {t("second.by-passkey")}
            </Button>
          )}
        </Form>
      ) : null}
    </>
  );
}

function Scan({
  begun,
  done,
  back,
}: {
  readonly begun: SecondFactorBegun;
  readonly done: (codes: readonly string[]) => void;
  readonly back: () => void;
}) {
  const { t } = useWords();
  const [code, setCode] = useState("");
  return (
    <>
      <p>{t("second.scan")}</p>
      <QrCode text={begun.uri} label={t("second.qr")} />
      <p className="small">
        {t("second.key")} <code className="link">{begun.key.replaceAll(/(.{4})(?=.)/g, "$1 ")}</code>
      </p>
      <Form
        className="narrow"
        send={() => api.secondFactor.confirm(code.replaceAll(/\s/g, ""))}
        done={(answer) => done(answer.codes)}
        says={(error) => (["refused", "bad-input"].includes(error.message) ? t("second.wrong") : null)}
      >
        {(busy) => (
          <>
            <CodeField value={code} change={setCode} />
            <div className="row">
              <Button type="submit" loading={busy}>
                {t("second.confirm")}
              </Button>
              <Button variant="default" onClick={back}>
                {t("cancel")}
              </Button>
            </div>
          </>
        )}
      </Form>
    </>
  );
}

function RecoveryCodes({ codes, done }: { readonly codes: readonly string[]; readonly done: () => void }) {
  const { t } = useWords();
  const text = codes.join("\n");
  return (
    <div className="stack">
      <p role="status">{t("second.codes-says")}</p>
      <ol className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="row">
        <CopyButton text={text} label={t("second.codes-copy")} />
        <Button
          variant="default"
          onClick={() => save(new Blob([`${text}\n`], { type: "text/plain" }), "assent-recovery-codes.txt")}
        >
          {t("second.codes-save")}
        </Button>
        <Button onClick={done}>{t("second.codes-kept")}</Button>
      </div>
    </div>
  );
}
