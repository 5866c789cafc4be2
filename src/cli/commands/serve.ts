import { InvalidArgumentError, type Command } from "commander";
import {
  openInstance,
  openSandbox,
  startServer,
  startWork,
  whileServing,
  WORKING,
  type Configuration,
  type Instance,
} from "../../app/index.ts";
import { keepLogSequenced, sequenceLog } from "../../flows/index.ts";
import { whenAskedToStop } from "../asked-to-stop.ts";
import { startNotes, tellBeforeKeys, type CommonOptions, type Door } from "../door.ts";
import { openOutput, type Output } from "../output.ts";

/** `web`: pages and interfaces, in one process at a time. `work`: what they leave to be done, in as many as there is work for. */
const ROLES = ["web", "work"] as const;
type Role = (typeof ROLES)[number];

interface ServeOptions extends CommonOptions {
  readonly roles: ReadonlySet<Role>;
}

export function addServeCommand(program: Command, door: Door): void {
  program
    .command("serve")
    .description(
      "serve the pages, and do what is to be done: photos are looked through, pictures made, what time ends is ended; other commands work beside it",
    )
    .option(
      "--roles <roles>",
      "web (the pages, one process), work (what is to be done, any number of processes), or both",
      readRoles,
      new Set(ROLES),
    )
    .option("--json", "print the answer as JSON")
    .action(async (options: ServeOptions) => {
      const output = openOutput(options.json === true);
      const configuration = door.configuration();
      // Heard from here on, so that a start that is cut off ends in order too.
      const stopped = new Promise<void>((resolve) => whenAskedToStop(resolve));
      tellBeforeKeys(configuration, output);
      const run = (): Promise<void> => serve(configuration, options.roles, output, stopped);
      if (options.roles.has("web")) await whileServing(configuration, run);
      else await run();
    });
}

function readRoles(text: string): ReadonlySet<Role> {
  const roles = text.split(",").map((one) => one.trim());
  const known = ROLES.filter((role) => roles.includes(role));
  if (known.length !== roles.length) throw new InvalidArgumentError("Roles are web, work, or web,work.");
  return new Set(known);
}

async function serve(
  configuration: Configuration,
  roles: ReadonlySet<Role>,
  output: Output,
  stopped: Promise<void>,
): Promise<void> {
  const role = roles.has("work") ? WORKING : "web";
  const instance = await openInstance(configuration, { role, looks: false });
  try {
    const log = keepLogSequenced(instance, {
      onError: (message) => output.note(`The log is not signed: ${message}`),
    });
    try {
      await serveOpen(instance, configuration, { roles, output, stopped });
    } finally {
      await log.stop();
      // What was written since the last second.
      await sequenceLog(instance).catch(() => undefined);
    }
  } finally {
    await instance.close();
  }
}

async function serveOpen(
  instance: Instance,
  configuration: Configuration,
  {
    roles,
    output,
    stopped,
  }: { readonly roles: ReadonlySet<Role>; readonly output: Output; readonly stopped: Promise<void> },
): Promise<void> {
  if (configuration.sandbox && roles.has("web")) {
    const made = await openSandbox(instance);
    output.note(
      `This is a sandbox: ${made.people.length} made-up people, nothing real (collection ${made.collection}).`,
    );
  }
  const server = roles.has("web") ? await startServer(instance, configuration) : undefined;
  try {
    const publicUrl = server?.publicUrl ?? configuration.publicUrl;
    const working = roles.has("work")
      ? await startWork(instance, configuration, { publicUrl, note: (message) => output.note(message) })
      : undefined;
    try {
      // Whoever orders work here has those woken who do it.
      if (!working) await instance.queue.start(() => output.note("Work is not woken for just now."));
      for (const note of [...startNotes(instance), ...(server?.notes ?? [])]) output.note(note);
      output.answer(
        {
          instance: instance.id,
          roles: [...roles],
          url: server?.url ?? null,
          ownerLink: server?.ownerLink ?? null,
          data: instance.dataFolder,
          pid: process.pid,
        },
        () => {
          const up = `Instance ${instance.id} is up (${instance.dataFolder}, process ${process.pid}). Ctrl-C stops it.`;
          return server
            ? `Assent is at ${server.url}\n${ownerLine(server.ownerLink)}${up}`
            : `Work is done beside the pages.\n${up}`;
        },
      );
      await stopped;
    } finally {
      await working?.stop();
    }
  } finally {
    await server?.close();
  }
}

function ownerLine(link: string | null): string {
  return link === null
    ? ""
    : `Nobody owns this instance yet. Within a day, whoever opens this link becomes its owner:\n  ${link}\n`;
}
