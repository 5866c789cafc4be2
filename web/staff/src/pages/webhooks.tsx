import { Button, Checkbox, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { MakeWebhook, Webhook, WebhookDelivery } from "../../../../src/http/contract/webhooks.ts";
import { api } from "../api.ts";
import { useWords, type Words } from "../language.tsx";
import { AskTwice } from "../parts/ask-twice.tsx";
import { ChooseCollection } from "../parts/choose-collection.tsx";
import { CopyLink } from "../parts/copy-link.tsx";
import { Form } from "../parts/form.tsx";
import { Ledger } from "../officer/ledger.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type Kind = MakeWebhook["kinds"][number];
const KINDS = [
  "rendition.suspended",
  "rendition.replaced",
  "import.finished",
  "request.opened",
] as const satisfies readonly Kind[];

/** Programs that are told of events: which there are, how their messages went, and adding one. */
export function Webhooks() {
  const { t } = useWords();
  const webhooks = useQuery({ queryKey: ["webhooks"], queryFn: api.webhooks.list });
  if (webhooks.isPending) return <Loading />;
  if (webhooks.isError) return <Failed error={webhooks.error} again={() => void webhooks.refetch()} />;
  const { webhooks: all, mayAllowPrivate } = webhooks.data;
  return (
    <>
      <Title>{t("webhooks.title")}</Title>
      <p className="narrow">{t("webhooks.says")}</p>
      {all.length === 0 ? (
        <p className="narrow quiet">{t("webhooks.none")}</p>
      ) : (
        <ul className="lines">
          {all.map((one) => (
            <li key={one.id}>
              <OneWebhook of={one} />
            </li>
          ))}
        </ul>
      )}
      <Add mayAllowPrivate={mayAllowPrivate} />
    </>
  );
}

/** Whether it is told, and since when not. */
function standing({ t, moment }: Words, of: Webhook): string {
  const time = moment(of.offAt ?? of.failingSince ?? of.madeAt);
  if (of.offBecause !== null) return t(`webhooks.off.${of.offBecause}`, { time });
  return of.failingSince === null ? t("webhooks.state.on") : t("webhooks.state.failing", { time });
}

function OneWebhook({ of: webhook }: { readonly of: Webhook }) {
  const words = useWords();
  const { t, day, moment } = words;
  const client = useQueryClient();
  const host = new URL(webhook.url).host;
  const [open, setOpen] = useState(false);
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["webhooks"] }),
      client.invalidateQueries({ queryKey: ["deliveries", webhook.id] }),
    ]);
  const test = useMutation({ mutationFn: () => api.webhooks.test(webhook.id), onSuccess: again });
  const turn = useMutation({
    mutationFn: () => api.webhooks.turn(webhook.id, webhook.state === "off"),
    onSuccess: again,
  });
  const rotate = useMutation({ mutationFn: () => api.webhooks.rotate(webhook.id), onSuccess: again });
  const remove = useMutation({ mutationFn: () => api.webhooks.remove(webhook.id), onSuccess: again });
  const other = webhook.state === "on" ? "webhooks.switch-off" : "webhooks.switch-on";
  const calm = webhook.offBecause === null ? webhook.failingSince === null : webhook.offBecause === "hand";
  const failed = test.error ?? turn.error ?? rotate.error ?? remove.error;
  return (
    <>
      <h2>{host}</h2>
      <p className={calm ? "quiet" : "card needs"}>{standing(words, webhook)}</p>
      <p className="quiet small">
        <code className="path">{webhook.url}</code> ·{" "}
        {t("webhooks.made", { day: day(webhook.madeAt), name: webhook.madeBy })}
        {webhook.allowPrivate ? ` · ${t("webhooks.private")}` : ""}
      </p>
      <dl className="facts">
        <dt>{t("team.where")}</dt>
        <dd>{webhook.collectionName ?? t("team.everywhere")}</dd>
        <dt>{t("webhooks.kinds")}</dt>
        <dd>
          <ul>
            {webhook.kinds.map((kind) => (
              <li key={kind}>{t(`webhooks.kind.${kind}`)}</li>
            ))}
          </ul>
        </dd>
      </dl>
      {webhook.bothSecretsUntil === null ? null : (
        <p className="small">{t("webhooks.both", { time: moment(webhook.bothSecretsUntil) })}</p>
      )}
      <div className="row">
        <Button
          variant="default"
          aria-label={t("webhooks.test-of", { host })}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {t("webhooks.test")}
        </Button>
        <Button
          variant="default"
          aria-label={t(`${other}-of`, { host })}
          loading={turn.isPending}
          onClick={() => turn.mutate()}
        >
          {t(other)}
        </Button>
        <AskTwice
          label={t("webhooks.rotate")}
          of={t("webhooks.rotate-of", { host })}
          says={t("webhooks.rotate-sure", { host })}
          busy={rotate.isPending}
          run={() => rotate.mutate()}
        />
        <AskTwice
          label={t("webhooks.remove")}
          of={t("webhooks.remove-of", { host })}
          says={t("webhooks.remove-sure", { host })}
          busy={remove.isPending}
          run={() => remove.mutate()}
        />
      </div>
      <p role="status">{test.data === undefined ? "" : outcome(words, test.data)}</p>
      {rotate.data === undefined ? null : <Secret secret={rotate.data.secret} />}
      {failed === null ? null : <Failed error={failed} />}
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("webhooks.log")}</summary>
        {open ? <Log webhook={webhook} host={host} /> : null}
      </details>
    </>
  );
}

/** How a message went, in words. */
function outcome({ t, moment }: Words, one: WebhookDelivery): string {
  const { state, status, failure, milliseconds, nextAt } = one;
  if (one.triedAt === null) return t("webhooks.waiting");
  const ms = milliseconds ?? 0;
  if (state === "done") return t("webhooks.taken", { status: status ?? 0, ms });
  const why =
    failure === null ? t("webhooks.refused", { status: status ?? 0, ms }) : t(`webhooks.failure.${failure}`);
  if (one.kind === "test") return why;
  const then = nextAt === null ? t("webhooks.given-up") : t("webhooks.next", { time: moment(nextAt) });
  return `${why} · ${then}`;
}

function Log({ webhook, host }: { readonly webhook: Webhook; readonly host: string }) {
  const words = useWords();
  const { t, moment } = words;
  const client = useQueryClient();
  const key = ["deliveries", webhook.id];
  const log = useQuery({ queryKey: key, queryFn: () => api.webhooks.deliveries(webhook.id) });
  const again = useMutation({
    mutationFn: (delivery: string) => api.webhooks.sendAgain(webhook.id, delivery),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
  if (log.isPending) return <Loading />;
  if (log.isError) return <Failed error={log.error} again={() => void log.refetch()} />;
  if (log.data.deliveries.length === 0) return <p className="quiet">{t("webhooks.log-none")}</p>;
  return (
    <>
      <Ledger
        caption={t("webhooks.log-of", { host })}
        heads={[t("webhooks.log-when"), t("webhooks.log-what"), t("webhooks.log-how"), t("webhooks.log-do")]}
        rows={log.data.deliveries.map((one) => ({
          key: one.id,
          cells: [
            moment(one.madeAt),
            t(`webhooks.kind.${one.kind}`),
            outcome(words, one),
            <Button
              key="again"
              miw="max-content"
              variant="default"
              aria-label={t("webhooks.again-of", { time: moment(one.madeAt) })}
              disabled={webhook.state === "off"}
              onClick={() => again.mutate(one.id)}
            >
              {t("webhooks.again")}
            </Button>,
          ],
        }))}
      />
      {again.isError ? <Failed error={again.error} /> : null}
    </>
  );
}

function Secret({ secret }: { readonly secret: string }) {
  const { t } = useWords();
  return (
    <div role="status" className="stack">
      <p>{t("webhooks.once")}</p>
      <CopyLink link={secret} says="webhooks.copy" />
      <p>
        <a href="/docs">{t("webhooks.how")}</a>
      </p>
    </div>
  );
}

/** A webhook, with its secret shown once. */
function Add({ mayAllowPrivate }: { readonly mayAllowPrivate: boolean }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [url, setUrl] = useState("");
  const [where, setWhere] = useState("");
  const [kinds, setKinds] = useState<readonly Kind[]>(["rendition.suspended", "rendition.replaced"]);
  const [allowPrivate, setAllowPrivate] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const collection = where === "" ? null : where;
  return (
    <section className="card" aria-labelledby="add-webhook-title">
      <h2 id="add-webhook-title">{t("webhooks.add")}</h2>
      <Form
        className="narrow"
        send={() => api.webhooks.add({ collection, url, kinds: [...kinds], allowPrivate })}
        done={(made) => {
          setSecret(made.secret);
          setUrl("");
          void client.invalidateQueries({ queryKey: ["webhooks"] });
        }}
      >
        {(busy) => (
          <>
            <TextInput
              type="url"
              label={t("webhooks.url")}
              description={t("webhooks.url-says")}
              value={url}
              required
              maxLength={2000}
              onChange={(event) => setUrl(event.currentTarget.value)}
            />
            {mayAllowPrivate ? (
              <Checkbox
                label={t("webhooks.allow")}
                description={t("webhooks.allow-says")}
                checked={allowPrivate}
                onChange={(event) => setAllowPrivate(event.currentTarget.checked)}
              />
            ) : null}
            <ChooseCollection value={where} choose={setWhere} />
            <Checkbox.Group
              label={t("webhooks.kinds")}
              value={[...kinds]}
              onChange={(chosen) => setKinds(KINDS.filter((kind) => chosen.includes(kind)))}
            >
              <div className="stack">
                {KINDS.map((kind) => (
                  <Checkbox key={kind} value={kind} label={t(`webhooks.kind.${kind}`)} />
                ))}
              </div>
            </Checkbox.Group>
            <Button type="submit" loading={busy} disabled={kinds.length === 0}>
              {t("webhooks.add")}
            </Button>
          </>
        )}
      </Form>
      {secret === null ? null : <Secret secret={secret} />}
    </section>
  );
}
