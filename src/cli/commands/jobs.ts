import type { Command } from "commander";
import {
  cancelJob,
  collectionNamed,
  listJobs,
  retryJob,
  type JobList,
  type ListedJob,
} from "../../flows/index.ts";
import { action, type CommonOptions, type Door } from "../door.ts";
import { duration, table } from "../output.ts";

interface ListOptions extends CommonOptions {
  readonly collection?: string;
  readonly all?: true;
}

/** Newest first, of those that are open and of those that failed; what is older is told by the pages. */
const MOST_LISTED = 1_000;

/** What a server has to do, does and did. Whoever works hears of a command here within half a minute. */
export function addJobsCommands(program: Command, door: Door): void {
  const group = program
    .command("jobs")
    .description("what is to be done by `assent serve`, how far it is, and what failed")
    .helpCommand(false);
  action(
    group
      .command("list")
      .description("what waits, goes on and failed, newest first; and how many processes work")
      .option("--collection <name>", "of one collection, by name or id")
      .option("--all", "also what was done or stopped in the last month"),
    door,
    async (instance, output, { collection, all }: ListOptions) => {
      const collections =
        collection === undefined ? undefined : new Set([(await collectionNamed(instance.db, collection)).id]);
      const asked = all ? [{}] : [{ open: true }, { state: "failed" as const }];
      const lists: JobList[] = [];
      for (const one of asked)
        lists.push(await listJobs(instance, { collections, ...one, limit: MOST_LISTED }));
      const shown = lists
        .flatMap(({ jobs }) => jobs)
        .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
      const workers = lists[0]?.workers ?? 0;
      output.answer({ jobs: shown, workers }, () =>
        [
          workers === 0 ? "Nobody works: start assent serve." : `Processes that work: ${workers}.`,
          shown.length === 0 ? "Nothing is to be done." : table([HEADING, ...shown.map(line)]),
        ].join("\n"),
      );
    },
  );
  action(
    group
      .command("retry")
      .description("open a job again that failed or was stopped")
      .argument("<job>", "its id"),
    door,
    async (instance, output, _: CommonOptions, job: string) => {
      await retryJob(instance, job);
      output.answer({ job, state: "waiting" }, () => "It is to be done again, within half a minute.");
    },
  );
  action(
    group
      .command("cancel")
      .description("stop a job: what is in hand is finished, what was done so far stays")
      .argument("<job>", "its id"),
    door,
    async (instance, output, _: CommonOptions, job: string) => {
      await cancelJob(instance, job);
      output.answer({ job, state: "cancelled" }, () => "It stops after what is in hand.");
    },
  );
}

const HEADING = ["job", "what", "of", "state", "done", "left", "because"];

function line(job: ListedJob): readonly string[] {
  const { id, kind, channel, collectionName, state, done, total, remainingSeconds, failed } = job;
  return [
    id,
    channel === null ? kind : `${kind} ${channel}`,
    collectionName ?? "-",
    state,
    total === null ? String(done) : `${done}/${total}`,
    remainingSeconds === null ? "-" : duration(remainingSeconds * 1000),
    failed === null ? "-" : `${failed.code}: ${failed.remedy}`,
  ];
}
