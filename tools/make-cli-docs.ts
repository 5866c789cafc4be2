// Makes docs/cli.md from the help of each command. With --check it only compares and fails where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import prettier from "prettier";
import { buildProgram } from "../src/cli/main.ts";

const TARGET = fileURLToPath(new URL("../docs/cli.md", import.meta.url));

/** Columns of the help text, so that it does not depend on the terminal it is made in. */
const WIDTH = 100;

const INTRODUCTION = `# The command line

Made from the commands' own help by \`node tools/make-cli-docs.ts\`; a test keeps it current. In the project each is run as
\`npm exec assent -- COMMAND\`.

With \`--json\` a command prints one JSON value to standard output, or \`{"error": {"code", "message", "remedy"}}\`
([errors.md](errors.md)). Exit status: 0 done; 1 failed, or the answer is no (a receipt is not genuine, residue was found, an import was
stopped); 2 the command line makes no sense.`;

/** Every command that does something, by its full name (\`collection create\`), in the order of the help. */
export function commandsOf(
  program: Command,
): readonly { readonly name: string; readonly command: Command }[] {
  const walk = (command: Command, before: readonly string[]): { name: string; command: Command }[] =>
    command.commands.flatMap((child) => {
      const path = [...before, child.name()];
      return child.commands.length > 0 ? walk(child, path) : [{ name: path.join(" "), command: child }];
    });
  return walk(program, []);
}

export async function cliDocs(): Promise<string> {
  const program = buildProgram({
    configuration: () => {
      throw new Error("help needs no configuration");
    },
  });
  const sections = commandsOf(program).map(({ name, command }) => {
    command.configureHelp({ helpWidth: WIDTH });
    return `## ${name}\n\n\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\``;
  });
  return prettier.format([INTRODUCTION, ...sections].join("\n\n"), { parser: "markdown", printWidth: 110 });
}

if (import.meta.main) {
  const text = await cliDocs();
  if (!process.argv.includes("--check")) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, "utf8") !== text) {
    console.error("docs/cli.md does not fit the commands: run `node tools/make-cli-docs.ts`.");
    process.exitCode = 1;
  }
}
