import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { InviteStaff, SetRole, StaffAccounts } from "../../../../src/http/contract/staff-accounts.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { AskTwice } from "../parts/ask-twice.tsx";
import { ChooseCollection } from "../parts/choose-collection.tsx";
import { CopyLink } from "../parts/copy-link.tsx";
import { Form } from "../parts/form.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type Account = StaffAccounts["accounts"][number];
type Role = InviteStaff["role"];

const ROLES = ["owner", "editor", "publisher", "photographer", "officer"] as const satisfies readonly Role[];
const COLLECTION_ROLES = ["editor", "publisher", "photographer"] as const satisfies readonly Role[];

/** Who works here, what they may do, and how somebody comes to be one of them. */
export function Team() {
  const { t, moment } = useWords();
  const team = useQuery({ queryKey: ["team"], queryFn: api.team.list });
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => api.team.revoke(id),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["team"] }),
  });
  if (team.isPending) return <Loading />;
  if (team.isError) return <Failed error={team.error} again={() => void team.refetch()} />;
  const { accounts, invitations } = team.data;
  return (
    <>
      <Title>{t("team.title")}</Title>
      <p className="narrow">{t("team.says")}</p>
      <ul className="lines">
        {accounts.map((one) => (
          <li key={one.id}>
            <Colleague account={one} />
          </li>
        ))}
      </ul>
      <Invite mail={team.data.mail} />
      {invitations.length === 0 ? null : (
        <section className="card" aria-labelledby="invited-title">
          <h2 id="invited-title">{t("team.invited")}</h2>
          <ul>
            {invitations.map((one) => (
              <li key={one.id} className="row between">
                <span>
                  {t(`team.role.${one.role}`)}
                  {one.collection === null ? "" : ` · ${one.collection.name}`}{" "}
                  <span className="quiet small">{t("team.until", { time: moment(one.expiresAt) })}</span>
                </span>
                <button
                  type="button"
                  className="plain"
                  aria-label={t("team.revoke-of", { role: t(`team.role.${one.role}`) })}
                  onClick={() => revoke.mutate(one.id)}
                >
                  {t("team.revoke")}
                </button>
              </li>
            ))}
          </ul>
          {revoke.isError ? <Failed error={revoke.error} /> : null}
        </section>
      )}
    </>
  );
}

function Colleague({ account }: { readonly account: Account }) {
  const { t, day, moment } = useWords();
  const client = useQueryClient();
  const changed = () => void client.invalidateQueries({ queryKey: ["team"] });
  const set = useMutation({
    mutationFn: (body: SetRole) => api.team.setRole(account.id, body),
    onSuccess: changed,
  });
  const end = useMutation({ mutationFn: () => api.team.endSessions(account.id), onSuccess: changed });
  const remove = useMutation({ mutationFn: () => api.team.remove(account.id), onSuccess: changed });
  const drop = useMutation({
    mutationFn: () => api.team.removeSecondFactor(account.id),
    onSuccess: changed,
  });
  const waits = set.data;
  const failed = set.error ?? end.error ?? remove.error ?? drop.error;
  return (
    <>
      <h2>
        {account.name}
        {account.own ? ` (${t("team.you")})` : ""}
      </h2>
      <p className="quiet small">
        {account.email} · {account.secondFactor ? `${t("team.second-on")} · ` : ""}
        {t("team.since", { day: day(account.since) })} ·{" "}
        {account.lastSeen === null
          ? t("team.not-signed-in")
          : t("team.seen", { time: moment(account.lastSeen) })}
      </p>
      <NativeSelect
        className="narrow"
        label={t("team.role-here")}
        value={account.role ?? ""}
        disabled={set.isPending}
        onChange={(event) => {
          const role = ROLES.find((one) => one === event.currentTarget.value) ?? null;
          set.mutate({ collection: null, role });
        }}
        data={[
          { value: "", label: t("team.role.none") },
          ...ROLES.map((role) => ({ value: role, label: t(`team.role.${role}`) })),
        ]}
      />
      <p className="quiet small narrow">
        {account.role === null ? t("team.role.none-says") : t(`team.role.${account.role}-says`)}
      </p>
      {account.collections.length === 0 ? null : (
        <ul>
          {account.collections.map((one) => (
            <li key={one.id} className="row between">
              <span>
                {t(`team.role.${one.role}`)} · {one.name}
              </span>
              <button
                type="button"
                className="plain"
                aria-label={t("team.take-away-from", {
                  role: t(`team.role.${one.role}`),
                  name: account.name,
                })}
                onClick={() => set.mutate({ collection: one.id, role: null })}
              >
                {t("team.take-away")}
              </button>
            </li>
          ))}
        </ul>
      )}
      {account.secondFactor && !account.own ? (
        <AskTwice
          label={t("team.second-lost")}
          of={t("team.second-lost-of", { name: account.name })}
          says={t("team.second-lost-sure", { name: account.name })}
          busy={drop.isPending}
          run={() => drop.mutate()}
        />
      ) : null}
      <AskTwice
        label={t("team.remove")}
        of={t("team.remove-of", { name: account.name })}
        says={t("team.remove-sure", { name: account.name })}
        busy={remove.isPending}
        run={() => remove.mutate()}
        beside={
          account.lastSeen === null ? null : (
            <Button
              variant="default"
              aria-label={t("team.end-sessions-of", { name: account.name })}
              loading={end.isPending}
              onClick={() => end.mutate()}
            >
              {t("team.end-sessions")}
            </Button>
          )
        }
      />
      {waits === undefined ? null : <p role="status">{t("two.waits", { time: moment(waits.until) })}</p>}
      {failed ? <Failed error={failed} /> : null}
    </>
  );
}

/** A one-time link, shown once, for whoever is to work here. */
function Invite({ mail }: { readonly mail: boolean }) {
  const { t, moment, language } = useWords();
  const client = useQueryClient();
  const [where, setWhere] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const [email, setEmail] = useState("");
  const [made, setMade] = useState<{
    readonly link: string | null;
    readonly email: string;
    readonly expiresAt: string;
  } | null>(null);
  const roles: readonly Role[] = where === "" ? ROLES : COLLECTION_ROLES;
  const given = roles.includes(role) ? role : "editor";
  const order = (): InviteStaff => {
    const inCollection = COLLECTION_ROLES.find((one) => one === given);
    const mailed = email.trim() === "" ? {} : { email: email.trim(), language };
    return where !== "" && inCollection !== undefined
      ? { collection: where, role: inCollection, ...mailed }
      : { collection: null, role: given, ...mailed };
  };
  return (
    <section className="card" aria-labelledby="invite-title">
      <h2 id="invite-title">{t("team.invite")}</h2>
      <Form
        className="narrow"
        send={() => api.team.invite(order())}
        done={(invited) => {
          setMade({ ...invited, email: email.trim() });
          setEmail("");
          void client.invalidateQueries({ queryKey: ["team"] });
        }}
      >
        {(busy) => (
          <>
            <ChooseCollection value={where} choose={setWhere} />
            <NativeSelect
              label={t("team.role")}
              description={t(`team.role.${given}-says`)}
              value={given}
              onChange={(event) =>
                setRole(roles.find((one) => one === event.currentTarget.value) ?? "editor")
              }
              data={roles.map((one) => ({ value: one, label: t(`team.role.${one}`) }))}
            />
            {mail ? (
              <TextInput
                label={`${t("sign-in.email")} (${t("optional")})`}
                description={t("team.mail-says")}
                type="email"
                autoComplete="off"
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
            ) : null}
            <Button type="submit" loading={busy}>
              {t(email.trim() === "" ? "team.make-link" : "team.send")}
            </Button>
          </>
        )}
      </Form>
      {made === null ? null : (
        <div role="status" className="stack">
          {made.link === null ? (
            <p>{t("team.mailed", { email: made.email, time: moment(made.expiresAt) })}</p>
          ) : (
            <>
              <p>{t("team.link-says", { time: moment(made.expiresAt) })}</p>
              <CopyLink link={made.link} />
            </>
          )}
        </div>
      )}
    </section>
  );
}
