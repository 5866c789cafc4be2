import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { CurrentPassword } from "../parts/account-fields.tsx";
import { Form } from "../parts/form.tsx";
import { useSecretInAddress } from "../parts/secret-in-address.ts";
import { OpenPage, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

/** The address by which one signs in: verified or not, and another in its place. */
export function Address() {
  const { t, language } = useWords();
  const address = useQuery({ queryKey: ["address"], queryFn: api.address.standing });
  const ask = useMutation({ mutationFn: () => api.address.verify(language) });
  return (
    <section className="card" aria-labelledby="address-title">
      <h2 id="address-title">{t("sign-in.email")}</h2>
      {address.isPending ? (
        <Loading />
      ) : address.isError ? (
        <Failed error={address.error} again={() => void address.refetch()} />
      ) : (
        <>
          <p>
            <strong>{address.data.email}</strong>{" "}
            <span className="quiet">
              {t(address.data.verified ? "address.verified" : "address.not-verified")}
            </span>
          </p>
          {address.data.mail ? (
            <>
              {address.data.verified ? null : (
                <Button variant="default" loading={ask.isPending} onClick={() => ask.mutate()}>
                  {t("address.verify")}
                </Button>
              )}
              <p role="status">{ask.isSuccess ? t("address.sent", { email: address.data.email }) : ""}</p>
              {ask.isError ? <Failed error={ask.error} /> : null}
              <Change />
            </>
          ) : (
            <p className="quiet small">{t("address.no-mail")}</p>
          )}
        </>
      )}
    </section>
  );
}

function Change() {
  const { t, language } = useWords();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [sentTo, setSentTo] = useState<string | null>(null);
  return (
    <>
      <Form
        className="narrow"
        send={() => api.address.change({ email, language, ...(password === "" ? {} : { password }) })}
        done={() => {
          setSentTo(email);
          setEmail("");
          setPassword("");
        }}
      >
        {(busy) => (
          <>
            <TextInput
              label={t("address.new")}
              description={t("address.new-says")}
              type="email"
              autoComplete="email"
              required
              withAsterisk={false}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <CurrentPassword value={password} change={setPassword} orPasskey />
            <Button type="submit" variant="default" loading={busy}>
              {t("address.change")}
            </Button>
          </>
        )}
      </Form>
      <p role="status">{sentTo === null ? "" : t("address.sent", { email: sentTo })}</p>
    </>
  );
}

/** Behind the link that was mailed: it acts on a tap, on any device. */
export function ConfirmAddress() {
  const { t, language } = useWords();
  const secret = useSecretInAddress();
  const confirm = useMutation({ mutationFn: () => api.address.confirm(secret, language) });
  return (
    <OpenPage>
      <Title>{t("address.confirm-title")}</Title>
      {confirm.isSuccess ? (
        <p role="status">{t("address.confirmed")}</p>
      ) : secret === "" ? (
        <p>{t("address.gone")}</p>
      ) : (
        <>
          <p>{t("address.confirm-says")}</p>
          <Button loading={confirm.isPending} onClick={() => confirm.mutate()}>
            {t("address.confirm")}
          </Button>
          {confirm.isError ? (
            <Failed
              error={confirm.error}
              {...(confirm.error.message === "not-found" ? { says: t("address.gone") } : {})}
            />
          ) : null}
        </>
      )}
      <p>
        <a href="/staff">{t("sign-in.title")}</a>
      </p>
    </OpenPage>
  );
}
