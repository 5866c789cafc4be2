import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { LetterTried } from "../../../../src/http/contract/outbox.ts";
import { api } from "../api.ts";
import { useWords, type Language } from "../language.tsx";
import { Form } from "./form.tsx";

/** An invitation for one person whose address is known; with a child's name, for that child's guardian. */
export function InviteByMail({ id, language }: { readonly id: string; readonly language: Language }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [child, setChild] = useState("");
  const [tried, setTried] = useState<LetterTried | null>(null);
  return (
    <section className="card" aria-labelledby="mail-title">
      <h2 id="mail-title">{t("invite.title")}</h2>
      <p>{t("invite.says")}</p>
      <Form
        className="narrow"
        send={() => {
          setTried(null);
          const to = { email: email.trim(), language };
          return api.inviteByMail(id, child.trim() === "" ? to : { ...to, child: child.trim() });
        }}
        done={(answer) => {
          setTried(answer);
          setEmail("");
          setChild("");
          void client.invalidateQueries({ queryKey: ["outbox"] });
        }}
      >
        {(busy) => (
          <>
            <TextInput
              label={t("invite.email")}
              type="email"
              autoComplete="off"
              required
              withAsterisk={false}
              maxLength={254}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <TextInput
              label={`${t("invite.child")} (${t("optional")})`}
              description={t("invite.child-says")}
              maxLength={200}
              value={child}
              onChange={(event) => setChild(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy}>
              {t("invite.go")}
            </Button>
          </>
        )}
      </Form>
      <div role="status">
        {tried === null ? null : tried.state === "sent" ? (
          <p>{t("invite.sent")}</p>
        ) : (
          <>
            <p>{t(tried.failure === null ? "invite.waiting" : `outbox.failure.${tried.failure}`)}</p>
            <p>
              <Link href="/outbox">{t("invite.outbox")}</Link>
            </p>
          </>
        )}
      </div>
    </section>
  );
}
