import { Option, type Command } from "commander";
import { AssentError, tagText } from "../../core/index.ts";
import {
  dayCodeOf,
  invite,
  inviteByMail,
  listInvitations,
  revokeInvitation,
  type InviteOrder,
} from "../../flows/index.ts";
import type { Instance } from "../../app/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table, type Output } from "../output.ts";
import { triedWords, whileSending } from "./outbox.ts";

interface InviteOptions extends CommonOptions {
  readonly collection: string;
  readonly kind: InviteOrder["kind"];
  readonly child?: string;
  readonly count?: string;
  readonly until?: string;
  readonly perHour?: string;
  readonly card?: boolean;
  readonly series?: string;
  readonly email?: string;
  readonly language: "fr" | "en";
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
      .option(
        "--card",
        "each is half of a card: with its link, the text of the QR code that its other half shows to the camera",
      )
      .option(
        "--series <minutes>",
        "of a card: the photos of the same camera after it, with one face, are asked about (0 to 60; default: 0, none)",
      )
      .option(
        "--email <address>",
        "for whom it is: sent where there is a mail server, else kept in the outbox; the link is not printed",
      )
      .addOption(
        new Option("--language <code>", "of the message to that address").choices(["fr", "en"]).default("en"),
      )
      .addOption(actorOption()),
    door,
    async (instance, output, options: InviteOptions) => {
      if (options.email !== undefined) {
        await inviteSomebody(instance, output, door, options, options.email);
        return;
      }
      const made = await invite(instance, {
        collection: options.collection,
        kind: options.kind,
        child: options.child,
        count: numberOf(options.count, "--count"),
        until: options.until,
        hourlyLimit: numberOf(options.perHour, "--per-hour"),
        cardSeries: cardSeries(options),
        actor: options.actor ?? instance.actor,
      });
      const { origin } = door.configuration().publicUrl;
      // Behind #, which browsers do not send: the secret is in no server's log.
      const invitations = made.invitations.map(({ id, secret, card }) => ({
        id,
        link: `${origin}/join#${secret}`,
        ...(card === null ? {} : { tag: tagText(card.code) }),
      }));
      const value = { ...made, invitations };
      output.answer(value, () =>
        invitations.map(({ link, tag }) => (tag ? `${link} ${tag}` : link)).join("\n"),
      );
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

async function inviteSomebody(
  instance: Instance,
  output: Output,
  door: Door,
  options: InviteOptions,
  email: string,
): Promise<void> {
  if (options.card) {
    throw new AssentError("bad-input", "a card is handed over, not sent", {
      remedy: "Give --card or --email, not both.",
    });
  }
  if (options.kind === "public" || options.count !== undefined || options.perHour !== undefined) {
    throw new AssentError("bad-input", "--email goes with one invitation, for one person or one guardian", {
      remedy: "Leave --kind public, --count and --per-hour out.",
    });
  }
  if ((options.kind === "guardian") !== (options.child !== undefined)) {
    throw new AssentError("bad-input", "a guardian's invitation names its child, and no other does", {
      remedy: "Give both --kind guardian and --child NAME.",
    });
  }
  const { collection, child, until, language } = options;
  const actor = options.actor ?? instance.actor;
  const order = { collection, child, until, language, email, actor };
  const invited = await whileSending(door, (sender) => inviteByMail(instance, order, sender));
  output.answer(invited, () => triedWords(invited));
}

function cardSeries({ card, series }: InviteOptions): number | undefined {
  if (card) return numberOf(series, "--series") ?? 0;
  if (series === undefined) return undefined;
  throw new AssentError("bad-input", "--series is of a card", { remedy: "Give --card as well." });
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new AssentError("bad-input", `${option}: "${text}" is no number`);
}
