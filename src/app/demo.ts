import { chmod, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AssentError, toPlainError } from "../core/index.ts";
import {
  createCollection,
  deliver,
  findPerson,
  importFolder,
  join as joinCollection,
  publish,
  withdraw,
} from "../flows/index.ts";
import { readConfiguration } from "./configuration.ts";
import { openInstance, type Instance } from "./instance.ts";
import { samplePhotos } from "./sample-photos.ts";

const USAGE = `npm run demo                                            the demo, on pictures that come with it
npm run demo -- --selfie FILE --photos FOLDER           the demo, on a picture of yours and photos you are in
npm run demo -- --keep                                  keep its folder, to look at what it made`;

const say = (text = ""): void => void process.stdout.write(`${text}\n`);

/**
 * The demo: a throw-away instance in a temporary folder, from import to withdrawal. Without a selfie nobody has
 * joined, so everybody is hidden.
 */
async function demo(options: { selfie?: string; photos?: string; keep: boolean }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "assent-demo-"));
  // The embedded PostgreSQL may run under another account, which has to pass through.
  await chmod(folder, 0o711);
  let instance: Instance | undefined;
  const interrupt = (): void => {
    say("\nStopping.");
    void (instance?.close() ?? Promise.resolve())
      .then(() => (options.keep ? undefined : rm(folder, { recursive: true, force: true })))
      .finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const photos = options.photos ? resolve(options.photos) : await groupPhotos(folder);
    say(`A throw-away instance in ${folder}`);
    instance = await openInstance({
      ...readConfiguration({
        ...process.env,
        DATABASE_URL: "",
        ASSENT_KEK: "",
        ASSENT_KEK_COMMAND: "",
        ASSENT_KEK_FILE: "",
      }),
      dataFolder: join(folder, "data"),
      database: { kind: "embedded", folder: join(folder, "data") },
      kek: { kind: "file", path: join(folder, "data/keys/kek") },
    });
    await tour(instance, folder, photos, options.selfie ? resolve(options.selfie) : undefined);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    await instance?.close();
    if (options.keep) say(`\nKept: ${folder}`);
    else {
      await rm(folder, { recursive: true, force: true });
      say("\nThe folder is deleted again. With --keep it stays, to look at the pictures.");
    }
  }
}

async function tour(
  instance: Instance,
  folder: string,
  photos: string,
  selfie: string | undefined,
): Promise<void> {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await createCollection(instance, {
    name: "demo",
    purpose: "Showing what Assent does",
    matching: "enrolled",
    matchOnly: undefined,
    channels: ["website"],
    retainUntil: tomorrow,
    joinUntil: undefined,
    attestation: selfie
      ? "photos named on the command line"
      : "sample pictures of the package @vladmandic/face-api",
    attestedBy: "demo",
  });
  const imported = await importFolder(instance, {
    folder: photos,
    collection: "demo",
    progress: progress("photos"),
  });
  say(`Imported ${imported.photos} photos with ${imported.faces} faces.`);
  for (const one of [...imported.skipped, ...imported.failed]) say(`  left out: ${one.file}: ${one.reason}`);

  const everybodyHidden = await publishFor(instance, join(folder, "website"));
  say(
    `Published ${everybodyHidden.renditions} pictures for "website": ${everybodyHidden.shown} faces shown, ` +
      `${everybodyHidden.hidden} hidden, because nobody has agreed.`,
  );
  if (selfie === undefined) {
    say("\nJoin with your own picture, in photos that you are in:");
    say("  npm run demo -- --selfie me.jpg --photos folder/of/photos");
    return;
  }
  const joined = await joinCollection(instance, {
    collection: "demo",
    selfies: [selfie],
    consents: ["find-me", "publish:website"],
    name: undefined,
    email: undefined,
    until: undefined,
    language: "en",
    given: "desk",
    staff: "demo",
    secondStaff: undefined,
    progress: progress("faces"),
  });
  say(`\nYou have joined as person ${joined.person}; your consent receipt: ${joined.receipt}`);
  const found = await findPerson(instance, { person: joined.person, reason: "demo", actor: "demo" });
  for (const one of found) say(`  ${one.state.padEnd(9)} ${one.file}`);
  if (found.length === 0) say("  You were found in no photo.");
  const mine = await deliver(instance, {
    person: joined.person,
    out: join(folder, "delivered"),
    reason: "demo",
    actor: "demo",
    progress: progress("pictures"),
  });
  say(`Delivered ${mine.photos} pictures: your face shows, the others' do not.`);
  const shown = await publishFor(instance, join(folder, "website"));
  say(`Published again: ${shown.shown} faces shown, ${shown.hidden} hidden.`);
  const left = await withdraw(instance, { person: joined.person, actor: "demo" });
  say(
    `You have left: stopped after ${left.stoppedMs} ms, erased after ${left.erasedMs} ms. Receipt: ${left.receipt}`,
  );
}

async function publishFor(instance: Instance, out: string) {
  await rm(out, { recursive: true, force: true });
  return publish(instance, {
    collection: "demo",
    channel: "website",
    out,
    reveal: "matched",
    reviewedBy: "demo (nobody looked: nothing of it is published)",
    actor: "demo",
    progress: progress("pictures"),
  });
}

function progress(unit: string): (done: number, total: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (done, total) => process.stderr.write(done === total ? "\r\u001b[K" : `\r${done}/${total} ${unit}`);
}

/** The group photos of the npm package, copied, so that nothing is ever written beside them. */
async function groupPhotos(folder: string): Promise<string> {
  const target = join(folder, "photos");
  await mkdir(target);
  const samples = await samplePhotos();
  if (samples.length === 0) {
    throw new AssentError(
      "not-found",
      "the sample pictures (npm package @vladmandic/face-api) are not installed",
      {
        remedy:
          "Run `npm ci` with development dependencies, or name photos of your own: npm run demo -- --photos FOLDER",
      },
    );
  }
  for (const path of samples) await cp(path, join(target, basename(path)));
  return target;
}

async function main(): Promise<void> {
  try {
    const { values } = parseArgs({
      options: {
        selfie: { type: "string" },
        photos: { type: "string" },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return say(USAGE);
    if (values.selfie !== undefined && values.photos === undefined) {
      throw new AssentError("bad-input", "--selfie needs --photos", { remedy: USAGE });
    }
    await demo({
      ...(values.selfie === undefined ? {} : { selfie: values.selfie }),
      ...(values.photos === undefined ? {} : { photos: values.photos }),
      keep: values.keep,
    });
  } catch (error) {
    const plain = toPlainError(error);
    process.stderr.write(`${plain.message}\n${plain.remedy ?? USAGE}\n`);
    process.exitCode = 1;
  }
}

await main();
