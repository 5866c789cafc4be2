import { Button, PasswordInput, TextInput } from "@mantine/core";
import { startRegistration } from "@simplewebauthn/browser";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

export function Account() {
  const { t } = useWords();
  return (
    <>
      <Title>{t("account.title")}</Title>
      <Passkeys />
      <Password />
    </>
  );
}

function Passkeys() {
  const { t, day } = useWords();
  const list = useQuery({ queryKey: ["passkeys"], queryFn: api.passkeys.list });
  const [name, setName] = useState("");
  const add = async (): Promise<void> => {
    const options = (await api.passkeys.registerStart()) as unknown as Parameters<
      typeof startRegistration
    >[0]["optionsJSON"];
    await api.passkeys.registerFinish(await startRegistration({ optionsJSON: options }), name.trim());
  };
  return (
    <section className="card" aria-labelledby="passkeys-title">
      <h2 id="passkeys-title">{t("account.passkeys")}</h2>
      <p>{t("account.passkeys-says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <p className="quiet">{t("account.passkeys-none")}</p>
      ) : (
        <ul>
          {list.data.map((one) => (
            <li key={one.id} className="row between">
              <span>
                {one.name || t("account.passkey-unnamed")}{" "}
                <span className="quiet small">{t("account.passkey-since", { day: day(one.createdAt) })}</span>
              </span>
              <button
                type="button"
                className="plain"
                aria-label={`${t("account.remove")} ${one.name ?? ""}`}
                onClick={() => void api.passkeys.remove(one.id).then(() => list.refetch())}
              >
                {t("account.remove")}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Form
        className="narrow"
        send={add}
        done={() => {
          setName("");
          void list.refetch();
        }}
        says={() => t("account.passkey-failed")}
      >
        {(busy) => (
          <>
            <TextInput
              label={`${t("account.passkey-name")} (${t("optional")})`}
              maxLength={60}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={busy}>
              {t("account.passkey-add")}
            </Button>
          </>
        )}
      </Form>
    </section>
  );
}

function Password() {
  const { t } = useWords();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [changed, setChanged] = useState(false);
  return (
    <section className="card" aria-labelledby="password-title">
      <h2 id="password-title">{t("account.password")}</h2>
      <Form
        className="narrow"
        send={() => api.changePassword(current, next)}
        done={() => {
          setCurrent("");
          setNext("");
          setChanged(true);
        }}
      >
        {(busy) => (
          <>
            <PasswordInput
              label={t("account.current")}
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={current}
              onChange={(event) => setCurrent(event.currentTarget.value)}
            />
            <PasswordInput
              label={t("account.new")}
              description={t("setup.password-hint")}
              autoComplete="new-password"
              required
              withAsterisk={false}
              minLength={10}
              maxLength={128}
              value={next}
              onChange={(event) => setNext(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={busy}>
              {t("account.change")}
            </Button>
          </>
        )}
      </Form>
      {changed ? <p role="status">{t("account.changed")}</p> : null}
    </section>
  );
}
