import { Option, type Command } from "commander";
import type { ListedRequest, RequestOutcome } from "../../flows/index.ts";
import {
  closeRequest,
  incidents,
  listClaims,
  listRequests,
  REQUEST_OUTCOMES,
  settleClaim,
} from "../../flows/index.ts";
import { addDemandRequests } from "./demands.ts";
import { action, actorOption, type CommonOptions, type Door } from "../door.ts";
import { table } from "../output.ts";

interface ActOptions extends CommonOptions {
  readonly actor?: string;
}

/** What people ask for from their pages, for staff to settle. */
export function addRequestCommands(program: Command, door: Door): void {
  addRequests(program, door);
  addClaims(program, door);
  action(
    program
      .command("incidents")
      .description("how often a face was given to a wrong person automatically, as those persons said"),
    door,
    async (instance, output) => {
      const counted = await incidents(instance);
      output.answer(counted, () =>
        counted.length === 0
          ? "None."
          : table([
              ["collection", "model pack", "policy", "wrong", "faces searched"],
              ...counted.map((one) => [
                one.collection,
                one.pack,
                one.policy,
                String(one.wrong),
                String(one.faces),
              ]),
            ]),
      );
    },
  );
}

function addRequests(program: Command, door: Door): void {
  const requests = program
    .command("requests")
    .description(
      "what anybody asked (hide me, report this photo) and what people demand by law, with the time to answer",
    )
    .helpCommand(false);
  action(
    requests
      .command("list")
      .description("open requests, due first; what was written in them is there until they are closed")
      .option("--all", "closed ones as well"),
    door,
    async (instance, output, options: CommonOptions & { readonly all?: true }) => {
      const listed = await listRequests(instance, { all: options.all === true });
      output.answer(listed, () =>
        listed.length === 0
          ? "No request."
          : listed
              .map((one) =>
                [
                  `${one.request}  ${one.kind}  ${standingOf(one)}`,
                  ...(one.person ? [`  person: ${one.person}`] : []),
                  ...(isAboutPhoto(one)
                    ? [
                        `  photo: ${one.file ?? "gone since"} (${one.collection?.name ?? "-"}), face: ${one.face ?? "none found at the place"}`,
                      ]
                    : []),
                  ...(one.extension ? [`  two months more, because: ${one.extension}`] : []),
                  ...(one.place
                    ? [`  place: ${percent(one.place.x)} from the left, ${percent(one.place.y)} from the top`]
                    : []),
                  ...(one.contact ? [`  contact: ${one.contact} (${one.language})`] : []),
                  ...(one.note ? [`  note: ${one.note}`] : []),
                ].join("\n"),
              )
              .join("\n"),
      );
    },
  );
  action(
    requests
      .command("close")
      .description(
        "hidden: that face is never matched again; withheld: the photo stays off public channels; no-change: neither. " +
          "What a person demanded ends as done, or refused (tell them why). Contact and note are forgotten, so answer first",
      )
      .argument("<request>", "id of the request")
      .addOption(
        new Option("--outcome <outcome>", "how it ends").choices(REQUEST_OUTCOMES).makeOptionMandatory(),
      )
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions & { readonly outcome: RequestOutcome }, request: string) => {
      const staff = options.actor ?? instance.actor;
      const done = await closeRequest(instance, request, options.outcome, staff);
      output.answer(done, () => `Closed: ${done.outcome}. ${done.rendered} pictures were made again.`);
    },
  );
  addDemandRequests(requests, door);
}

function standingOf(one: ListedRequest): string {
  if (one.outcome !== null) return one.outcome;
  return `${one.overdue ? "OVERDUE since" : "due"} ${one.dueAt.slice(0, 10)}`;
}

function isAboutPhoto(one: ListedRequest): boolean {
  return one.kind === "hide-me" || one.kind === "report" || one.file !== null;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function addClaims(program: Command, door: Door): void {
  const claims = program
    .command("claims")
    .description('"this is me", said without face recognition')
    .helpCommand(false);
  action(
    claims
      .command("list")
      .description("those that wait for a card or a member of staff; a look at each person")
      .option("--reason <text>", "why you look, as these people will read it")
      .addOption(actorOption()),
    door,
    async (instance, output, options: ActOptions & { readonly reason?: string }) => {
      const actor = options.actor ?? instance.actor;
      const open = await listClaims(instance, { actor, reason: options.reason });
      output.answer(open, () =>
        open.length === 0
          ? "No claim."
          : table([
              ["claim", "person", "collection", "file", "box", "since"],
              ...open.map((one) => [
                one.claim,
                one.person,
                one.collection.name,
                one.file,
                one.box.join(","),
                one.at,
              ]),
            ]),
      );
    },
  );
  for (const [verb, accepted, description] of [
    ["accept", true, "the person is before you, or their card: this face is theirs"],
    ["refuse", false, "this face is not theirs; they cannot claim it again"],
  ] as const) {
    action(
      claims
        .command(verb)
        .description(description)
        .argument("<claim>", "id of the claim")
        .addOption(actorOption()),
      door,
      async (instance, output, options: ActOptions, claim: string) => {
        const done = await settleClaim(instance, claim, accepted, options.actor ?? instance.actor);
        output.answer(done, () => (accepted ? "Accepted: it is theirs to see." : "Refused."));
      },
    );
  }
}
