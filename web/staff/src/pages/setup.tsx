import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { OpenPage, Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

/** Behind the owner's one-time link. The secret is behind `#`, which browsers do not send; it goes from the address at once. */
export function Setup() {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [secret] = useState(() => {
    const found = window.location.hash.slice(1);
    if (found !== "") window.history.replaceState(null, "", window.location.pathname);
    return found;
  });
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const link = useQuery({
    queryKey: ["setup"],
    queryFn: () => api.openSetup(secret),
    enabled: secret !== "",
    staleTime: Infinity,
  });
  const send = async (): Promise<void> => {
    const made = await api.setup({ secret, name, email, password });
    await api.signIn(made.email, password);
  };
  const done = (): void => {
    void client.resetQueries({ queryKey: ["me"] });
    navigate("/", { replace: true });
  };
  const make = link.data?.for === "make";
  return (
    <OpenPage>
      <Title>{t(link.data?.for === "password" ? "setup.password-title" : "setup.title")}</Title>
      {secret === "" || link.isError ? (
        <>
          <Failed error={link.error} says={t("setup.gone")} />
          <Button component={Link} href="/" variant="default">
            {t("sign-in.go")}
          </Button>
        </>
      ) : link.isPending ? (
        <Loading />
      ) : (
        <>
          <p>{make ? t("setup.says", { organisation: link.data.organisation }) : t("setup.password-says")}</p>
          <Form send={send} done={done}>
            {(busy) => (
              <>
                {make ? (
                  <>
                    <TextInput
                      label={t("setup.name")}
                      description={t("setup.name-hint")}
                      autoComplete="name"
                      required
                      withAsterisk={false}
                      maxLength={200}
                      value={name}
                      onChange={(event) => setName(event.currentTarget.value)}
                    />
                    <TextInput
                      label={t("sign-in.email")}
                      type="email"
                      autoComplete="username"
                      required
                      withAsterisk={false}
                      value={email}
                      onChange={(event) => setEmail(event.currentTarget.value)}
                    />
                  </>
                ) : null}
                <PasswordInput
                  label={t("sign-in.password")}
                  description={t("setup.password-hint")}
                  autoComplete="new-password"
                  required
                  withAsterisk={false}
                  minLength={10}
                  maxLength={128}
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                />
                <Button type="submit" loading={busy}>
                  {t(make ? "setup.go" : "setup.password-go")}
                </Button>
              </>
            )}
          </Form>
        </>
      )}
    </OpenPage>
  );
}
