import type { Command } from "commander";
import { join } from "../../flows/index.ts";
import { action, collect, type CommonOptions, type Door } from "../door.ts";
import type { Progress } from "../output.ts";

interface JoinOptions extends CommonOptions {
  readonly collection: string;
  readonly selfie?: readonly string[];
  readonly consent?: readonly string[];
  readonly person?: string;
  readonly name?: string;
  readonly email?: string;
  readonly until?: string;
  readonly language: string;
  readonly given: string;
  readonly scan?: string;
  readonly staff?: string;
  readonly secondStaff?: string;
}

export function addJoinCommand(program: Command, door: Door): void {
  action(
    program
      .command("join")
      .description("enrol a person who is there, or whose signed paper is, vouched for by staff")
      .requiredOption("--collection <name>", "its name or id")
      .option("--selfie <file>", "a picture of this person alone, needed for find-me (repeatable)", collect)
      .option(
        "--consent <purpose>",
        "find-me, keep-template, show-name, contact, publish:CHANNEL (publish:companions: others in the same photo) (repeatable)",
        collect,
      )
      .option("--person <id>", "somebody who joined another collection before, rather than a new person")
      .option("--name <text>", "kept sealed under the person's own key")
      .option("--email <address>", "kept sealed; needs --consent contact")
      .option(
        "--until <date>",
        "last day of the consents (default and latest: the collection's retention date)",
      )
      .option("--language <code>", "of the texts agreed to: fr or en", "en")
      .option("--given <how>", "desk: the person is here; paper: a signed form is", "desk")
      .option(
        "--scan <file>",
        "of what was signed, needed with --given paper: its hash is kept, the scan is not",
      )
      .option("--staff <name>", "who vouches for the person (default: ASSENT_ACTOR, or your account)")
      .option("--second-staff <name>", "a second person, for more than 20 enrolments a day by one account"),
    door,
    async (instance, output, options: JoinOptions) => {
      let bar: Progress | undefined;
      const joined = await join(instance, {
        collection: options.collection,
        selfies: options.selfie ?? [],
        consents: options.consent ?? [],
        person: options.person,
        name: options.name,
        email: options.email,
        until: options.until,
        language: options.language,
        given: options.given,
        scan: options.scan,
        staff: options.staff ?? instance.actor,
        secondStaff: options.secondStaff,
        progress: (done, total) => (bar ??= output.progress(total, "photos")).step(done, total),
      }).finally(() => bar?.end());
      output.answer(joined, () =>
        [
          `Person ${joined.person} has joined.`,
          `Consent receipt, to hand over: ${joined.receipt}`,
          ...(joined.state === "frozen"
            ? [
                "This face is very near to that of somebody enrolled earlier. The enrolment is frozen: nothing is looked for until the data-protection officer has settled it.",
              ]
            : []),
          ...(joined.searched > 0
            ? [`Looked at ${joined.searched} faces: ${joined.matched} matched, ${joined.asked} to be asked.`]
            : []),
        ].join("\n"),
      );
    },
  );
}
