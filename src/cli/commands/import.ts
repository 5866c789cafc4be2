import type { Command } from "commander";
import { importFolder } from "../../flows/index.ts";
import { whenAskedToStop } from "../asked-to-stop.ts";
import { action, type CommonOptions, type Door } from "../door.ts";
import { duration, type Progress } from "../output.ts";

export function addImportCommand(program: Command, door: Door): void {
  action(
    program
      .command("import")
      .description("take the photos of a folder into a collection, and look through them")
      .argument("<folder>", "searched with everything below it")
      .requiredOption("--collection <name>", "its name or id"),
    door,
    async (instance, output, options: CommonOptions & { readonly collection: string }, folder: string) => {
      const interrupted = new AbortController();
      whenAskedToStop(() => {
        output.note("\nStopping after the photos in hand; start the same command again to go on.");
        interrupted.abort();
      });
      let bar: Progress | undefined;
      try {
        const result = await importFolder(instance, {
          folder,
          collection: options.collection,
          signal: interrupted.signal,
          progress: (done, total) => (bar ??= output.progress(total, "photos")).step(done, total),
        });
        bar?.end();
        output.answer(result, () =>
          [
            `${result.photos} photos, ${result.faces} faces: ${result.matched} matched, ${result.asked} asked (${duration(result.timings.totalMs)}).`,
            ...byCardLines(result.byCard),
            ...skippedLines(result.skipped),
            ...result.failed.map((one) => `failed:  ${one.file}: ${one.reason}`),
            ...(result.interrupted ? ["Stopped before the end: start the same command again to go on."] : []),
          ].join("\n"),
        );
        if (result.interrupted) process.exitCode = 1;
      } finally {
        bar?.end();
      }
    },
  );
}

function byCardLines({
  given,
  asked,
}: {
  readonly given: number;
  readonly asked: number;
}): readonly string[] {
  return given + asked === 0 ? [] : [`By card: ${given} given, ${asked} asked.`];
}

/** More of one reason than this are counted rather than listed; `--json` has them all. */
const MOST_LISTED = 20;

function skippedLines(
  skipped: readonly { readonly file: string; readonly reason: string }[],
): readonly string[] {
  return [...Map.groupBy(skipped, (one) => one.reason)].flatMap(([reason, files]) =>
    files.length > MOST_LISTED
      ? [`skipped: ${files.length} files: ${reason}`]
      : files.map((one) => `skipped: ${one.file}: ${reason}`),
  );
}
