import type { Command } from "commander";
import {
  createCollection,
  listCollections,
  PRESETS,
  purge,
  showCollection,
  type Deleted,
  type PurgeOutcome,
} from "../../flows/index.ts";
import { action, actorOption, collect, type CommonOptions, type Door } from "../door.ts";
import { table, type Output } from "../output.ts";

interface CreateOptions extends CommonOptions {
  readonly purpose: string;
  readonly matching: string;
  readonly matchOnly?: string;
  readonly channel?: readonly string[];
  readonly retainUntil: string;
  readonly joinUntil?: string;
  readonly attest: string;
  readonly guardians: string;
  readonly preset: string;
  readonly justification?: string;
  readonly actor?: string;
}

export function addCollectionCommands(program: Command, door: Door): void {
  const group = program
    .command("collection")
    .description("photos of one event or archive")
    .helpCommand(false);

  action(
    group
      .command("create")
      .description("make a collection")
      .argument("<name>", "its name")
      .requiredOption("--purpose <text>", "what the photos are for, as people will read it")
      .option("--matching <mode>", "off, or enrolled: look for enrolled people", "off")
      .option(
        "--match-only <limit>",
        "all-cleared: match only in photos whose every face is enrolled or cleared by hand",
      )
      .option(
        "--channel <name>",
        "where pictures may go, e.g. website; NAME:internal needs no look before publishing (repeatable)",
        collect,
      )
      .requiredOption("--retain-until <date>", "last day (YYYY-MM-DD) on which the photos are kept")
      .option("--join-until <date>", "last day on which people can join (default: 90 days from now)")
      .option("--preset <kind>", `for whom: ${PRESETS.join(", ")}`, "event")
      .option("--justification <text>", "why faces are looked for; needed in a school or at an employer's")
      .option("--guardians <number>", "how many guardians of a child must agree: 1 or 2", "1")
      .requiredOption("--attest <text>", "why the organisation may process these photos")
      .addOption(actorOption()),
    door,
    async (instance, output, options: CreateOptions, name: string) => {
      const made = await createCollection(instance, {
        name,
        purpose: options.purpose,
        matching: options.matching,
        matchOnly: options.matchOnly,
        channels: options.channel ?? [],
        retainUntil: options.retainUntil,
        joinUntil: options.joinUntil,
        attestation: options.attest,
        attestedBy: options.actor ?? instance.actor,
        guardians: Number(options.guardians),
        preset: options.preset,
        justification: options.justification,
      });
      output.answer(made, () => `Collection "${made.name}" is made (${made.id}).`);
    },
  );

  action(group.command("list").description("all collections"), door, async (instance, output) => {
    const all = await listCollections(instance);
    output.answer(all, () =>
      all.length === 0
        ? "There is no collection yet. Make one with: assent collection create NAME --help"
        : table([
            ["name", "matching", "photos", "faces", "people", "kept until", "joining until"],
            ...all.map((c) => [
              c.name,
              c.matching,
              String(c.photos),
              String(c.faces),
              String(c.people),
              c.retainUntil,
              c.joinUntil,
            ]),
          ]),
    );
  });

  action(
    group.command("show").description("one collection").argument("<name>", "its name or id"),
    door,
    async (instance, output, _options: CommonOptions, name: string) => {
      const shown = await showCollection(instance, name);
      output.answer(shown, () =>
        [
          `${shown.name} (${shown.id})`,
          `purpose:      ${shown.purpose}`,
          `matching:     ${shown.matching}${shown.matchOnly ? `, only ${shown.matchOnly}` : ""}`,
          `channels:     ${shown.channels.map((c) => (c.public ? c.name : `${c.name} (internal)`)).join(", ") || "none"}`,
          `photos:       ${shown.photos} (${shown.waiting} waiting to be looked through)`,
          `faces:        ${shown.faces}`,
          `people:       ${shown.people}`,
          `kept until:   ${shown.retainUntil}`,
          `joining until ${shown.joinUntil}`,
          `attestation:  ${shown.attestation} (${shown.attestedBy})`,
        ].join("\n"),
      );
    },
  );

  action(
    group
      .command("delete")
      .description(
        "delete a collection with its photos, faces, matches and renditions; where there are two owners, one confirms it first",
      )
      .argument("<name>", "its name or id")
      .requiredOption("--yes", "really: this cannot be undone")
      .addOption(actorOption()),
    door,
    async (instance, output, options: CommonOptions & { readonly actor?: string }, name: string) => {
      const by = { account: null, name: options.actor ?? instance.actor };
      answerPurge(output, await purge(instance, door.configuration().twoPersons, { collection: name, by }));
    },
  );

  const photo = program.command("photo").description("photos of a collection").helpCommand(false);
  action(
    photo
      .command("delete")
      .description(
        "delete photos with everything made from them; the people in them are told; where there are two owners, one confirms it first",
      )
      .argument("<file...>", "paths in the imported folder, or ids")
      .requiredOption("--collection <name>", "its name or id")
      .requiredOption("--yes", "really: this cannot be undone")
      .addOption(actorOption()),
    door,
    async (
      instance,
      output,
      options: CommonOptions & { readonly collection: string; readonly actor?: string },
      files: readonly string[],
    ) => {
      const by = { account: null, name: options.actor ?? instance.actor };
      const order = { collection: options.collection, photos: files, by };
      answerPurge(output, await purge(instance, door.configuration().twoPersons, order));
    },
  );
}

/** Where it takes two persons, it waits for an owner. */
function answerPurge(output: Output, outcome: PurgeOutcome): void {
  if ("done" in outcome) return output.answer(outcome.done, () => deletedWords(outcome.done));
  const { id: asked, expiresAt: until } = outcome.asked;
  output.answer(
    { asked, until },
    () =>
      `Nothing is deleted yet: an owner confirms it in the pages, under "To confirm", until ${until.toISOString().slice(0, 10)}.`,
  );
}

function deletedWords({ photos, renditions, templates, residue, receipt }: Deleted): string {
  const left = residue > 0 ? ` ${residue} things are left: assent prove says which.` : "";
  return `Deleted ${photos} photos, ${renditions} renditions and ${templates} templates.${left}\nReceipt: ${receipt}`;
}
