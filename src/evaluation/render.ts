import type { HeightRow } from "./by-height.ts";
import { FEW_PEOPLE, type GroupReport } from "./comparisons.ts";
import type { Rate } from "./rate.ts";
import { LEAK_HEIGHT, type EvaluationReport, type SweepRow } from "./report.ts";

/** More rows than this are of use to a program only; the JSON form has them all. */
const LISTED_LEAKS = 20;

function percent(value: number | null): string {
  if (value === null) return "-";
  const points = value * 100;
  // Rates near 0 and 1 are the ones that matter, and must not be rounded to them.
  const digits = points > 0 && points < 0.1 ? 4 : points < 100 && points > 99.9 ? 2 : 1;
  return `${points.toFixed(digits)} %`;
}

function withInterval(rate: Rate): string {
  if (rate.value === null) return "-";
  const mark = rate.interval === "rule-of-three" ? "*" : "";
  return `${percent(rate.value)} [${percent(rate.low)}, ${percent(rate.high)}]${mark}`;
}

function small(value: number | null): string {
  if (value === null) return "-";
  return value !== 0 && value < 1e-3 ? value.toExponential(1) : value.toFixed(4);
}

/** Columns aligned by spaces, the first to the left, the others to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function bandName(row: HeightRow): string {
  if (row.to === null) return `${row.from} and over`;
  return row.from === 0 ? `under ${row.to}` : `${row.from} to ${row.to}`;
}

function heightTable(rows: readonly HeightRow[]): string {
  return table(
    ["face height, px", "faces", "detected", "hidden", "of enrolled", "matched", "asked", "matched or asked"],
    rows.map((row) => [
      bandName(row),
      String(row.n),
      percent(row.detected.value),
      percent(row.hidden.value),
      String(row.matched.n),
      percent(row.matched.value),
      percent(row.asked.value),
      withInterval(row.matchedOrAsked),
    ]),
  );
}

function sweepTable(rows: readonly SweepRow[]): string {
  return table(
    ["threshold", "FMR", "FNMR", "FPIR", "FNIR"],
    rows.map((row) => [
      row.threshold.toFixed(3),
      small(row.fmr),
      small(row.fnmr),
      small(row.fpir),
      small(row.fnir),
    ]),
  );
}

function groupTables(report: GroupReport): string {
  const warn = (few: boolean): string => (few ? "too few people" : "");
  return [
    `By ${report.attribute} (self-reported), threshold ${report.threshold.toFixed(3)}`,
    table(
      ["group", "people", "comparisons", "FNMR", ""],
      report.nonMatches.map(({ group, fnmr, fewPeople }) => [
        group,
        String(fnmr.people),
        String(fnmr.n),
        withInterval(fnmr),
        warn(fewPeople),
      ]),
    ),
    table(
      ["pair of groups", "people", "comparisons", "FMR", ""],
      report.matches.map(({ groups, fmr, fewPeople }) => [
        groups.join(" with "),
        String(fmr.people),
        String(fmr.n),
        withInterval(fmr),
        warn(fewPeople),
      ]),
    ),
  ].join("\n");
}

function leakList(report: EvaluationReport): string {
  const { leaks } = report;
  if (leaks.length === 0) return `No face of ${LEAK_HEIGHT} px and more was missed or left visible.`;
  const lines = leaks
    .slice(0, LISTED_LEAKS)
    .map(
      (leak) =>
        `  ${leak.photo}  ${Math.round(leak.height)} px  ${leak.found}${leak.hidden ? ", hidden all the same" : ", VISIBLE"}`,
    );
  const rest = leaks.length - lines.length;
  return [
    `Faces of ${LEAK_HEIGHT} px and more that were missed or left visible: ${leaks.length}`,
    ...lines,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join("\n");
}

function policyText(report: EvaluationReport): string {
  const { policy } = report;
  const asks = policy.wrongAsksPerThousand;
  const perThousand = (value: number | null): string => (value === null ? "-" : value.toFixed(2));
  return [
    `Faces searched: ${policy.searched}`,
    `Given to a wrong person without a question: ${policy.fpir.count} (FPIR over all searches ${withInterval(policy.fpir)}; over non-mated ones ${withInterval(policy.fpirNonMated)})`,
    `Questions about somebody else's face: ${asks.total}; per enrolled person and 1,000 faces searched: median ${perThousand(asks.median)}, most ${perThousand(asks.max)}`,
    ...policy.wronglyMatched.map(
      ({ photo, height }) => `  wrongly matched: ${photo}, ${Math.round(height)} px`,
    ),
  ].join("\n");
}

function caveats(report: EvaluationReport): string {
  return [
    `How to read this: ${report.faces} faces, but only ${report.people} people, seen again and again. It is a check that this instance works, no proof of its error rates elsewhere.`,
    "Intervals are 95 %, from resampling people, not faces.",
    `* nothing (or everything) counted: the bound is 3 / n and takes the cases for independent; it is too good, since ${report.people} people can show no rate below about 1 in ${Math.max(1, Math.floor(report.people / 3))} people.`,
    `Groups of fewer than ${FEW_PEOPLE} people are marked; their rates are no estimate.`,
  ].join("\n");
}

/** The report as plain text for a terminal or a file, about 100 columns wide. */
export function renderReport(report: EvaluationReport): string {
  return [
    `${report.photos} photos, ${report.faces} faces of ${report.people} people, ${report.enrolled} people enrolled; ${report.doubtful} faces seen by one stage of the detector only, ${report.falseDetections} detections on no known face`,
    heightTable([...report.heights, ...report.pooledHeights]),
    leakList(report),
    `Decisions taken\n${policyText(report)}`,
    `At the thresholds of the policy\n${table(
      ["", "threshold", "FMR", "FNMR", "FPIR", "FNIR"],
      report.atThresholds.map((row) => [
        row.name,
        row.value.toFixed(3),
        withInterval(row.fmr),
        withInterval(row.fnmr),
        withInterval(row.fpir),
        withInterval(row.fnir),
      ]),
    )}`,
    `Sweep (FMR, FNMR over comparisons of found faces; FPIR, FNIR over searches, a missed face being an error of FNIR)\n${sweepTable(report.sweep)}`,
    ...report.groups.map(groupTables),
    caveats(report),
  ].join("\n\n");
}
