import { Option, type Command } from "commander";
import { AssentError } from "../../core/index.ts";
import { dayCodeOf, invite, listInvitations, revokeInvitation, type InviteOrder } from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface InviteOptions extends CommonOptions {
  readonly collection: string;
  readonly kind: InviteOrder["kind"];
  readonly child?: string;
  readonly count?: string;
  readonly until?: string;
  readonly perHour?: string;
  readonly actor?: string;
}

export function addInviteCommands(program: Command, door: Door): void {
  action(
    program
      .command("invite")
      .description("make links by which people join on their own device; each is printed once")
      .requiredOption("--collection <name>", "its name or id")
      .addOption(
        new Option(
          "--kind <kind>",
          "single: for one person, used once; public: on a poster, with the day's code; guardian: for one guardian to join for one child",
        )
          .choices(["single", "public", "guardian"])
          .default("single"),
      )
      .option("--child <name>", "of a guardian's invitation: the child, as the guardian will read it")
      .option("--count <number>", "how many single ones, as for cards")
      .option("--until <date>", "last day (default and latest: the last day on which people can join)")
      .option("--per-hour <number>", "of a public one: people who may join within one hour (default: 300)")
      .addOption(actorOption()),
    door,
    async (instance, output, options: InviteOptions) => {
      const made = await invite(instance, {
        collection: options.collection,
        kind: options.kind,
        child: options.child,
        count: numberOf(options.count, "--count"),
        until: options.until,
        hourlyLimit: numberOf(options.perHour, "--per-hour"),
        actor: options.actor ?? instance.actor,
      });
      const { origin } = door.configuration().publicUrl;
      // Behind #, which browsers do not send: the secret is in no server's log.
      const invitations = made.invitations.map(({ id, secret }) => ({
        id,
        link: `${origin}/join#${secret}`,
      }));
      const value = { ...made, invitations };
      output.answer(value, () => invitations.map((one) => one.link).join("\n"));
    },
  );

  const group = program.command("invitation").description("invitations that were made").helpCommand(false);
  action(
    group
      .command("list")
      .description("the invitations of a collection; who joined by which is not kept")
      .requiredOption("--collection <name>", "its name or id"),
    door,
    async (instance, output, options: CommonOptions & { readonly collection: string }) => {
      const all = await listInvitations(instance, options);
      output.answer(all, () =>
        all.length === 0
          ? "There is no invitation. Make one with: assent invite --help"
          : table([
              ["id", "kind", "state", "joined", "ends", "for"],
              ...all.map((one) => [
                one.id,
                one.kind,
                one.state,
                String(one.uses),
                one.expiresAt.toISOString().slice(0, 10),
                one.childName ?? "",
              ]),
            ]),
      );
    },
  );
  action(
    group
      .command("revoke")
      .description("end an invitation that nobody has used, or a public one")
      .argument("<invitation>", "its id")
      .addOption(actorOption()),
    door,
    async (instance, output, options: CommonOptions & { readonly actor?: string }, invitation: string) => {
      await revokeInvitation(instance, { invitation, actor: options.actor ?? instance.actor });
      output.answer({ invitation, state: "revoked" }, () => "The invitation has ended.");
    },
  );

  action(
    program
      .command("day-code")
      .description("the six digits that a public invitation needs today (UTC), to be shown at the event")
      .requiredOption("--collection <name>", "its name or id"),
    door,
    async (instance, output, options: CommonOptions & { readonly collection: string }) => {
      const code = await dayCodeOf(instance, options);
      output.answer(code, () => code.code);
    },
  );
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new AssentError("bad-input", `${option}: "${text}" is no number`);
}
