import { Command, CommanderError } from "commander";
import { readConfiguration, withoutServer } from "../app/index.ts";
import { AssentError, toPlainError } from "../core/index.ts";
import { addApiKeyCommands } from "./commands/api-keys.ts";
import { addCardCommands } from "./commands/card.ts";
import { addBackupCommands } from "./commands/backup.ts";
import { addCollectionCommands } from "./commands/collection.ts";
import { addDemandCommands } from "./commands/demands.ts";
import { addEvaluateCommand } from "./commands/evaluate.ts";
import { addImportCommand } from "./commands/import.ts";
import { addInviteCommands } from "./commands/invite.ts";
import { addJoinCommand } from "./commands/join.ts";
import { addKeysCommands } from "./commands/keys.ts";
import { addLeaveCommands } from "./commands/leave.ts";
import { addLogCommands } from "./commands/log.ts";
import { addLookCommands } from "./commands/look.ts";
import { addJobsCommands } from "./commands/jobs.ts";
import { addOutboxCommands } from "./commands/outbox.ts";
import { addOwnerLinkCommand } from "./commands/owner-link.ts";
import { addPublishCommands } from "./commands/publish.ts";
import { addRequestCommands } from "./commands/requests.ts";
import { addSandboxCommands } from "./commands/sandbox.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addTagCommands } from "./commands/tag.ts";
import { addWatchCommands } from "./commands/watch.ts";
import { addWebhookCommands } from "./commands/webhooks.ts";
import type { Door } from "./door.ts";

export function buildProgram(door: Door): Command {
  const program = new Command("assent")
    .description("Finds people in photo collections with their consent, and hides everyone else.")
    .helpCommand(false)
    .showHelpAfterError("(add --help for what this command takes)")
    .exitOverride();
  for (const add of [
    addCollectionCommands,
    addImportCommand,
    addWatchCommands,
    addInviteCommands,
    addCardCommands,
    addJobsCommands,
    addOutboxCommands,
    addJoinCommand,
    addLookCommands,
    addTagCommands,
    addPublishCommands,
    addLeaveCommands,
    addDemandCommands,
    addRequestCommands,
    addLogCommands,
    addBackupCommands,
    addKeysCommands,
    addEvaluateCommand,
    addServeCommand,
    addOwnerLinkCommand,
    addApiKeyCommands,
    addWebhookCommands,
    addSandboxCommands,
  ]) {
    add(program, door);
  }
  return program;
}

/** 0: done; 1: the answer is no (a receipt is invalid, residue was found) or it failed; 2: the command line is wrong. */
const FAILED = 1;
const MISUSED = 2;

/** Runs one command as a shell gives it; `process.exitCode` says how it ended. */
export async function main(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const json = argv.includes("--json");
  try {
    await buildProgram({ configuration: () => readConfiguration(environment) }).parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : MISUSED;
      // Commander has told people already; a program reads one JSON value whatever happens.
      if (json && error.exitCode !== 0) report(misuse(error), json);
      return;
    }
    report(withoutServer(error), json);
    process.exitCode = FAILED;
  }
}

function misuse(error: CommanderError): AssentError {
  return new AssentError("bad-input", error.message.replace(/^error: /, ""), {
    remedy: "Add --help for what this command takes.",
  });
}

function report(error: unknown, json: boolean): void {
  const plain = toPlainError(error);
  if (json) {
    process.stdout.write(`${JSON.stringify({ error: plain }, null, 2)}\n`);
    return;
  }
  process.stderr.write(`assent: ${plain.message}\n`);
  if (plain.remedy) process.stderr.write(`${plain.remedy}\n`);
  if (!(error instanceof AssentError)) {
    process.stderr.write("This is a defect of Assent. With ASSENT_DEBUG=1 it prints where it happened.\n");
    if (process.env["ASSENT_DEBUG"]) console.error(error);
  }
}

if (import.meta.main) await main(process.argv, process.env);
