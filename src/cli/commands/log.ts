import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Damage } from "../../audit/index.ts";
import { AssentError, isErrno, systemClock } from "../../core/index.ts";
import { checkTheLog, exportLog, logHead, proofOf, takeCosignature, witnessLog } from "../../flows/index.ts";
import { action, collect, type CommonOptions, type Door } from "../door.ts";
import { openOutput } from "../output.ts";

/** A checkpoint with many cosignatures has some kilobytes. */
const LARGEST_CHECKPOINT = 100_000;

export function addLogCommands(program: Command, door: Door): void {
  const log = program
    .command("log")
    .description("the transparency log: its signed head, proofs, checks")
    .helpCommand(false);

  action(
    log.command("checkpoint").description("the log's signed head, with everything that was written so far"),
    door,
    async (instance, output) => {
      const head = await logHead(instance);
      output.answer(head, () => `${head.checkpoint}\nSigned by ${head.key}`);
    },
  );

  action(
    log
      .command("proof")
      .description("the proof that an entry is in the log, for anybody to check")
      .argument("<entry>", "id of the entry"),
    door,
    async (instance, output, _options: CommonOptions, entry: string) => {
      const found = await proofOf(instance, entry);
      output.answer(found, () => found.proof.trimEnd());
    },
  );

  action(
    log
      .command("check")
      .description("whether the whole log is as it was signed; names what is not")
      .option("--against <file>", "also against a checkpoint that somebody kept (repeatable)", collect),
    door,
    async (instance, output, options: CommonOptions & { readonly against?: readonly string[] }) => {
      const kept = await Promise.all((options.against ?? []).map(readCheckpoint));
      const found = await checkTheLog(instance, { kept });
      output.answer({ whole: found.damage.length === 0, ...found }, () =>
        [
          ...found.damage.map(told),
          `${found.size} entries, ${found.checkpoints} checkpoints, ${found.waiting} entries wait to be signed.`,
          ...found.cuts.map(
            ({ at, cameBack, lost }) =>
              `Cut by a restore (${at}): of ${lost.size} entries that were signed the first ${cameBack} came back. Heads of ${cameBack + 1} to ${lost.size} entries of before then are of the lost part, and so are entries that receipts prove under them.`,
          ),
          found.damage.length === 0 ? "Whole." : "Not whole.",
        ].join("\n"),
      );
      if (found.damage.length > 0) process.exitCode = 1;
    },
  );

  action(
    log
      .command("export")
      .description("write the log as plain files (C2SP tlog-tiles), for a server of files or a witness")
      .requiredOption("--out <folder>", "where; written anew in place"),
    door,
    async (instance, output, options: CommonOptions & { readonly out: string }) => {
      const done = await exportLog(instance, options.out);
      output.answer(done, () => `${done.size} entries, in ${done.files} files: ${done.folder}`);
    },
  );

  action(
    log
      .command("cosigned")
      .description("keep a witness's signature of a checkpoint, to be served with it")
      .argument("<file>", "the cosigned checkpoint, as the witness wrote it")
      .requiredOption("--witness <key>", "the witness's key in one line"),
    door,
    async (instance, output, options: CommonOptions & { readonly witness: string }, file: string) => {
      const note = await readCheckpoint(file);
      const kept = await takeCosignature(instance, { note, witness: options.witness });
      output.answer(kept, () => kept.checkpoint.trimEnd());
    },
  );

  program
    .command("witness")
    .description("cosign an exported log, as somebody outside: needs no instance, and a key of your own")
    .argument("<folder>", "the log, as assent log export wrote it")
    .requiredOption("--key <file>", "your key, and what you signed; made where it is not there")
    .option("--name <name>", "of a new key, such as witness.example.org/assent")
    .option("--json", "print the answer as JSON")
    .action(
      async (folder: string, options: CommonOptions & { readonly key: string; readonly name?: string }) => {
        const output = openOutput(options.json === true);
        const done = await witnessLog(
          { clock: systemClock },
          { folder, key: options.key, name: options.name },
        );
        output.answer(done, () =>
          [
            done.from === null
              ? `Signed ${done.size} entries of ${done.origin}, for the first time: the keys in the folder were believed.`
              : `Signed ${done.size} entries of ${done.origin}, which go on from the ${done.from} of last time.`,
            `To hand over: ${done.file}`,
            `Your key, for others to know: ${done.vkey}`,
          ].join("\n"),
        );
      },
    );
}

/** One line for each kind of damage. */
function told(damage: Damage): string {
  switch (damage.kind) {
    case "missing-entry":
      return `position ${damage.position}: the entry is missing`;
    case "truncated":
      return `positions ${damage.position} to ${damage.until - 1}: signed once, and gone: the log was cut short`;
    case "altered-leaf":
      return `position ${damage.position}: the leaf is not the one that was signed`;
    case "reordered":
      return `position ${damage.position}: the entry was signed at position ${damage.from}`;
    case "altered-payload":
      return `${damage.position === null ? "not yet signed" : `position ${damage.position}`}: the entry ${damage.entry} says something else than its leaf`;
    case "left-out":
      return `the entry ${damage.entry} has no position and does not wait for one`;
    case "altered-tree":
      return `position ${damage.position}: tile ${damage.level}/${damage.index} of the stored tree is damaged`;
    case "wrong-signature":
      return `checkpoint of ${damage.size} entries: ${damage.reason}`;
    case "wrong-root":
      return `checkpoint of ${damage.size} entries: its root is not that of the entries`;
    case "not-extended":
      return `checkpoint of ${damage.size} entries: the log does not begin with what was signed then`;
  }
}

async function readCheckpoint(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    if (text.length <= LARGEST_CHECKPOINT) return text;
  } catch (error) {
    if (!["ENOENT", "EISDIR", "EACCES"].some((code) => isErrno(error, code))) throw error;
  }
  throw new AssentError("not-found", `the file ${file} cannot be read as a checkpoint`, {
    remedy: "Name a file with a checkpoint, as assent log export writes it.",
  });
}
