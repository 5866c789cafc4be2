import type { Command } from "commander";
import { makeOwnerLink } from "../../app/index.ts";
import { action, type Door } from "../door.ts";

export function addOwnerLinkCommand(program: Command, door: Door): void {
  action(
    program
      .command("owner-link")
      .description(
        "print a one-time link, good for a day: it makes the owner, or lets the owner set a new password",
      ),
    door,
    async (instance, output) => {
      const link = await makeOwnerLink(instance, door.configuration());
      output.answer({ link }, () => `${link}\nGood once, for a day. Links printed before it have ended.`);
    },
  );
}
