import { Button, PasswordInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { CurrentPassword } from "../parts/account-fields.tsx";
import { Form } from "../parts/form.tsx";

export function Password() {
  const { t } = useWords();
  const client = useQueryClient();
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
          void client.invalidateQueries({ queryKey: ["sessions"] });
        }}
      >
        {(busy) => (
          <>
            <CurrentPassword value={current} change={setCurrent} />
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
