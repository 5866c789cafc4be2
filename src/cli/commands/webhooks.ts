import type { Command } from "commander";
import { sendTest } from "../../app/index.ts";
import { addWebhook, collectionNamed, removeWebhook } from "../../flows/index.ts";
import { EVENT_KINDS, listWebhooks } from "../../webhooks/index.ts";
import { action, actorOption, collect, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface AddOptions extends CommonOptions {
  readonly url: string;
  readonly event?: readonly string[];
  readonly collection?: string;
  readonly allowPrivate?: true;
  readonly actor?: string;
}

interface RemoveOptions extends CommonOptions {
  readonly actor?: string;
}

export function addWebhookCommands(program: Command, door: Door): void {
  const group = program
    .command("webhooks")
    .description("other programs that are told of events; never of a match, nor of a person")
    .helpCommand(false);

  action(
    group
      .command("add")
      .description("have a program told of events; the secret by which it checks them is shown once")
      .requiredOption("--url <address>", "where messages go, https://")
      .option("--event <kind>", `once for each (default: all): ${EVENT_KINDS.join(", ")}`, collect)
      .option("--collection <name>", "of this collection alone (default: of every one)")
      .option("--allow-private", "it may lead into this network, and then speak http")
      .addOption(actorOption()),
    door,
    async (instance, output, options: AddOptions) => {
      const { collection, url } = options;
      const made = await addWebhook(instance, {
        url,
        kinds: options.event ?? EVENT_KINDS,
        collection: collection === undefined ? null : (await collectionNamed(instance.db, collection)).id,
        allowPrivate: options.allowPrivate === true,
        by: { account: null, apiKey: null, name: options.actor ?? instance.actor },
      });
      output.answer(made, () => `${made.id}\n${made.secret}`);
    },
  );

  action(
    group.command("list").description("every webhook, and how its last messages went"),
    door,
    async (instance, output) => {
      const all = await listWebhooks(instance.db);
      output.answer(all, () =>
        all.length === 0
          ? "There is no webhook. Make one with: assent webhooks add --help"
          : table([
              ["id", "address", "told of", "in", "state", "failing since", "made by"],
              ...all.map((one) => [
                one.id,
                one.url,
                one.kinds.join(" "),
                one.collection?.name ?? "every collection",
                one.offBecause === null ? one.state : `${one.state} (${one.offBecause})`,
                one.failingSince?.toISOString().slice(0, 16) ?? "",
                one.madeBy,
              ]),
            ]),
      );
    },
  );

  action(
    group
      .command("remove")
      .description("end a webhook, with what it still had to be told")
      .argument("<webhook>", "its id")
      .addOption(actorOption()),
    door,
    async (instance, output, options: RemoveOptions, webhook: string) => {
      await removeWebhook(instance, { webhook, actor: options.actor ?? instance.actor });
      output.answer({ webhook, state: "removed" }, () => "The webhook has ended.");
    },
  );

  action(
    group
      .command("test")
      .description("send a message that says nothing but that it is a test, and say how it went")
      .argument("<webhook>", "its id"),
    door,
    async (instance, output, _: CommonOptions, webhook: string) => {
      const { state, status, failure, milliseconds } = await sendTest(instance, webhook);
      output.answer({ webhook, state, status, failure, milliseconds }, () =>
        state === "done"
          ? `It was taken (${status}, ${milliseconds} ms).`
          : `It was not taken: ${status ?? failure} (${milliseconds} ms).`,
      );
      if (state !== "done") process.exitCode = 1;
    },
  );
}
