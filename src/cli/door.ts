import { Option, type Command } from "commander";
import { isNewInstance, openInstance, type Configuration, type Instance } from "../app/index.ts";
import { toPlainError } from "../core/index.ts";
import { sequenceLog, toldBeforeKeys } from "../flows/index.ts";
import { openOutput, type Output } from "./output.ts";

/** What the commands need of the outside. */
export interface Door {
  configuration(): Configuration;
}

export interface CommonOptions {
  readonly json?: true;
}

/** Adds `--json` and gives the action an open instance, closed at the end whatever happens. */
export function action<Args extends unknown[], Options extends CommonOptions>(
  command: Command,
  door: Door,
  act: (instance: Instance, output: Output, options: Options, ...args: Args) => Promise<void>,
): void {
  command.option("--json", "print the answer as JSON");
  command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as Options;
    const args = given.slice(0, -2) as Args;
    const output = openOutput(options.json === true);
    const configuration = door.configuration();
    tellBeforeKeys(configuration, output);
    const instance = await openInstance(configuration);
    try {
      for (const line of startNotes(instance)) output.note(line);
      await act(instance, output, options, ...args);
      await sequence(instance, output);
    } finally {
      await instance.close();
    }
  });
}

/** What is lost with which key is told before the first keys are made. */
export function tellBeforeKeys(configuration: Configuration, output: Output): void {
  if (isNewInstance(configuration)) for (const line of toldBeforeKeys()) output.note(line);
}

/** What was written is signed before the command ends; where that fails, the command has still done its work. */
async function sequence(instance: Instance, output: Output): Promise<void> {
  try {
    await sequenceLog(instance);
  } catch (error) {
    output.note(`Still to be done: ${toPlainError(error).message}`);
  }
}

/** Who acts: `--actor`, or ASSENT_ACTOR, or the name of the account. */
export function actorOption(): Option {
  return new Option(
    "--actor <name>",
    "who acts, as people will read it (default: ASSENT_ACTOR, or your account)",
  );
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** What the start had to do or could not do, for people to know. */
export function startNotes({ settled }: Instance): readonly string[] {
  return [
    ...(settled.erasures > 0 ? [`Finished ${settled.erasures} withdrawals that had been cut off.`] : []),
    ...(settled.rescans > 0 ? ["Finished looking through the photos for somebody who had joined."] : []),
    ...(settled.consents > 0 ? [`Ended ${settled.consents} consents whose date has passed.`] : []),
    ...(settled.collections > 0
      ? [`Deleted ${settled.collections} collections past their retention date.`]
      : []),
    ...(settled.idle > 0
      ? [`Erased ${settled.idle} people who had not been heard of for as long as ASSENT_IDLE_MONTHS says.`]
      : []),
    ...(settled.scans > 0
      ? [`Looked through ${settled.scans} photos of an import that had been cut off.`]
      : []),
    ...(settled.suspended !== undefined
      ? [
          `Matching, publishing and looking up are suspended since a restore: ${settled.suspended.replaceAll("\n", "; ")}. An officer runs assent accept-gap.`,
        ]
      : []),
    ...settled.kept.map((reason) => `Still to be done: ${reason}`),
  ];
}
