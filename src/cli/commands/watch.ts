import { InvalidArgumentError, type Command } from "commander";
import {
  addWatch,
  collectionNamed,
  listWatched,
  lookAtWatched,
  removeWatch,
  type WatchedFolder,
} from "../../flows/index.ts";
import { mayDeleteNow } from "../../app/index.ts";
import { AssentError } from "../../core/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface AddOptions extends CommonOptions {
  readonly collection: string;
  readonly from: string;
  readonly until: string;
  readonly minutes?: number;
  readonly deleteWithFile?: true;
  readonly actor?: string;
}

interface ListOptions extends CommonOptions {
  readonly collection?: string;
}

interface RemoveOptions extends CommonOptions {
  readonly actor?: string;
}

export function addWatchCommands(program: Command, door: Door): void {
  const group = program
    .command("watch")
    .description(
      "folders whose photos are taken as they come; below those of ASSENT_LIBRARIES, never written",
    )
    .helpCommand(false);

  action(
    group
      .command("add")
      .description("watch a folder for a collection")
      .argument("<folder>", "its path")
      .requiredOption("--collection <name>", "by name or id")
      .requiredOption("--from <day>", "the first day on which its photos were taken: 2026-05-01")
      .requiredOption("--until <day>", "the last one; what was taken at another time waits for a human")
      .option(
        "--minutes <n>",
        "how old a photo must be before it is taken, 15 or more (default: 15)",
        minutes,
      )
      .option("--delete-with-file", "delete photos once their file has been gone for a day (default: tell)")
      .addOption(actorOption()),
    door,
    async (instance, output, options: AddOptions, folder: string) => {
      const collection = (await collectionNamed(instance.db, options.collection)).id;
      const id = await addWatch(instance, {
        collection,
        path: folder,
        from: options.from,
        until: options.until,
        minutes: options.minutes,
        whenGone: options.deleteWithFile === true ? "delete" : "tell",
        by: { account: null, name: options.actor ?? instance.actor },
      });
      output.answer({ folder: id }, () => id);
    },
  );

  action(
    group
      .command("list")
      .description(
        "every watched folder and how it stands; what waits, is left out or is missing, with --json",
      )
      .option("--collection <name>", "of one collection, by name or id"),
    door,
    async (instance, output, options: ListOptions) => {
      const of =
        options.collection === undefined
          ? undefined
          : (await collectionNamed(instance.db, options.collection)).id;
      const folders = await listWatched(instance, of);
      output.answer({ folders }, () =>
        folders.length === 0
          ? "No folder is watched. Begin with: assent watch add --help"
          : table([HEADING, ...folders.map(line)]),
      );
    },
  );

  action(
    group
      .command("remove")
      .description("watch a folder no more; its photos stay")
      .argument("<id>", "as assent watch list says it")
      .addOption(actorOption()),
    door,
    async (instance, output, options: RemoveOptions, folder: string) => {
      await removeWatch(instance, { folder, actor: options.actor ?? instance.actor });
      output.answer({ folder, state: "removed" }, () => "The folder is watched no more.");
    },
  );

  action(
    group
      .command("look")
      .description("look at a folder now; what has just come is taken by a later look")
      .argument("<id>", "as assent watch list says it"),
    door,
    async (instance, output, _: CommonOptions, folder: string) => {
      const [known] = (await listWatched(instance)).filter((one) => one.id === folder);
      if (!known) throw new AssentError("not-found", "there is no such watched folder");
      const look = await lookAtWatched(instance, folder, {
        twoPersons: door.configuration().twoPersons,
        mayDelete: mayDeleteNow(instance),
      });
      if (!look) {
        throw new AssentError("instance-busy", "somebody is looking at this folder", {
          remedy: "Wait a little.",
        });
      }
      output.answer({ folder, ...look }, () =>
        look.problem === null
          ? `Taken: ${look.taken}. Missing since this look: ${look.missing}.`
          : `It cannot be looked at: ${look.problem}.`,
      );
      if (look.problem !== null) process.exitCode = 1;
    },
  );
}

function minutes(text: string): number {
  const n = Number(text);
  if (Number.isInteger(n)) return n;
  throw new InvalidArgumentError("it must be a whole number.");
}

const HEADING = ["id", "state", "looked at", "taken", "coming", "waiting", "left out", "missing", "folder"];

function line(one: WatchedFolder): readonly string[] {
  return [
    one.id,
    one.problem ?? one.state,
    one.lookedAt?.toISOString().slice(0, 16) ?? "-",
    String(one.taken),
    String(one.coming),
    String(one.waiting.count),
    String(one.leftOut.count),
    String(one.missing.count),
    one.path,
  ];
}
