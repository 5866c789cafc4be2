import type { Command } from "commander";
import { toPlainError } from "../../core/index.ts";
import { openInstance, startServer, whileServing, type Instance } from "../../app/index.ts";
import { cutChipsAgain, keepLogSequenced, sequenceLog, settle, settleLooks } from "../../flows/index.ts";
import { whenAskedToStop } from "../asked-to-stop.ts";
import { startNotes, tellBeforeKeys, type CommonOptions, type Door } from "../door.ts";
import { openOutput, type Output } from "../output.ts";

/** Consents, joining and retention end by the day; an hour late is early enough. */
const SETTLE_EVERY_MS = 3_600_000;

export function addServeCommand(program: Command, door: Door): void {
  program
    .command("serve")
    .description(
      "serve the pages, and keep the instance up: what time ends is ended, keys roll daily; other commands work beside it",
    )
    .option("--json", "print the answer as JSON")
    .action(async (options: CommonOptions) => {
      const output = openOutput(options.json === true);
      const configuration = door.configuration();
      // Heard from here on, so that a start that is cut off ends in order too.
      const stopping = new AbortController();
      const stopped = new Promise<void>((resolve) =>
        whenAskedToStop(() => {
          stopping.abort();
          resolve();
        }),
      );
      tellBeforeKeys(configuration, output);
      await whileServing(configuration, async () => {
        const instance = await openInstance(configuration, { role: "serve", looks: false });
        try {
          const server = await startServer(instance, configuration);
          const log = keepLogSequenced(instance, {
            onError: (message) => output.note(`The log is not signed: ${message}`),
          });
          try {
            for (const note of [...startNotes(instance), ...server.notes]) output.note(note);
            output.answer(
              {
                instance: instance.id,
                url: server.url,
                ownerLink: server.ownerLink,
                data: instance.dataFolder,
                pid: process.pid,
              },
              () =>
                `Assent is at ${server.url}\n${ownerLine(server.ownerLink)}Instance ${instance.id} is up (${instance.dataFolder}, process ${process.pid}). Ctrl-C stops it.`,
            );
            // Whoever stops it does not wait for thousands of photos: the next start goes on with them.
            const looked = await Promise.race([settleLooks(instance), stopped]);
            for (const reason of looked?.kept ?? []) output.note(`Still to be done: ${reason}`);
            await Promise.race([server.sendMail(), stopped]);
            // Beside all else: after a restore it may take hours, and the photos in hand are soon done.
            let cutting = cutChips(instance, output, stopping.signal);
            await untilStopped(async () => {
              await settle(instance);
              await server.sendMail();
              cutting = cutting.then(() => cutChips(instance, output, stopping.signal));
            }, stopped);
            await cutting;
          } finally {
            await server.close();
            await log.stop();
            // What was written since the last second.
            await sequenceLog(instance).catch(() => undefined);
          }
        } finally {
          await instance.close();
        }
      });
    });
}

/** The faces that a restore did not bring back, told about at each tenth. What fails is told, and stays due. */
async function cutChips(instance: Instance, output: Output, signal: AbortSignal): Promise<void> {
  let tenths = 0;
  try {
    const { failed } = await cutChipsAgain(instance, {
      signal,
      progress(done, total) {
        const now = Math.floor((10 * done) / total);
        if (now === tenths) return;
        tenths = now;
        output.note(`For people who join later: faces of ${done} of ${total} photos are cut again.`);
      },
    });
    if (failed > 0) output.note(`Still to be done: the faces of ${failed} photos could not be cut again`);
  } catch (error) {
    if (!signal.aborted) output.note(`Still to be done: ${toPlainError(error).message}`);
  }
}

function ownerLine(link: string | null): string {
  return link === null
    ? ""
    : `Nobody owns this instance yet. Within a day, whoever opens this link becomes its owner:\n  ${link}\n`;
}

/** Does the work now and then. Errors: what it throws. */
function untilStopped(work: () => Promise<unknown>, stopped: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      work().catch((error: unknown) => {
        clearInterval(timer);
        reject(error);
      });
    }, SETTLE_EVERY_MS);
    void stopped.finally(() => {
      clearInterval(timer);
      resolve();
    });
  });
}
