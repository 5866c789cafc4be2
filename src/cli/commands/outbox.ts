import type { Command } from "commander";
import { openSender, UNNAMED } from "../../app/index.ts";
import { AssentError } from "../../core/index.ts";
import {
  cancelLetter,
  handOverLetter,
  listOutbox,
  openLetter,
  sendOutbox,
  type InvitedByMail,
  type Sender,
} from "../../flows/index.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface ActOptions extends CommonOptions {
  readonly actor?: string;
}

/** Invitations addressed to somebody, while they wait to be sent or handed over. */
export function addOutboxCommands(program: Command, door: Door): void {
  const group = program
    .command("outbox")
    .description("invitations for somebody, while they wait to be sent or handed over")
    .helpCommand(false);
  action(
    group.command("list").description("what waits, oldest first: for whom, since when, and what went wrong"),
    door,
    async (instance, output) => {
      const waiting = await listOutbox(instance);
      output.answer(waiting, () =>
        waiting.length === 0
          ? "Nothing waits."
          : table([
              ["letter", "for", "to", "collection", "since", "not sent because"],
              ...waiting.map((one) => [
                one.letter,
                one.child === null ? "a person" : `the guardian of ${one.child}`,
                one.to,
                one.collection.name,
                one.since.slice(0, 10),
                one.failure === null ? "-" : FAILURES[one.failure],
              ]),
            ]),
      );
    },
  );
  action(
    group
      .command("show")
      .description("the message of a letter, to be sent or handed over by hand")
      .argument("<letter>", "its id"),
    door,
    async (instance, output, _: CommonOptions, letter: string) => {
      const { publicUrl, serving } = door.configuration();
      const organisation = serving.organisation ?? UNNAMED;
      const opened = await openLetter(instance, letter, { publicUrl, organisation });
      output.answer(opened, () => `To: ${opened.to}\nSubject: ${opened.subject}\n\n${opened.text}`);
    },
  );
  for (const [verb, description, act, done] of [
    [
      "handed-over",
      "you have given it to them: address and link are erased, the invitation stays open",
      handOverLetter,
      "Noted. Address and link are erased.",
    ],
    [
      "cancel",
      "nobody gets it: the invitation has ended, address and link are erased",
      cancelLetter,
      "The invitation has ended. Address and link are erased.",
    ],
  ] as const) {
    action(
      group.command(verb).description(description).argument("<letter>", "its id").addOption(actorOption()),
      door,
      async (instance, output, options: ActOptions, letter: string) => {
        await act(instance, { letter, actor: options.actor ?? instance.actor });
        output.answer({ letter, state: verb === "cancel" ? "cancelled" : verb }, () => done);
      },
    );
  }
  action(
    group.command("send").description("try now to send everything that waits, by the mail server"),
    door,
    async (instance, output) => {
      const result = await whileSending(door, (sender) => {
        if (!sender) {
          throw new AssentError("refused", "no mail server is set", {
            remedy: "Set ASSENT_SMTP and ASSENT_MAIL_FROM, or hand the letters over: assent outbox show.",
          });
        }
        return sendOutbox(instance, sender, "now");
      });
      output.answer(result, () => `${result.sent} sent, ${result.failed} still waiting.`);
    },
  );
}

const FAILURES = {
  address: "the mail server refuses the address",
  server: "the mail server could not be reached, or took nothing",
} as const;

/** What became of an invitation for somebody, in a sentence. */
export function triedWords({ state, failure, letter }: InvitedByMail): string {
  if (state === "sent") return "The invitation is sent.";
  const why = failure === null ? "No mail server is set" : `Not sent: ${FAILURES[failure]}`;
  return `${why}. It waits in the outbox: assent outbox show ${letter}`;
}

/** Lends what messages are sent by, where a mail server is set, and closes it. */
export async function whileSending<T>(
  door: Door,
  work: (sender: Sender | undefined) => Promise<T>,
): Promise<T> {
  const configuration = door.configuration();
  const sender = openSender(configuration, configuration.publicUrl);
  try {
    return await work(sender);
  } finally {
    sender?.mailer.close();
  }
}
