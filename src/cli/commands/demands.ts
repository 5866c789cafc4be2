import { Argument, Option, type Command } from "commander";
import {
  access,
  correct,
  DEMAND_KINDS,
  extendDemand,
  object,
  openDemand,
  takeObjectionBack,
} from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { withBar } from "../output.ts";

interface ActOptions extends CommonOptions {
  readonly actor?: string;
}

/** What a person may demand by law; `erase` and `withdraw` are in leave.ts. */
export function addDemandCommands(program: Command, door: Door): void {
  action(
    program
      .command("access")
      .description(
        "everything that is held about a person, to hand over: a page in their language, JSON, their photos as they may see " +
          "them, their receipts (a look)",
      )
      .argument("<person>", "id of the person")
      .requiredOption("--out <folder>", "where it goes; open my-data.html in it")
      .option("--reason <text>", "why, as the person will read it (default: that they asked for it)")
      .addOption(actorOption()),
    door,
    async (
      instance,
      output,
      options: ActOptions & { readonly out: string; readonly reason?: string },
      person: string,
    ) => {
      const { out, reason } = options;
      const actor = options.actor ?? instance.actor;
      const done = await withBar(output, "pictures", (progress) =>
        access(instance, { person, out, reason, actor, progress }),
      );
      output.answer(
        done,
        () =>
          `${done.photos} photos and ${done.asked} doubtful ones, ${done.tables} kinds of records, ${done.receipts} receipts. ` +
          `Open ${done.index}, then hand the folder over.`,
      );
    },
  );
  action(
    program
      .command("correct")
      .description("correct what a person told about themself; they read on their page that it was done")
      .argument("<person>", "id of the person")
      .option("--name <name>", "the name, as it is right")
      .option("--email <address>", "the address; its owner confirms it again")
      .addOption(new Option("--language <language>", "in which they are written to").choices(["fr", "en"]))
      .addOption(actorOption()),
    door,
    async (
      instance,
      output,
      options: ActOptions & {
        readonly name?: string;
        readonly email?: string;
        readonly language?: "fr" | "en";
      },
      person: string,
    ) => {
      const { name, email, language } = options;
      const actor = options.actor ?? instance.actor;
      const done = await correct(instance, { person, name, email, language, actor });
      output.answer(done, () => `Corrected: ${done.corrected.join(", ")}.`);
    },
  );
  action(
    program
      .command("object")
      .description(
        "an objection: photos of this person, the photo with this face, or this photo, are not published, not even with the " +
          "face hidden",
      )
      .argument("<subject>", "id of a person, a face or a photo")
      .option("--take-back", "whoever objected takes it back: the photos may be published again")
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions & { readonly takeBack?: true }, subject: string) => {
      const order = { subject, actor: options.actor ?? instance.actor };
      if (options.takeBack) {
        const back = await takeObjectionBack(instance, order);
        output.answer(back, () => `Taken back. ${back.rendered} pictures were made again.`);
        return;
      }
      const done = await object(instance, order);
      output.answer(
        done,
        () =>
          `Off public channels: ${done.photos} photos; ${done.suspended} published pictures were taken off just now.`,
      );
    },
  );
}

/** `assent requests open` and `extend`. */
export function addDemandRequests(requests: Command, door: Door): void {
  action(
    requests
      .command("open")
      .description(
        "write down what a person demands by letter or by word of mouth: a month to answer it. The command that does it " +
          "(access, correct, object, erase) closes it",
      )
      .addArgument(new Argument("<kind>", "what they demand").choices(DEMAND_KINDS))
      .argument("<person>", "id of the person")
      .option("--received <day>", "YYYY-MM-DD on which it arrived (default: today)")
      .option("--contact <text>", "how to answer them; forgotten when it is closed")
      .option("--note <text>", "what they wrote; forgotten when it is closed"),
    door,
    async (
      instance,
      output,
      options: CommonOptions & {
        readonly received?: string;
        readonly contact?: string;
        readonly note?: string;
      },
      kind: (typeof DEMAND_KINDS)[number],
      person: string,
    ) => {
      const { received, contact, note } = options;
      const opened = await openDemand(instance, { kind, person, received, contact, note });
      output.answer(opened, () => `${opened.request}  due ${opened.dueAt.slice(0, 10)}`);
    },
  );
  action(
    requests
      .command("extend")
      .description("two months more to answer a demand, once, within its first month; tell the person why")
      .argument("<request>", "id of the request")
      .requiredOption("--reason <text>", "why a month is not enough; the person reads it in their data")
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions & { readonly reason: string }, request: string) => {
      const staff = options.actor ?? instance.actor;
      const done = await extendDemand(instance, { request, reason: options.reason, staff });
      output.answer(done, () => `Due ${done.dueAt.slice(0, 10)}. Tell the person now, and why.`);
    },
  );
}
