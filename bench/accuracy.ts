import { parseArgs } from "node:util";
import { renderReport, type EvaluationReport, type Rate } from "../src/evaluation/index.ts";
import { runCommand } from "./command-line.ts";
import { event, hardEvent, PEOPLE_FILE, selfieFolder } from "./datasets.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";

const FIRST_SEED = 101;

type Answer = EvaluationReport & {
  readonly pack: string;
  readonly policyVersion: string;
  readonly conditions: Readonly<Record<string, EvaluationReport>>;
};

interface Aim {
  readonly aim: string;
  readonly measured: string;
  readonly met: boolean;
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "5" },
      photos: { type: "string", default: "100" },
      hard: { type: "string", default: "15" },
    },
  });
  const machine = describeMachine();
  const selfies = await selfieFolder();
  const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => FIRST_SEED + i);
  const events: string[] = [];
  for (const seed of seeds) events.push(await event({ photos: Number(values.photos), seed }));
  const pooled = await evaluateEvents(events, selfies);
  const aims = aimsOf(pooled);
  const hard =
    Number(values.hard) > 0 ? await evaluateEvents([await hardEvent(Number(values.hard), 1)], selfies) : null;
  const method = [
    `Composed events of ${values.photos} photos each, seeds ${seeds.join(", ")}, pooled; 40 of the 71 people enrolled by their neutral picture, the photos show them smiling. Through \`assent evaluate\`.`,
    "It is the same 71 people, well lit and facing the camera, cut out and pasted: a check, no proof. Profile views, children, ageing and real crowds are not in it.",
    `FPIR of 1e-4 cannot be shown with ${pooled.policy.searched} faces searched: with no error at all the 95 % bound is ${(3 / Math.max(1, pooled.policy.searched)).toExponential(1)} and would need 30,000 independent searches.`,
    `Model pack ${pooled.pack}, policy ${pooled.policyVersion}.`,
  ];
  const text = [
    "## Aims",
    markdownTable(
      ["aim", "measured", "met"],
      aims.map(({ aim, measured, met }) => [aim, measured, met ? "yes" : "NO"]),
    ),
    "## All seeds pooled",
    `\`\`\`text\n${renderReport(pooled)}\n\`\`\``,
    ...(hard
      ? [
          "## Hard cases, each by itself",
          hardTable(hard.conditions),
          "The heights are those of the whole face, also where half of it is out of the frame or behind another.",
        ]
      : []),
  ].join("\n\n");
  const written = {
    method,
    machine,
    aims,
    pooled: withoutConditions(pooled),
    hard: hard && briefly(hard.conditions),
  };
  const path = await writeResult("accuracy", written, text);
  console.log(`${text}\n\nwritten to ${path}.json and .md`);
}

function withoutConditions({ conditions: _, ...report }: Answer): EvaluationReport {
  return report;
}

/** Of the hard cases what their few faces can carry: no sweep and no groups. */
function briefly(conditions: Answer["conditions"]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(conditions).map(([name, { faces, heights, policy, leaks }]) => [
      name,
      { faces, heights, policy, leaks },
    ]),
  );
}

async function evaluateEvents(events: readonly string[], selfies: string): Promise<Answer> {
  const folders = events.flatMap((folder) => ["--event", folder]);
  const { answer } = await runCommand([
    "evaluate",
    ...folders,
    "--selfies",
    selfies,
    "--people",
    PEOPLE_FILE,
  ]);
  return answer as Answer;
}

function aimsOf(report: EvaluationReport): readonly Aim[] {
  const from = (height: number) => report.pooledHeights.find((row) => row.from === height);
  const small = report.heights.find((row) => row.from === 32);
  const atLeast = (aim: string, rate: Rate | undefined, least: number): Aim => ({
    aim: `${aim}: at least ${100 * least} %`,
    measured: rate?.value == null ? "-" : `${(100 * rate.value).toFixed(2)} % (${rate.count} of ${rate.n})`,
    met: rate?.value != null && rate.value >= least,
  });
  const { fpir, wrongAsksPerThousand: asks } = report.policy;
  return [
    atLeast("enrolled, 48 px and over, matched or asked", from(48)?.matchedOrAsked, 0.995),
    atLeast("enrolled, 48 px and over, matched", from(48)?.matched, 0.97),
    atLeast("enrolled, 32 to 48 px, matched or asked", small?.matchedOrAsked, 0.93),
    {
      aim: "FPIR of automatic matches: at most 1e-4",
      measured: `${fpir.count} of ${fpir.n} (95 % bound ${fpir.high?.toExponential(1) ?? "-"})`,
      met: fpir.value !== null && fpir.value <= 1e-4,
    },
    {
      aim: "wrong asks per person and 1,000 faces searched: median at most 1, never more than 5",
      measured: `median ${asks.median?.toFixed(2) ?? "-"}, most ${asks.max?.toFixed(2) ?? "-"}`,
      met: asks.median !== null && asks.median <= 1 && asks.max !== null && asks.max <= 5,
    },
    atLeast("28 px and over, hidden", from(28)?.hidden, 0.998),
  ];
}

/** Sums over the heights, since the hard cases below 28 px are in no pooled band. */
function hardTable(conditions: Answer["conditions"]): string {
  const sum = (
    report: EvaluationReport,
    pick: (row: EvaluationReport["heights"][number]) => Rate,
  ): string => {
    const rates = report.heights.map(pick);
    const n = rates.reduce((total, rate) => total + rate.n, 0);
    const count = rates.reduce((total, rate) => total + rate.count, 0);
    return n === 0 ? "-" : `${((100 * count) / n).toFixed(1)} %`;
  };
  return markdownTable(
    [
      "case",
      "faces",
      "detected",
      "hidden",
      "of enrolled",
      "matched",
      "asked",
      "matched or asked",
      "wrongly matched",
    ],
    Object.entries(conditions).map(([name, report]) => [
      name,
      String(report.faces),
      sum(report, (row) => row.detected),
      sum(report, (row) => row.hidden),
      String(report.heights.reduce((total, row) => total + row.matched.n, 0)),
      sum(report, (row) => row.matched),
      sum(report, (row) => row.asked),
      sum(report, (row) => row.matchedOrAsked),
      String(report.policy.fpir.count),
    ]),
  );
}
