import type { Command } from "commander";
import {
  acceptConflict,
  clearFace,
  confirmMatch,
  listConflicts,
  listFaces,
  markFace,
  rejectMatch,
  tagFace,
  untagFace,
} from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface ActOptions extends CommonOptions {
  readonly actor?: string;
}

export function addTagCommands(program: Command, door: Door): void {
  action(
    program
      .command("faces")
      .description("the faces of a photo, with their ids and how each stands; no names")
      .argument("<file>", "the photo's name in the imported folder, or its id")
      .requiredOption("--collection <name>", "its name or id"),
    door,
    async (instance, output, options: ActOptions & { readonly collection: string }, file: string) => {
      const faces = await listFaces(instance, { file, collection: options.collection });
      output.answer(faces, () =>
        faces.length === 0
          ? "No face in this photo."
          : table([
              ["face", "box", "detected", "standing"],
              ...faces.map((f) => [f.face, f.box.join(","), f.detection, f.standing]),
            ]),
      );
    },
  );

  action(
    program
      .command("tag")
      .description("say by hand that a face is a person who joined")
      .argument("<face>", "id of the face (see: assent faces)")
      .argument("<person>", "id of the person")
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions, face: string, person: string) => {
      const done = await tagFace(instance, { face, person, actor: options.actor ?? instance.actor });
      output.answer(done, () => "Tagged.");
    },
  );

  action(
    program
      .command("untag")
      .description("take a tag by hand back; the face may be tagged again")
      .argument("<face>", "id of the face (see: assent faces)")
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions, face: string) => {
      const done = await untagFace(instance, { face, actor: options.actor ?? instance.actor });
      output.answer(done, () => "Taken back.");
    },
  );

  action(
    program
      .command("mark")
      .description("mark a place that the detector missed, so that it is hidden")
      .argument("<file>", "the photo's name in the imported folder, or its id")
      .argument("<box>", "x,y,w,h in pixels of the upright photo")
      .requiredOption("--collection <name>", "its name or id")
      .addOption(actorOption()),
    door,
    async (
      instance,
      output,
      options: ActOptions & { readonly collection: string },
      file: string,
      box: string,
    ) => {
      const marked = await markFace(instance, {
        file,
        box,
        collection: options.collection,
        actor: options.actor ?? instance.actor,
      });
      output.answer(marked, () => `Marked as face ${marked.face}. Publish again to hide it.`);
    },
  );

  action(
    program
      .command("clear")
      .description(
        "a face whose owner is not enrolled need not keep its photo from being looked through (all-cleared)",
      )
      .argument("<face>", "id of the face")
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions, face: string) => {
      const done = await clearFace(instance, { face, actor: options.actor ?? instance.actor });
      output.answer(done, () =>
        done.photoCleared
          ? `Cleared, and with it the whole photo: ${done.matched} matched, ${done.asked} asked.`
          : "Cleared. Other faces of this photo are not cleared yet.",
      );
    },
  );

  const conflict = program
    .command("conflict")
    .description("enrolments frozen because their face is near an earlier person's")
    .helpCommand(false);
  action(
    conflict.command("list").description("those to be settled by the data-protection officer"),
    door,
    async (instance, output) => {
      const open = await listConflicts(instance);
      output.answer(open, () =>
        open.length === 0
          ? "No conflict."
          : table([
              ["enrolment", "frozen person", "earlier person", "since"],
              ...open.map((one) => [one.enrolment, one.person, one.earlierPerson, one.at]),
            ]),
      );
    },
  );
  action(
    conflict
      .command("accept")
      .description(
        "both are real and look alike: their faces are asked for ever (a false claim is ended by: assent erase)",
      )
      .argument("<enrolment>", "id of the frozen enrolment")
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions, enrolment: string) => {
      const done = await acceptConflict(instance, { enrolment, actor: options.actor ?? instance.actor });
      output.answer(done, () => "Both are enrolled now; where one of them may be, they are asked.");
    },
  );

  const group = program.command("match").description("answer a suggestion").helpCommand(false);
  for (const [verb, act, said] of [
    ["confirm", confirmMatch, "Confirmed."],
    ["reject", rejectMatch, "Rejected; it is never suggested again."],
  ] as const) {
    action(
      group
        .command(verb)
        .description(
          verb === "confirm" ? "this face is that person" : "this face is not that person, for ever",
        )
        .argument("<face>", "id of the face")
        .argument("<person>", "id of the person")
        .addOption(actorOption()),
      door,
      async (instance, output, options: ActOptions, face: string, person: string) => {
        const done = await act(instance, { face, person, actor: options.actor ?? instance.actor });
        output.answer(done, () => said);
      },
    );
  }
}
