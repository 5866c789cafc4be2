import type { Command } from "commander";
import { listApiKeys, makeApiKey, revokeApiKey } from "../../app/index.ts";
import { AssentError, endOfDay } from "../../core/index.ts";
import { collectionNamed } from "../../flows/index.ts";
import { action, actorOption, collect, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface MakeOptions extends CommonOptions {
  readonly name: string;
  readonly scope: readonly string[];
  readonly collection?: string;
  readonly until: string;
  readonly actor?: string;
}

export function addApiKeyCommands(program: Command, door: Door): void {
  const group = program
    .command("api-key")
    .description("keys by which other programs read and invite, under /api/v1")
    .helpCommand(false);

  action(
    group
      .command("make")
      .description("make a key; it is shown once, and its hash alone is kept")
      .requiredOption("--name <name>", "of the program that uses it, as people will read it")
      .requiredOption(
        "--scope <scope>",
        "what it may do; once for each (docs/operating.md lists them)",
        collect,
      )
      .option("--collection <name>", "in this collection alone (default: in every one)")
      .requiredOption("--until <date>", "its last day, within a year (YYYY-MM-DD)")
      .addOption(actorOption()),
    door,
    async (instance, output, options: MakeOptions) => {
      const expiresAt = endOfDay(options.until);
      if (!expiresAt) {
        throw new AssentError("bad-input", `--until: "${options.until}" is no date`, {
          remedy: "Write it as YYYY-MM-DD.",
        });
      }
      const { collection } = options;
      const made = await makeApiKey(instance, {
        name: options.name,
        scopes: options.scope,
        collection: collection === undefined ? null : (await collectionNamed(instance.db, collection)).id,
        expiresAt,
        by: { account: null, name: options.actor ?? instance.actor },
      });
      output.answer(made, () => made.key);
    },
  );

  action(
    group.command("list").description("every key that was made, when it was last used and when it ends"),
    door,
    async (instance, output) => {
      const all = await listApiKeys(instance);
      output.answer(all, () =>
        all.length === 0
          ? "There is no key. Make one with: assent api-key make --help"
          : table([
              ["id", "name", "begins", "may", "in", "state", "ends", "last used", "made by"],
              ...all.map((one) => [
                one.id,
                one.name,
                one.prefix,
                one.scopes.join(" "),
                one.collection?.name ?? "every collection",
                one.state,
                one.expiresAt.toISOString().slice(0, 10),
                one.lastUsedAt?.toISOString().slice(0, 10) ?? "never",
                one.madeBy,
              ]),
            ]),
      );
    },
  );

  action(
    group.command("revoke").description("end a key for good").argument("<key>", "its id"),
    door,
    async (instance, output, _: CommonOptions, key: string) => {
      await revokeApiKey(instance, key);
      output.answer({ key, state: "revoked" }, () => "The key has ended.");
    },
  );
}
