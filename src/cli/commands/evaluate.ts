import type { Command } from "commander";
import { openEvaluation, openInstance } from "../../app/index.ts";
import { renderReport } from "../../evaluation/index.ts";
import { evaluateEvents, keepEvaluation, sequenceLog, type Evaluated } from "../../flows/index.ts";
import { actorOption, collect, type CommonOptions, type Door } from "../door.ts";
import { openOutput, type Progress } from "../output.ts";

interface EvaluateOptions extends CommonOptions {
  readonly event: readonly string[];
  readonly selfies: string;
  readonly people?: string;
  readonly keep?: true;
  readonly actor?: string;
}

export function addEvaluateCommand(program: Command, door: Door): void {
  program
    .command("evaluate")
    .description(
      "measure accuracy on labelled photos; needs no database and stores nothing, unless told to keep the rates",
    )
    .requiredOption("--event <folder>", "photos with a truth.json (repeatable: pooled)", collect)
    .requiredOption("--selfies <folder>", "PERSON.jpg for each person to enrol; the others are strangers")
    .option(
      "--people <file>",
      "people.json with age, gender, ethnicity as they reported them, for rates by group",
    )
    .option("--keep", "keep the rates for the data-protection officer's pages and papers")
    .addOption(actorOption())
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
        // Hours of measuring are told also where they cannot be kept.
        if (options.keep) await keep(door, result, options.actor);
      } finally {
        bar?.end();
        await evaluation.close();
      }
    });
}

/** The instance is opened only now: measuring takes long, and needs none of it. */
async function keep(door: Door, evaluated: Evaluated, actor: string | undefined): Promise<void> {
  const instance = await openInstance(door.configuration());
  try {
    await keepEvaluation(instance, { evaluated, actor: actor ?? instance.actor });
    await sequenceLog(instance);
  } finally {
    await instance.close();
  }
}
