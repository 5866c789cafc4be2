import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import type { CollectionPage } from "../../../../src/http/contract/staff.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed } from "./states.tsx";

const TRIAL = { queryKey: ["trial"], queryFn: api.trial } as const;

/** Where nothing is there yet: a collection of sample photos by one tap, or why there can be none. */
export function TrialOffer() {
  const { t, language } = useWords();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const trial = useQuery(TRIAL);
  const start = useMutation({
    mutationFn: () => api.startTrial(language),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries();
      navigate(`/collections/${id}`);
    },
  });
  if (!trial.data) return null;
  return (
    <section className="card narrow" aria-labelledby="trial-offer">
      <h2 id="trial-offer">{t("trial.title")}</h2>
      {trial.data.pictures === 0 ? (
        <p>{t("trial.none")}</p>
      ) : (
        <>
          <p>{t("trial.says", { n: trial.data.pictures })}</p>
          <Button variant="default" loading={start.isPending} onClick={() => start.mutate()}>
            {t("trial.start")}
          </Button>
        </>
      )}
      {start.isError ? <Failed error={start.error} /> : null}
    </section>
  );
}

/** On the trial's own page: what to do with it, in order, and its end. Nothing on any other. */
export function TrialGuide({ page }: { readonly page: CollectionPage }) {
  const { t, day } = useWords();
  const trial = useQuery(TRIAL);
  if (trial.data?.collection !== page.id) return null;
  const [channel] = page.channels;
  const steps = [
    ["trial.step-photo", null],
    ["trial.step-join", `/collections/${page.id}/print`],
    ["trial.step-look", channel && `/collections/${page.id}/publish/${encodeURIComponent(channel.name)}`],
    ["trial.step-leave", null],
  ] as const;
  return (
    <section className="card" aria-labelledby="trial-guide">
      <h2 id="trial-guide">{t("trial.guide")}</h2>
      <ol>
        {steps.map(([step, to]) => (
          <li key={step}>{to ? <Link href={to}>{t(step)}</Link> : t(step)}</li>
        ))}
      </ol>
      {isThisComputer(location.hostname) ? <p className="quiet small">{t("trial.local")}</p> : null}
      <p className="quiet small">{t("trial.until", { day: day(page.retainUntil) })}</p>
      <EndTrial
        // Nothing but what one tap brings again: then one tap takes it away.
        ask={page.people > 0 || page.photos > trial.data.pictures}
        busy={page.waiting > 0}
      />
    </section>
  );
}

function isThisComputer(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

function EndTrial({ ask, busy }: { readonly ask: boolean; readonly busy: boolean }) {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const end = useMutation({
    mutationFn: api.endTrial,
    onSuccess: () => {
      client.removeQueries({ queryKey: ["collection"] });
      client.removeQueries({ queryKey: ["collections"] });
      client.removeQueries({ queryKey: ["trial"] });
      navigate("/");
    },
  });
  return (
    <>
      {sure ? <p role="status">{t("trial.sure")}</p> : null}
      <div className="row">
        <Button
          variant="outline"
          color="red"
          disabled={busy}
          loading={end.isPending}
          onClick={() => (ask && !sure ? setSure(true) : end.mutate())}
        >
          {t("trial.end")}
        </Button>
        {sure ? (
          <Button variant="default" onClick={() => setSure(false)}>
            {t("cancel")}
          </Button>
        ) : null}
      </div>
      {end.isError ? <Failed error={end.error} /> : null}
    </>
  );
}
