import type { Command } from "commander";
import { findPerson, listLooks, listLookVolumes, lookUp } from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface LookOptions extends CommonOptions {
  readonly reason: string;
  readonly actor?: string;
  readonly collection?: string;
}

const boxText = (box: readonly number[]): string => box.join(",");

export function addLookCommands(program: Command, door: Door): void {
  action(
    program
      .command("find")
      .description("the photos that a person is in (a look: the person sees who asked and why)")
      .argument("<person>", "id of the person")
      .requiredOption("--reason <text>", "why, as the person will read it")
      .addOption(actorOption()),
    door,
    async (instance, output, options: LookOptions, person: string) => {
      const found = await findPerson(instance, {
        person,
        reason: options.reason,
        actor: options.actor ?? instance.actor,
      });
      output.answer(found, () =>
        found.length === 0
          ? "In no photo."
          : table([
              ["file", "box", "state", "face"],
              ...found.map((one) => [one.file, boxText(one.box), one.state, one.face]),
            ]),
      );
    },
  );

  action(
    program
      .command("lookup")
      .description("who is in a picture, among those who agreed to be asked about (a look)")
      .argument("<picture>", "a file; neither it nor its hash is kept")
      .requiredOption("--reason <text>", "why, as the people found will read it")
      .option("--collection <name>", "among the people of this collection only")
      .addOption(actorOption()),
    door,
    async (instance, output, options: LookOptions, picture: string) => {
      const answer = await lookUp(instance, {
        picture,
        reason: options.reason,
        actor: options.actor ?? instance.actor,
        collection: options.collection,
      });
      output.answer(answer, () =>
        answer.faces.length === 0
          ? "No face in this picture."
          : answer.faces
              .map((face) =>
                face.person
                  ? `${boxText(face.box)}: ${face.person.name ?? "(no name given)"} (${face.person.id}), in ${face.person.photos} photos`
                  : `${boxText(face.box)}: nobody who agreed to be found`,
              )
              .join("\n"),
      );
    },
  );

  action(
    program
      .command("looks")
      .description(
        "who looked at a person, when and why; without a person: which account looked how much since yesterday",
      )
      .argument("[person]", "id of the person"),
    door,
    async (instance, output, _options: CommonOptions, person: string | undefined) => {
      if (person === undefined) {
        const volumes = await listLookVolumes(instance);
        output.answer(volumes, () =>
          volumes.length === 0
            ? "Nobody has looked anybody up."
            : table([
                ["who", "looks", "at people", "a day before", ""],
                ...volumes.map((one) => [
                  one.actor,
                  String(one.today),
                  String(one.people),
                  one.mean.toFixed(1),
                  one.unusual ? "unusual" : "",
                ]),
              ]),
        );
        return;
      }
      const looks = await listLooks(instance, person);
      output.answer(looks, () =>
        looks.length === 0
          ? "Nobody has looked."
          : table([
              ["when", "what", "who", "why"],
              ...looks.map((look) => [look.at, look.kind, look.actor, look.reason]),
            ]),
      );
    },
  );
}
