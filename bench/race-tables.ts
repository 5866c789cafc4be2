import type { Race, Standing } from "./import.ts";
import { markdownTable } from "./results.ts";

function fixed(value: number | null, digits: number): string {
  return value === null ? "-" : value.toFixed(digits);
}

function percent(value: number | null): string {
  return value === null ? "-" : `${(100 * value).toFixed(1)} %`;
}

function standingsTable(standings: readonly Standing[]): string {
  const ofImport = (processes: number): Standing | undefined =>
    standings.find((one) => one.kind === "import" && one.processes === processes);
  const ratio = (mine: number | null | undefined, theirs: number | null): string =>
    mine == null || theirs === null || theirs === 0 ? "-" : (mine / theirs).toFixed(2);
  return markdownTable(
    [
      "system",
      "processes",
      "photos",
      "photos/s",
      "found faces/s",
      "CPU ms a photo",
      "recall",
      "false boxes",
      "import is faster by (time)",
      "import is cheaper by (CPU)",
    ],
    standings.map((one) => [
      one.kind,
      String(one.processes),
      String(one.photos),
      fixed(one.photosPerSecond, 2),
      fixed(one.facesPerSecond, 1),
      fixed(one.cpuMsPerPhoto, 0),
      percent(one.recall.recall),
      String(one.recall.falseBoxes),
      ratio(ofImport(one.processes)?.photosPerSecond, one.photosPerSecond),
      ratio(one.cpuMsPerPhoto, ofImport(one.processes)?.cpuMsPerPhoto ?? null),
    ]),
  );
}

function recallTable(standings: readonly Standing[]): string {
  const shown = standings.filter((one) => one.processes === 2);
  const bands = shown[0]?.recall.byHeight ?? [];
  return markdownTable(
    ["face height, px", ...shown.map((one) => one.kind)],
    bands.map(({ from, to }, i) => [
      to === null ? `${from} and over` : `${from} to ${to}`,
      ...shown.map(({ recall }) => {
        const band = recall.byHeight[i];
        return band && band.faces > 0 ? `${percent(band.found / band.faces)} of ${band.faces}` : "-";
      }),
    ]),
  );
}

function stepsTable(standings: readonly Standing[]): string {
  return markdownTable(
    ["system", "processes", "ms a photo by step (by the clock, within the process that does it)", "sum"],
    standings.map((one) => {
      const steps = Object.entries(one.steps).map(([step, ms]) => [step, ms / one.photos] as const);
      return [
        one.kind,
        String(one.processes),
        steps.map(([step, ms]) => `${step} ${ms.toFixed(1)}`).join(", "),
        steps.reduce((sum, [, ms]) => sum + ms, 0).toFixed(1),
      ];
    }),
  );
}

/** What the import costs on top of its vision processes. */
function overhead(standings: readonly Standing[]): string {
  return standings
    .filter((one) => one.kind === "import")
    .flatMap((one) => {
      const vision = standings.find((other) => other.kind === "vision" && other.processes === one.processes);
      if (!vision || one.cpuMsPerPhoto === null || vision.cpuMsPerPhoto === null) return [];
      const outside = 1 - vision.cpuMsPerPhoto / one.cpuMsPerPhoto;
      const align = (vision.steps["align"] ?? 0) / vision.wallMs / vision.processes;
      return [
        `With ${one.processes} vision ${one.processes === 1 ? "process" : "processes"}: the import runs at ${percent(one.photosPerSecond / vision.photosPerSecond)} of their rate alone; ${percent(outside)} of its processor time is spent outside them (files, database, chips, search), and ${percent(align)} of their time on aligning and judging faces.`,
      ];
    })
    .join("\n\n");
}

/** The report of the races, as Markdown. */
export function raceTables(races: readonly Race[]): string {
  return races
    .map(({ set, standings }) =>
      [
        `## ${set}`,
        standingsTable(standings),
        recallTable(standings),
        stepsTable(standings),
        overhead(standings),
      ]
        .filter((part) => part !== "")
        .join("\n\n"),
    )
    .join("\n\n");
}
