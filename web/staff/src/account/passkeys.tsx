import { Button, TextInput } from "@mantine/core";
import { startRegistration } from "@simplewebauthn/browser";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, Trouble, type KnownPasskey } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { useFocusAfter } from "../parts/use-focus-after.ts";

/** Passkeys by their names; one more, or one less. */
export function Passkeys() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["passkeys"], queryFn: api.passkeys.list });
  const [name, setName] = useState("");
  const title = useRef<HTMLHeadingElement>(null);
  const add = async (): Promise<void> => {
    const options = (await api.passkeys.registerStart()) as unknown as Parameters<
      typeof startRegistration
    >[0]["optionsJSON"];
    await api.passkeys.registerFinish(await startRegistration({ optionsJSON: options }), name.trim());
  };
  return (
    <section className="card" aria-labelledby="passkeys-title">
      <h2 id="passkeys-title" ref={title} tabIndex={-1}>
        {t("account.passkeys")}
      </h2>
      <p>{t("account.passkeys-says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <p className="quiet">{t("account.passkeys-none")}</p>
      ) : (
        <ul className="lines">
          {list.data.map((one) => (
            <li key={one.id}>
              <Passkey
                passkey={one}
                renamed={() => void list.refetch()}
                removed={() => {
                  title.current?.focus();
                  void list.refetch();
                }}
              />
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

function Passkey({
  passkey,
  renamed,
  removed,
}: {
  readonly passkey: KnownPasskey;
  readonly renamed: () => void;
  readonly removed: () => void;
}) {
  const { t, day } = useWords();
  const [naming, setNaming] = useState<string | null>(null);
  const takesOver = useFocusAfter(naming !== null);
  const remove = useMutation({ mutationFn: () => api.passkeys.remove(passkey.id), onSuccess: removed });
  const name = passkey.name || t("account.passkey-unnamed");
  if (naming !== null) {
    return (
      <Form
        className="narrow"
        send={() => api.passkeys.rename(passkey.id, naming.trim())}
        done={() => {
          setNaming(null);
          renamed();
        }}
      >
        {(busy) => (
          <>
            <TextInput
              ref={takesOver}
              label={t("account.passkey-name")}
              required
              withAsterisk={false}
              maxLength={60}
              value={naming}
              onChange={(event) => setNaming(event.currentTarget.value)}
            />
            <div className="row">
              <Button type="submit" loading={busy}>
                {t("account.rename-save")}
              </Button>
              <Button variant="default" onClick={() => setNaming(null)}>
                {t("cancel")}
              </Button>
            </div>
          </>
        )}
      </Form>
    );
  }
  const last = remove.error instanceof Trouble && remove.error.code === "refused";
  return (
    <>
      <div className="row between">
        <span>
          {name}{" "}
          <span className="quiet small">{t("account.passkey-since", { day: day(passkey.createdAt) })}</span>
        </span>
        <span className="row">
          <button
            type="button"
            className="plain"
            ref={takesOver}
            aria-label={t("account.rename-of", { name })}
            onClick={() => setNaming(passkey.name ?? "")}
          >
            {t("account.rename")}
          </button>
          <button
            type="button"
            className="plain"
            disabled={remove.isPending}
            aria-label={t("account.remove-of", { name })}
            onClick={() => remove.mutate()}
          >
            {t("account.remove")}
          </button>
        </span>
      </div>
      {remove.isError ? (
        <Failed error={remove.error} {...(last ? { says: t("account.last-way-in") } : {})} />
      ) : null}
    </>
  );
}
