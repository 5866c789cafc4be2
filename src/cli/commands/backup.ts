import type { Command } from "commander";
import { restoreInstance, verifyInstanceBackup, type Restored } from "../../app/index.ts";
import { acceptGap, backup } from "../../flows/index.ts";
import { action, actorOption, collect, type CommonOptions, type Door } from "../door.ts";
import { duration, openOutput, type Progress } from "../output.ts";

interface BackupOptions extends CommonOptions {
  readonly out: string;
  readonly verify?: true;
  readonly actor?: string;
}

interface RestoreOptions extends CommonOptions {
  readonly from: string;
  readonly checkpoint?: readonly string[];
  readonly actor?: string;
}

export function addBackupCommands(program: Command, door: Door): void {
  action(
    program
      .command("backup")
      .description(
        "write a sealed backup while the instance runs: rows, photos, renditions, receipts; no keys",
      )
      .requiredOption(
        "--out <path>",
        "a file that is not there yet, or a folder, in which it is named by its moment",
      )
      .option("--verify", "bring it back into a new, empty database, and throw that away")
      .addOption(actorOption()),
    door,
    async (instance, output, options: BackupOptions) => {
      const bar = output.progress(1, "files");
      const done = await backup(instance, {
        out: options.out,
        actor: options.actor ?? instance.actor,
        progress: (n, total) => bar.step(n, total),
      }).finally(() => bar.end());
      if (options.verify) output.note("Verifying…");
      const verified = options.verify
        ? await verifyInstanceBackup(instance, door.configuration(), done.file)
        : undefined;
      output.answer({ ...done, ...(verified ? { verified } : {}) }, () =>
        [
          `${done.file}: ${done.rows} rows, ${done.files} files, ${(done.bytes / 1e6).toFixed(1)} MB, in ${duration(done.ms)}.`,
          ...(done.gone > 0 ? [`${done.gone} files went meanwhile, because their rows had gone.`] : []),
          ...(verified
            ? [
                `Verified: all of it came back into an empty database, and ${verified.entries} entries of the log are whole.`,
              ]
            : []),
          "It holds no keys: the folders keys and journal are kept apart from it (docs/operating.md).",
        ].join("\n"),
      );
    },
  );

  program
    .command("restore")
    .description(
      "bring a backup of this instance back into an empty database, and replay what was restricted since",
    )
    .requiredOption("--from <path>", "the backup, or a folder whose newest is taken")
    .option(
      "--checkpoint <file>",
      "a head of the log that somebody outside has kept: the journal must reach it (repeatable)",
      collect,
    )
    .addOption(actorOption())
    .option("--json", "print the answer as JSON")
    .action(async (options: RestoreOptions) => {
      const output = openOutput(options.json === true);
      const configuration = door.configuration();
      let bar: { readonly step: string; readonly progress: Progress } | undefined;
      const done = await restoreInstance(configuration, {
        from: options.from,
        checkpoints: options.checkpoint ?? [],
        actor: options.actor ?? configuration.actor,
        progress: (step, n, total) => {
          if (bar?.step !== step) {
            bar?.progress.end();
            bar = { step, progress: output.progress(total, step) };
          }
          bar.progress.step(n, total);
        },
      }).finally(() => bar?.progress.end());
      output.answer({ ...done, suspended: done.gap.length > 0 }, () => told(done));
    });

  action(
    program
      .command("accept-gap")
      .description(
        "after a restore whose journal does not reach far enough: let matching, publishing and looking up go on",
      )
      .requiredOption("--reason <text>", "what was done to find out who has left since the backup")
      .addOption(actorOption()),
    door,
    async (
      instance,
      output,
      options: CommonOptions & { readonly reason: string; readonly actor?: string },
    ) => {
      const done = await acceptGap(instance, {
        reason: options.reason,
        actor: options.actor ?? instance.actor,
      });
      output.answer(done, () => "Accepted. Matching, publishing and looking up go on.");
    },
  );
}

function told(done: Restored): string {
  const replayed = Object.entries(done.replayed).map(([kind, n]) => `${n} ${kind}`);
  return [
    `Brought back as it was at ${done.backedUpAt}: ${done.rows} rows, ${done.files} files.`,
    `Replayed from the restriction journal: ${replayed.length > 0 ? replayed.join(", ") : "nothing was restricted since"}.`,
    ...(done.gap.length === 0
      ? ["The restriction journal reaches far enough: nothing is suspended."]
      : [
          "Matching, publishing and looking up are suspended, because it is not known who has left since the backup:",
          ...done.gap.map((reason) => `  ${reason}`),
          "An officer finds out, then runs: assent accept-gap --reason TEXT",
        ]),
    ...(done.chipsOwed > 0
      ? [
          `The faces of ${done.chipsOwed} photos are cut again while assent serve runs; whoever joins is looked for in all of them meanwhile.`,
        ]
      : []),
    "Who joined, and what was agreed to, since the backup is lost: they have to join again.",
    "Staff accounts are as they were too, but for what was taken away since: look through them. Staff sign in again; a password changed since is void (assent owner-link).",
  ].join("\n");
}
