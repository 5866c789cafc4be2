import { Button, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { InvitedByMail } from "../../../../src/http/contract/outbox.ts";
import { api } from "../api.ts";
import { useWords, type Language } from "../language.tsx";
import { CopyLink } from "./copy-link.tsx";
import { Form } from "./form.tsx";
import { Failed } from "./states.tsx";

/** An invitation for one person whose address is known; with a child's name, for that child's guardian. */
export function InviteByMail({ id, language }: { readonly id: string; readonly language: Language }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [child, setChild] = useState("");
  const [tried, setTried] = useState<InvitedByMail | null>(null);
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
      <div role="status" className="stack">
        {tried === null ? null : tried.state === "sent" ? (
          <p>{t("invite.sent")}</p>
        ) : (
          <>
            <p>{t(tried.failure === null ? "invite.waiting" : `outbox.failure.${tried.failure}`)}</p>
            <LinkOf letter={tried.letter} />
            <p>
              <Link href="/outbox">{t("invite.outbox")}</Link>
            </p>
          </>
        )}
      </div>
    </section>
  );
}

/** What a letter that was not sent would have brought, to be handed over by other ways. */
function LinkOf({ letter }: { readonly letter: string }) {
  const { t, day } = useWords();
  const opened = useQuery({ queryKey: ["letter", letter], queryFn: () => api.letter(letter) });
  if (opened.isError) return <Failed error={opened.error} again={() => void opened.refetch()} />;
  if (!opened.data) return null;
  return (
    <>
      <CopyLink link={opened.data.link} />
      <p className="quiet small">{t("letter.until", { day: day(opened.data.expiresAt) })}</p>
    </>
  );
}
