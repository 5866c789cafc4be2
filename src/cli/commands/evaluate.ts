import type { Command } from "commander";
import { openEvaluation } from "../../app/index.ts";
import { renderReport } from "../../evaluation/index.ts";
import { evaluateEvents } from "../../flows/index.ts";
import { collect, type CommonOptions, type Door } from "../door.ts";
import { openOutput, type Progress } from "../output.ts";

interface EvaluateOptions extends CommonOptions {
  readonly event: readonly string[];
  readonly selfies: string;
  readonly people?: string;
}

export function addEvaluateCommand(program: Command, door: Door): void {
  program
    .command("evaluate")
    .description("measure accuracy on labelled photos; needs no database and stores nothing")
    .requiredOption("--event <folder>", "photos with a truth.json (repeatable: pooled)", collect)
    .requiredOption("--selfies <folder>", "PERSON.jpg for each person to enrol; the others are strangers")
    .option(
      "--people <file>",
      "people.json with age, gender, ethnicity as they reported them, for rates by group",
    )
    .option("--json", "print the answer as JSON")
    .action(async (options: EvaluateOptions) => {
      const output = openOutput(options.json === true);
      const evaluation = openEvaluation(door.configuration());
      let bar: Progress | undefined;
      try {
        const result = await evaluateEvents(evaluation, {
          events: options.event,
          selfies: options.selfies,
          people: options.people,
          progress: (done, total) => (bar ??= output.progress(total, "photos")).step(done, total),
        });
        bar?.end();
        output.answer(
          {
            pack: result.pack,
            policyVersion: result.policy,
            ...result.report,
            conditions: result.conditions,
          },
          () =>
            [
              `Model pack ${result.pack}, policy ${result.policy}`,
              renderReport(result.report),
              ...Object.entries(result.conditions).map(
                ([name, report]) => `\n== ${name} ==\n${renderReport(report)}`,
              ),
            ].join("\n"),
        );
      } finally {
        bar?.end();
        await evaluation.close();
      }
    });
}
