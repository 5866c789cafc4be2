import type { Command } from "commander";
import { openSandbox, whileServing } from "../../app/index.ts";
import { withdrawMadeUp } from "../../flows/index.ts";
import { action, type Door } from "../door.ts";

export function addSandboxCommands(program: Command, door: Door): void {
  const group = program
    .command("sandbox")
    .description("an instance for trying keys, webhooks and withdrawals, with drawings of made-up people")
    .helpCommand(false);

  action(
    group
      .command("make")
      .description("make a sandbox of a new instance, for ever; never of one with anybody in it"),
    door,
    async (instance, output) => {
      // A server says what it is from its start on.
      await whileServing(door.configuration(), async () => {
        const made = await openSandbox(instance);
        output.answer(made, () =>
          [
            `A sandbox with ${made.people.length} made-up people in ${made.pictures} published drawings (collection ${made.collection}).`,
            "Serve it with: assent serve. Let somebody change their mind with: assent sandbox withdraw.",
          ].join("\n"),
        );
      });
    },
  );

  action(
    group
      .command("withdraw")
      .description("one of the made-up people withdraws: webhooks tell that pictures are suspended"),
    door,
    async (instance, output) => {
      const gone = await withdrawMadeUp(instance);
      output.answer(
        gone,
        () => `Somebody withdrew: ${gone.pictures} pictures were suspended and made again.`,
      );
    },
  );
}
