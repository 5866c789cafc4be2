import { Option, type Command } from "commander";
import { openInstance, type Configuration, type Instance } from "../app/index.ts";
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
    const instance = await openInstance(door.configuration());
    try {
      await act(instance, openOutput(options.json === true), options, ...args);
    } finally {
      await instance.close();
    }
  });
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
