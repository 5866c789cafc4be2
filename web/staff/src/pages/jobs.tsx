import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import type { StaffJobs } from "../../../../src/http/contract/staff-jobs.ts";
import { api } from "../api.ts";
import { useWords, type Words } from "../language.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading, meaning, More } from "../parts/states.tsx";
import { fr, type Key } from "../words/fr.ts";

type Job = StaffJobs["jobs"][number];

/** How often it is asked how far they are, while one is open. */
const ASK_MS = 2_000;

/** What starts a process that works: one that does everything, or one that does nothing else. */
const COMMANDS = ["assent serve", "assent serve --roles work"] as const;

/** What the instance has to do, does and did, with how far it is and why something failed. */
export function Jobs() {
  const { t } = useWords();
  const list = useInfiniteQuery({
    queryKey: ["jobs"],
    queryFn: ({ pageParam }) => api.jobs(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: (query) =>
      query.state.data?.pages[0]?.jobs.some((job) => job.endedAt === null) ? ASK_MS : false,
  });
  if (list.isPending || list.isError) {
    return (
      <>
        <Title>{t("jobs.title")}</Title>
        {list.isPending ? <Loading /> : <Failed error={list.error} again={() => void list.refetch()} />}
      </>
    );
  }
  const all = list.data.pages.flatMap((page) => page.jobs);
  const workers = list.data.pages[0]?.workers ?? 0;
  const parts = [
    ["jobs.open", all.filter((job) => job.endedAt === null)],
    ["jobs.failed", all.filter((job) => job.state === "failed")],
    ["jobs.ended", all.filter((job) => job.state === "done" || job.state === "cancelled")],
  ] as const;
  const changed = (): void => void list.refetch();
  return (
    <>
      <Title>{t("jobs.title")}</Title>
      {workers === 0 ? (
        <div className="trouble-box stack">
          <p>{t("jobs.nobody")}</p>
          <ul>
            {COMMANDS.map((command) => (
              <li key={command}>
                <code>{command}</code>
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <p className="quiet">{t("jobs.workers", { n: workers })}</p>
      )}
      {all.length === 0 ? <p>{t("jobs.empty")}</p> : null}
      {parts.map(([key, jobs]) =>
        jobs.length === 0 ? null : (
          <section key={key} aria-labelledby={key}>
            <h2 id={key}>{t(key)}</h2>
            <ul className="lines">
              {jobs.map((job) => (
                <li key={job.id}>
                  <Line job={job} changed={changed} />
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
      <More list={list} />
    </>
  );
}

function Line({ job, changed }: { readonly job: Job; readonly changed: () => void }) {
  const { t, moment } = useWords();
  const retry = useMutation({ mutationFn: () => api.retryJob(job.id), onSuccess: changed });
  const cancel = useMutation({ mutationFn: () => api.cancelJob(job.id), onSuccess: changed });
  const what = whatItIs(t, job);
  const open = job.endedAt === null;
  const bySomebody = job.askedBy !== BY_ITSELF;
  return (
    <>
      <h3>{what}</h3>
      {job.collection !== null && job.collectionName !== null ? (
        <p>
          <Link href={`/collections/${job.collection}`}>{job.collectionName}</Link>
        </p>
      ) : null}
      {open ? <Progress job={job} what={what} /> : null}
      {job.failed === null ? null : <p>{why(t, job.failed.code)}</p>}
      {open ? null : (
        <p className="small">
          {t(`jobs.state.${job.state}`)}
          {job.total === null ? "" : ` · ${t("jobs.count", { done: job.done, total: job.total })}`}
        </p>
      )}
      <p className="quiet small">
        {t(open ? (bySomebody ? "jobs.since-by" : "jobs.since") : bySomebody ? "jobs.over-by" : "jobs.over", {
          time: moment(job.createdAt),
          end: job.endedAt === null ? "" : moment(job.endedAt),
          name: job.askedBy,
        })}
      </p>
      <div className="row">
        {job.retriable ? (
          <Button
            variant="default"
            loading={retry.isPending}
            aria-label={t("jobs.retry-of", { what })}
            onClick={() => retry.mutate()}
          >
            {t("jobs.retry")}
          </Button>
        ) : null}
        {job.stoppable ? (
          <Button
            variant="default"
            loading={cancel.isPending}
            aria-label={t("jobs.stop-of", { what })}
            onClick={() => cancel.mutate()}
          >
            {t("jobs.stop")}
          </Button>
        ) : null}
      </div>
      {retry.isError ? <Failed error={retry.error} /> : null}
      {cancel.isError ? <Failed error={cancel.error} /> : null}
    </>
  );
}

/** As the server names what follows by itself. */
const BY_ITSELF = "assent";
const MINUTE = 60;

function Progress({ job, what }: { readonly job: Job; readonly what: string }) {
  const { t } = useWords();
  const { remainingSeconds: left, done, total } = job;
  const waits = job.state === "waiting";
  const how = waits
    ? t("jobs.waits")
    : total === null || total === 0
      ? t("jobs.goes-on")
      : t("jobs.count", { done, total });
  const rest =
    left === null
      ? ""
      : left < MINUTE
        ? t("jobs.left-soon")
        : t("jobs.left", { n: Math.round(left / MINUTE) });
  return (
    <>
      <p role="status">{rest === "" ? how : `${how} · ${rest}`}</p>
      {waits || total === null || total === 0 ? null : (
        <progress className="bar" aria-label={what} max={total} value={Math.min(done, total)} />
      )}
    </>
  );
}

/** A kind of a later server has no words here. */
function whatItIs(t: Words["t"], job: Job): string {
  const key = `jobs.kind.${job.kind}`;
  return key in fr ? t(key as Key, { channel: job.channel ?? "" }) : job.kind;
}

/** Why it failed, and what to do. */
function why(t: Words["t"], code: string): string {
  const key = `jobs.why.${code}`;
  return key in fr ? t(key as Key) : meaning(t, code);
}
