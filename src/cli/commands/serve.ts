import type { Command } from "commander";
import { openInstance, whileServing } from "../../app/index.ts";
import { settle } from "../../flows/index.ts";
import { whenAskedToStop } from "../asked-to-stop.ts";
import type { CommonOptions, Door } from "../door.ts";
import { openOutput } from "../output.ts";

/** Consents, joining and retention end by the day; an hour late is early enough. */
const SETTLE_EVERY_MS = 3_600_000;

export function addServeCommand(program: Command, door: Door): void {
  program
    .command("serve")
    .description(
      "keep the instance up: what time ends is ended, keys roll daily; other commands work beside it",
    )
    .option("--json", "print the answer as JSON")
    .action(async (options: CommonOptions) => {
      const output = openOutput(options.json === true);
      const configuration = door.configuration();
      await whileServing(configuration, async () => {
        const instance = await openInstance(configuration, { role: "serve" });
        try {
          output.answer(
            { instance: instance.id, data: instance.dataFolder, pid: process.pid },
            () =>
              `Instance ${instance.id} is up (${instance.dataFolder}, process ${process.pid}). Ctrl-C stops it.`,
          );
          await untilStopped(() => settle(instance));
        } finally {
          await instance.close();
        }
      });
    });
}

function untilStopped(work: () => Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      work().catch((error: unknown) => {
        clearInterval(timer);
        reject(error);
      });
    }, SETTLE_EVERY_MS);
    whenAskedToStop(() => {
      clearInterval(timer);
      resolve();
    });
  });
}
