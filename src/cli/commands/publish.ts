import { Option, type Command } from "commander";
import { contactSheet, deliver, publish } from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { duration, withBar } from "../output.ts";

interface PublishOptions extends CommonOptions {
  readonly collection: string;
  readonly channel: string;
  readonly out: string;
  readonly reveal?: "matched";
  readonly reviewedBy?: string;
  readonly maxEdge?: string;
  readonly watermark?: string;
  readonly actor?: string;
}

interface DeliverOptions extends CommonOptions {
  readonly out: string;
  readonly reason?: string;
  readonly actor?: string;
}

export function addPublishCommands(program: Command, door: Door): void {
  const reveal = (): Option =>
    new Option("--reveal <state>", "show faces that were matched but that nobody confirmed yet, too").choices(
      ["matched"],
    );

  action(
    program
      .command("publish")
      .description("write pictures for a channel, in which only those who agreed are seen")
      .requiredOption("--collection <name>", "its name or id")
      .requiredOption("--channel <name>", "a channel of the collection")
      .requiredOption(
        "--out <folder>",
        "pictures go to FOLDER/photos, the manifest (not to be published) beside it",
      )
      .addOption(reveal())
      .option("--reviewed-by <name>", "who looked through the contact sheet (a public channel needs it)")
      .option("--max-edge <pixels>", "longest side of the pictures (default: as large as the originals)")
      .option("--watermark <text>", "written across each picture, 60 latin letters at most")
      .addOption(actorOption()),
    door,
    async (instance, output, options: PublishOptions) => {
      const done = await withBar(output, "pictures", (progress) =>
        publish(instance, {
          collection: options.collection,
          channel: options.channel,
          out: options.out,
          reveal: options.reveal ?? "confirmed",
          reviewedBy: options.reviewedBy,
          maxEdge: options.maxEdge === undefined ? undefined : Number(options.maxEdge),
          watermark: options.watermark,
          actor: options.actor ?? instance.actor,
          progress,
        }),
      );
      output.answer(
        done,
        () =>
          `${done.renditions} pictures for ${options.channel}: ${done.shown} faces shown, ${done.hidden} hidden ` +
          `(${done.rendered} made anew, ${duration(done.timings.totalMs)}).\nManifest, not to be published: ${done.manifest}`,
      );
    },
  );

  action(
    program
      .command("contact-sheet")
      .description("small pictures as they would be published, to look through before publishing")
      .requiredOption("--collection <name>", "its name or id")
      .requiredOption("--channel <name>", "a channel of the collection")
      .requiredOption("--out <folder>", "pictures and an index.html to open in a browser")
      .addOption(reveal()),
    door,
    async (instance, output, options: PublishOptions) => {
      const made = await withBar(output, "pictures", (progress) =>
        contactSheet(instance, {
          collection: options.collection,
          channel: options.channel,
          out: options.out,
          reveal: options.reveal ?? "confirmed",
          progress,
        }),
      );
      output.answer(made, () => `${made.pictures} pictures. Open ${made.index} and look through them.`);
    },
  );

  action(
    program
      .command("deliver")
      .description("a person's photos as they may see them: their own face, and those who agreed (a look)")
      .argument("<person>", "id of the person")
      .requiredOption("--out <folder>", "where the pictures go")
      .option("--reason <text>", "why, as the person will read it")
      .addOption(actorOption()),
    door,
    async (instance, output, options: DeliverOptions, person: string) => {
      const done = await withBar(output, "pictures", (progress) =>
        deliver(instance, {
          person,
          out: options.out,
          reason: options.reason,
          actor: options.actor ?? instance.actor,
          progress,
        }),
      );
      output.answer(
        done,
        () =>
          `${done.photos} photos in ${done.out}.` +
          (done.asked > 0
            ? ` ${done.asked} more are doubtful: the person has to say (assent match confirm).`
            : ""),
      );
    },
  );
}
