import type { Command } from "commander";
import { AssentError } from "../../core/index.ts";
import { erase, prove, verifyReceipt, withdraw, type Left } from "../../flows/index.ts";
import { action, actorOption, collect, type CommonOptions, type Door } from "../door.ts";
import { duration } from "../output.ts";

interface WithdrawOptions extends CommonOptions {
  readonly purpose?: readonly string[];
  readonly collection?: string;
  readonly dropTags?: true;
  readonly actor?: string;
}

interface EraseOptions extends CommonOptions {
  readonly photosOfMe?: true;
  readonly inOriginals?: true;
  readonly matchedToo?: true;
  readonly actor?: string;
}

function told(left: Left): string {
  return [
    `Stopped after ${duration(left.stoppedMs)}, erased after ${duration(left.erasedMs)}.`,
    ...left.steps.map((step) => `  ${step.step.padEnd(34)} ${duration(step.ms)}`),
    ...Object.entries(left.erased).map(([what, count]) => `erased: ${count} ${what}`),
    ...left.leftEarlier.map((one) => `left earlier and cannot be called back: ${one.count} ${one.what}`),
    ...(left.residue > 0 ? [`Residue: ${left.residue}. Run: assent prove`] : []),
    `Receipt, to hand over: ${left.receipt}`,
  ].join("\n");
}

export function addLeaveCommands(program: Command, door: Door): void {
  action(
    program
      .command("withdraw")
      .description("take back a person's consent; without --purpose, all of it")
      .argument("<person>", "id of the person")
      .option(
        "--purpose <purpose>",
        "find-me, keep-template, show-name, staff-lookup, publish:CHANNEL, contact (repeatable)",
        collect,
      )
      .option("--collection <name>", "in this collection only (default: everywhere)")
      .option("--drop-tags", "with find-me: also let go of what was tagged by hand or card")
      .addOption(actorOption()),
    door,
    async (instance, output, options: WithdrawOptions, person: string) => {
      const left = await withdraw(instance, {
        person,
        purposes: options.purpose,
        collection: options.collection,
        dropTags: options.dropTags === true,
        actor: options.actor ?? instance.actor,
      });
      output.answer(left, () => told(left));
      if (left.residue > 0) process.exitCode = 1;
    },
  );

  action(
    program
      .command("erase")
      .description("everything about a person: consents, templates, keys, tags, the person")
      .argument("<person>", "id of the person")
      .option("--photos-of-me", "photos in which they are alone go too, originals included")
      .option(
        "--in-originals",
        "with --photos-of-me: destroy the face in the originals of the other photos; the organisation allows it",
      )
      .option("--matched-too", "with --photos-of-me: also where nobody has confirmed that it is them")
      .addOption(actorOption()),
    door,
    async (instance, output, options: EraseOptions, person: string) => {
      const { photosOfMe, inOriginals = false, matchedToo = false } = options;
      if (!photosOfMe && (inOriginals || matchedToo)) {
        throw new AssentError("bad-input", "--in-originals and --matched-too go with --photos-of-me");
      }
      const left = await erase(instance, {
        person,
        actor: options.actor ?? instance.actor,
        demanded: true,
        photosOfMe: photosOfMe && { inOriginals, matchedToo },
      });
      output.answer(left, () => told(left));
      if (left.residue > 0) process.exitCode = 1;
    },
  );

  action(
    program
      .command("verify")
      .description("whether a receipt is genuine: exactly one compact JWS signed by this instance")
      .argument("<file>", "the receipt"),
    door,
    async (instance, output, _options: CommonOptions, file: string) => {
      const verdict = await verifyReceipt(instance, file);
      output.answer(verdict, () =>
        verdict.valid ? `Valid: ${verdict.reason}` : `Not valid: ${verdict.reason}`,
      );
      if (!verdict.valid) process.exitCode = 1;
    },
  );

  action(
    program
      .command("prove")
      .description("look for residue: anything that should be gone, in database, files, keys and index")
      .option("--person <id>", "also: anything about this person"),
    door,
    async (instance, output, options: CommonOptions & { readonly person?: string }) => {
      const proof = await prove(instance, { person: options.person });
      output.answer(proof, () =>
        [
          ...proof.checks.map(
            (one) => `${one.residue === 0 ? "clean  " : `${one.residue} left`}  ${one.check}`,
          ),
          ...proof.advice.map((line) => `note: ${line}`),
          proof.clean ? "Clean." : "Not clean.",
        ].join("\n"),
      );
      if (!proof.clean) process.exitCode = 1;
    },
  );
}
