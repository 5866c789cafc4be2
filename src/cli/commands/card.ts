import type { Command } from "commander";
import { listCards, listSeenCards, stopCard } from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface CardOptions extends CommonOptions {
  readonly collection: string;
  readonly actor?: string;
}

export function addCardCommands(program: Command, door: Door): void {
  const group = program
    .command("card")
    .description("cards that people hold up before the camera (made by: assent invite --card)")
    .helpCommand(false);
  action(
    group
      .command("list")
      .description("the cards of a collection: whether somebody has joined by each; never who")
      .requiredOption("--collection <name>", "its name or id"),
    door,
    async (instance, output, options: CardOptions) => {
      const cards = await listCards(instance, options);
      output.answer(cards, () =>
        cards.length === 0
          ? "There is no card. Make some with: assent invite --help"
          : table([
              ["code", "state", "minutes of photos after it"],
              ...cards.map((card) => [card.code, card.state, String(card.seriesMinutes)]),
            ]),
      );
    },
  );
  action(
    group
      .command("seen")
      .description(
        "the photos in which a code was seen, and what stands in the way where no face is anybody's by it",
      )
      .requiredOption("--collection <name>", "its name or id"),
    door,
    async (instance, output, options: CardOptions) => {
      const seen = await listSeenCards(instance, options);
      output.answer(seen, () =>
        seen.length === 0
          ? "No code was seen in these photos."
          : table([
              ["photo", "code", "standing", "face"],
              ...seen.map((one) => [one.file, one.code ?? "", one.standing, one.face]),
            ]),
      );
    },
  );
  action(
    group
      .command("end")
      .description("a card was lost, copied or held up by somebody else: it gives nobody photos any more")
      .argument("<code>", "as printed below the square that the camera reads")
      .requiredOption("--collection <name>", "its name or id")
      .addOption(actorOption()),
    door,
    async (instance, output, options: CardOptions, code: string) => {
      const { collection } = options;
      const done = await stopCard(instance, { collection, code, actor: options.actor ?? instance.actor });
      output.answer(done, () => "The card has ended. What it gave that nobody confirmed is taken back.");
    },
  );
}
