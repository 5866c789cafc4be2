import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./command-line.ts";
import { enrolledPeople, event, leavingSet, selfieOf } from "./datasets.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";
import { makeThrowAwayFolder } from "./throw-away.ts";

const COLLECTION = "leaving";
const CHANNEL = "website";
/** Besides the one who leaves: they agree to nothing but being found. */
const OTHERS = 9;

interface Left {
  readonly stoppedMs: number;
  readonly erasedMs: number;
  readonly steps?: readonly { readonly step: string; readonly ms: number }[];
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { photos: { type: "string", default: "1000" }, with: { type: "string", default: "60" } },
  });
  const machine = describeMachine();
  const [photos, withPerson] = [Number(values.photos), Number(values.with)];
  const events = [await event({ photos: 200, seed: 7 })];
  for (const seed of [101, 102, 103, 104, 105]) events.push(await event({ photos: 100, seed }));
  const set = await leavingSet(photos, withPerson, events);
  const scratch = await makeThrowAwayFolder();
  try {
    const run = async <T>(words: readonly string[]): Promise<{ ms: number; answer: T }> => {
      const ran = await runCommand(words, { ASSENT_DATA: join(scratch, "data"), ASSENT_ACTOR: "bench" });
      console.error(`${words[0]}: ${Math.round(ran.ms)} ms`);
      return { ms: ran.ms, answer: ran.answer as T };
    };
    await run(
      ["collection", "create", COLLECTION, "--purpose", "a benchmark", "--matching", "enrolled"].concat([
        "--channel",
        CHANNEL,
        "--retain-until",
        "2099-12-31",
        "--attest",
        "composed pictures",
      ]),
    );
    const enrol = (person: string, consents: readonly string[]) =>
      run<{ person: string }>(
        ["join", "--collection", COLLECTION, "--selfie", selfieOf(person), "--given", "desk"].concat(
          ["--staff", "bench"],
          consents.flatMap((consent) => ["--consent", consent]),
        ),
      );
    const leaver = await enrol(set.person, ["find-me", `publish:${CHANNEL}`, "publish:companions"]);
    const others = (await enrolledPeople()).filter((person) => person !== set.person).slice(0, OTHERS);
    for (const person of others) await enrol(person, ["find-me"]);
    const imported = await run<{ photos: number; faces: number }>([
      "import",
      set.folder,
      "--collection",
      COLLECTION,
    ]);
    const id = leaver.answer.person;
    const found = await run<readonly unknown[]>(["find", id, "--reason", "benchmark"]);
    const published = await run<{ renditions: number }>(
      ["publish", "--collection", COLLECTION, "--channel", CHANNEL, "--out", join(scratch, "out")].concat([
        "--reveal",
        "matched",
        "--reviewed-by",
        "bench",
      ]),
    );
    const delivered = await run([
      "deliver",
      id,
      "--out",
      join(scratch, "delivered"),
      "--reason",
      "benchmark",
    ]);
    const withdrawn = await run<Left>(["withdraw", id]);
    const swept = await run<{ clean: boolean }>(["prove"]);
    const erased = await run<Left>(["erase", id]);
    const proven = await run<{ clean: boolean }>(["prove", "--person", id]);
    const result = {
      photos: imported.answer.photos,
      faces: imported.answer.faces,
      photosWithPerson: withPerson,
      photosMatched: found.answer.length,
      renditions: published.answer.renditions,
      importMs: imported.ms,
      publishMs: published.ms,
      deliverMs: delivered.ms,
      stoppedMs: withdrawn.answer.stoppedMs,
      erasedMs: withdrawn.answer.erasedMs,
      commandMs: withdrawn.ms,
      steps: withdrawn.answer.steps ?? [],
      cleanAfterWithdrawal: swept.answer.clean,
      eraseStoppedMs: erased.answer.stoppedMs,
      eraseErasedMs: erased.answer.erasedMs,
      nothingLeftOfPerson: proven.answer.clean,
    };
    const text = [
      markdownTable(
        ["", "measured", "aim"],
        [
          [
            "photos, with the person, matched to the person",
            `${result.photos}, ${withPerson}, ${result.photosMatched}`,
            "",
          ],
          ["published renditions", String(result.renditions), ""],
          ["use stopped after", `${(result.stoppedMs / 1000).toFixed(2)} s`, "1 s"],
          ["all erased and rendered again after", `${(result.erasedMs / 1000).toFixed(2)} s`, "60 s"],
          ["the whole command, with start and end", `${(result.commandMs / 1000).toFixed(2)} s`, ""],
          [
            "residue sweep after the withdrawal",
            result.cleanAfterWithdrawal ? "clean" : "NOT CLEAN",
            "clean",
          ],
          [
            "then erase: stopped, erased after",
            `${(result.eraseStoppedMs / 1000).toFixed(2)} s, ${(result.eraseErasedMs / 1000).toFixed(2)} s`,
            "1 s, 60 s",
          ],
          [
            "residue sweep for the person after it",
            result.nothingLeftOfPerson ? "clean" : "NOT CLEAN",
            "clean",
          ],
        ],
      ),
      markdownTable(
        ["step of the withdrawal", "ms"],
        result.steps.map(({ step, ms }) => [step, ms.toFixed(0)]),
      ),
    ].join("\n\n");
    const path = await writeResult("withdraw", { method: METHOD, machine, ...result }, text);
    console.log(`${text}\n\nwritten to ${path}.json and .md`);
    if (!result.cleanAfterWithdrawal || !result.nothingLeftOfPerson) process.exitCode = 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const METHOD = [
  "One collection of composed photos of 2048 x 1365 pixels; once the composed ones run out, mirror images of them. The person who leaves is in as many as the table says, 64 px tall at least; nine others are enrolled and agreed to being found only.",
  "Through the command line: collection create, join, import, publish (matched faces of those who agreed are shown), deliver, withdraw of everything, prove, erase, prove. The times are those that `withdraw` states, from its start to the commit (stopped) and to the end of erasing and rendering (erased).",
];
