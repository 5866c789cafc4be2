import { Argument, type Command } from "commander";
import { AssentError } from "../../core/index.ts";
import {
  CHANGEABLE,
  changeKeys,
  collectionNamed,
  keyKind,
  listKeys,
  personNamed,
  type ChangeableKey,
  type KeysChanged,
  type ListedKey,
} from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table, withBar } from "../output.ts";

interface RotateOptions extends CommonOptions {
  readonly collection?: string;
  readonly person?: string;
  readonly yes?: true;
  readonly actor?: string;
}

export function addKeysCommands(program: Command, door: Door): void {
  const keys = program
    .command("keys")
    .description("the keys of this instance: which there are, and new ones in their place")
    .helpCommand(false);

  action(
    keys
      .command("list")
      .description("which keys there are, what each protects, and what is lost with it; never a key itself")
      .option("--all", "each person's keys by themselves"),
    door,
    async (instance, output, options: CommonOptions & { readonly all?: true }) => {
      const listed = await listKeys(instance, { all: options.all === true });
      output.answer(listed, () =>
        [
          table([["KEY", "OF", "FINGERPRINT", "MADE"], ...listed.keys.map(row)]),
          "",
          ...listed.kinds.map((kind) => `${kind.kind}: ${kind.protects}. Lost with it: ${kind.lost}.`),
          ...listed.unfinished.map(
            (kind) =>
              `Not finished: the change of ${kind}. assent keys rotate ${kind} --yes goes on with it.`,
          ),
        ].join("\n"),
      );
    },
  );

  action(
    keys
      .command("rotate")
      .description(
        "make a new key, seal again what the old one sealed, and destroy the old one; goes on where an earlier run was killed",
      )
      .addArgument(new Argument("<key>", "which").choices(CHANGEABLE))
      .option("--collection <name>", "of chips: of this collection alone")
      .option("--person <id>", "of face and contact: of this person alone")
      .option("--yes", "you have read what is lost with it")
      .addOption(actorOption()),
    door,
    async (instance, output, options: RotateOptions, kind: ChangeableKey) => {
      const facts = keyKind(kind);
      if (!options.yes) {
        throw new AssentError("refused", `a new ${kind}: ${facts.protects}. Lost with it: ${facts.lost}`, {
          remedy: `For earlier backups it means: ${facts.backups}. If that is what you want, say so with --yes.`,
        });
      }
      const of = await subjectOf(instance, kind, options);
      const done = await withBar(output, "steps", (progress) =>
        changeKeys(instance, {
          kind,
          of,
          to: door.configuration().newKek,
          actor: options.actor ?? instance.actor,
          progress,
        }),
      );
      output.answer({ ...done, backups: facts.backups }, () => told(done, facts.backups));
    },
  );
}

function row(key: ListedKey): readonly string[] {
  const many = key.count > 1 || (key.fingerprint === null && key.of === null);
  return [
    key.changing ? `${key.kind} (changing)` : key.kind,
    key.of ?? (many ? `${key.count} keys` : ""),
    key.fingerprint ?? "",
    key.madeAt === null ? "not noted" : `${many ? "from " : ""}${key.madeAt}`,
  ];
}

async function subjectOf(
  { db }: Parameters<typeof changeKeys>[0],
  kind: ChangeableKey,
  { collection, person }: RotateOptions,
): Promise<string | undefined> {
  const ofPeople = kind === "face" || kind === "contact";
  if ((collection !== undefined && kind !== "chips") || (person !== undefined && !ofPeople)) {
    throw new AssentError("bad-input", `there is one ${kind} for the whole instance, or none of that`, {
      remedy: "--collection goes with chips, --person with face and contact.",
    });
  }
  if (collection !== undefined) return (await collectionNamed(db, collection)).id;
  return person === undefined ? undefined : (await personNamed(db, person)).id;
}

function told({ kind, keys, sealedAgain, finished }: KeysChanged, backups: string): string {
  if (!finished) {
    return [
      "The old key-encryption key and the new one both open this instance now.",
      "Set the new one where the old one was set (ASSENT_KEK, ASSENT_KEK_FILE, ASSENT_KEK_COMMAND), start assent serve again, then run:",
      "  assent keys rotate key-encryption-key --yes",
      "Until then epochs do not roll. Keep the old one until that has said that it is finished.",
    ].join("\n");
  }
  return [
    `${keys} new ${kind} ${keys === 1 ? "key" : "keys"}, ${sealedAgain} sealed again, the old ones destroyed.`,
    `Earlier backups: ${backups}.`,
    ...(kind === "face" || kind === "contact" || kind === "transform"
      ? ["Make a backup now: assent backup --out FOLDER"]
      : []),
  ].join("\n");
}
