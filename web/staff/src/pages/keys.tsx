import { Button, Checkbox, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiKeyMade, ApiKeys, KeyScope } from "../../../../src/http/contract/staff-accounts.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { AskTwice } from "../parts/ask-twice.tsx";
import { ChooseCollection } from "../parts/choose-collection.tsx";
import { CopyLink } from "../parts/copy-link.tsx";
import { Form } from "../parts/form.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type Key = ApiKeys["keys"][number];

const SCOPES = [
  "see-collections",
  "see-photos",
  "read-renditions",
  "see-people",
  "see-consents",
  "invite-people",
  "see-requests",
  "look-up",
  "make-collections",
  "change-collections",
  "import-photos",
  "delete-photos",
  "hide-more",
  "manage-webhooks",
] as const satisfies readonly KeyScope[];

/** Keys by which other programs read and invite: which there are, what each may do, and making one. */
export function Keys() {
  const { t } = useWords();
  const keys = useQuery({ queryKey: ["keys"], queryFn: api.keys.list });
  if (keys.isPending) return <Loading />;
  if (keys.isError) return <Failed error={keys.error} again={() => void keys.refetch()} />;
  return (
    <>
      <Title>{t("keys.title")}</Title>
      <p className="narrow">{t("keys.says")}</p>
      <p className="narrow">
        <a href="/docs">{t("keys.docs")}</a>
      </p>
      {keys.data.length === 0 ? (
        <p className="narrow quiet">{t("keys.none")}</p>
      ) : (
        <ul className="lines">
          {keys.data.map((one) => (
            <li key={one.id}>
              <OneKey of={one} />
            </li>
          ))}
        </ul>
      )}
      <Make />
    </>
  );
}

function OneKey({ of: key }: { readonly of: Key }) {
  const { t, day, moment } = useWords();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.keys.revoke(key.id),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["keys"] }),
  });
  return (
    <>
      <h2>{key.name}</h2>
      <p className="quiet small">
        {t(`keys.state.${key.state}`)} · <code>{key.prefix}…</code> ·{" "}
        {t("keys.made", { day: day(key.madeAt), name: key.madeBy })} ·{" "}
        {t("keys.until", { day: day(lastDay(key.expiresAt)) })} ·{" "}
        {key.lastUsedAt === null ? t("keys.unused") : t("keys.used", { time: moment(key.lastUsedAt) })}
      </p>
      <dl className="facts">
        <dt>{t("team.where")}</dt>
        <dd>{key.collection === null ? t("team.everywhere") : key.collection.name}</dd>
        <dt>{t("keys.scopes")}</dt>
        <dd>
          <ul className="points">
            {key.scopes.map((scope) => (
              <li key={scope}>{t(`keys.scope.${scope}`)}</li>
            ))}
          </ul>
        </dd>
      </dl>
      {key.state === "revoked" ? null : (
        <AskTwice
          label={t("keys.revoke")}
          of={t("keys.revoke-of", { name: key.name })}
          says={t("keys.revoke-sure", { name: key.name })}
          busy={revoke.isPending}
          run={() => revoke.mutate()}
        />
      )}
      {revoke.isError ? <Failed error={revoke.error} /> : null}
    </>
  );
}

/** The day at whose end it ends. */
const lastDay = (end: string): string => new Date(Date.parse(end) - 1).toISOString().slice(0, 10);

/** In ninety days: long enough to be useful, short enough to be thought about again. */
const USUAL_DAYS = 90;
const DAY_MS = 86_400_000;
const dayFromNow = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** A key, shown once. */
function Make() {
  const { t } = useWords();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [where, setWhere] = useState("");
  const [until, setUntil] = useState(() => dayFromNow(USUAL_DAYS));
  const [scopes, setScopes] = useState<readonly KeyScope[]>(["see-collections"]);
  const [made, setMade] = useState<ApiKeyMade | null>(null);
  return (
    <section className="card" aria-labelledby="make-key-title">
      <h2 id="make-key-title">{t("keys.make")}</h2>
      <Form
        className="narrow"
        send={() =>
          api.keys.make({ name, scopes: [...scopes], collection: where === "" ? null : where, until })
        }
        done={(answer) => {
          setMade(answer);
          setName("");
          void client.invalidateQueries({ queryKey: ["keys"] });
        }}
      >
        {(busy) => (
          <>
            <TextInput
              label={t("keys.name")}
              description={t("keys.name-says")}
              value={name}
              required
              withAsterisk={false}
              maxLength={80}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <ChooseCollection value={where} choose={setWhere} />
            <Checkbox.Group
              label={t("keys.scopes")}
              value={[...scopes]}
              onChange={(chosen) => setScopes(SCOPES.filter((scope) => chosen.includes(scope)))}
            >
              <div className="stack">
                {SCOPES.map((scope) => (
                  <Checkbox key={scope} value={scope} label={t(`keys.scope.${scope}`)} />
                ))}
              </div>
            </Checkbox.Group>
            <TextInput
              type="date"
              label={t("keys.last-day")}
              value={until}
              required
              withAsterisk={false}
              min={dayFromNow(0)}
              max={dayFromNow(365)}
              onChange={(event) => setUntil(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy} disabled={scopes.length === 0}>
              {t("keys.make")}
            </Button>
          </>
        )}
      </Form>
      {made === null ? null : (
        <div role="status" className="stack">
          <p>{t("keys.once")}</p>
          <CopyLink link={made.key} says="keys.copy" />
        </div>
      )}
    </section>
  );
}
