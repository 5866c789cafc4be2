import type { Command } from "commander";
import { makeOwnerLink } from "../../app/index.ts";
import { action, type CommonOptions, type Door } from "../door.ts";

export function addOwnerLinkCommand(program: Command, door: Door): void {
  action(
    program
      .command("owner-link")
      .description(
        "print a one-time link, good for a day: it makes the owner, or lets an owner set a new password, which ends their sessions, passkeys and second factor",
      )
      .option("--email <address>", "of which owner, where there are several"),
    door,
    async (instance, output, { email }: CommonOptions & { readonly email?: string }) => {
      const link = await makeOwnerLink(instance, door.configuration(), email);
      output.answer({ link }, () => `${link}\nGood once, for a day. Links printed before it have ended.`);
    },
  );
}
