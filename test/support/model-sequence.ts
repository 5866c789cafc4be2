import fc from "fast-check";
import type { Reveal } from "../../src/db/index.ts";
import {
  challenged,
  isErased,
  joinsAtDesk,
  joinsOnline,
  switchesOn,
  withdraws,
} from "./model-consent-steps.ts";
import {
  type Decision,
  isDecided,
  isDelivered,
  looksFor,
  objects,
  photoArrives,
  publishes,
  settles,
  takesBack,
  timePasses,
} from "./model-photo-steps.ts";
import { CAST, type Step, USES, type Use, named } from "./model-stage.ts";
import { INTERNAL_CHANNEL, PUBLIC_CHANNEL } from "./model-world.ts";

const who = fc.integer({ min: 0, max: CAST - 1 });
const place = fc.integer({ min: 0, max: 1 });
const any = fc.nat({ max: 30 });
const channel = fc.constantFrom(PUBLIC_CHANNEL, INTERNAL_CHANNEL);
const use = fc.constantFrom(...USES);
/** Mostly with find-me, without which there is no keep-template, and much else that later steps can take back. */
const uses = fc
  .tuple(fc.oneof(fc.constant(USES), fc.subarray([...USES])), fc.constantFrom(true, true, true, false))
  .map(([list, findMe]) =>
    findMe
      ? withFindMe(list)
      : list.filter((one) => one.purpose !== "find-me" && one.purpose !== "keep-template"),
  );

function withFindMe(list: readonly Use[]): readonly Use[] {
  return USES.filter((one) => one.purpose === "find-me" || list.includes(one));
}

const faces = fc.array(
  fc.record({ who: fc.integer({ min: 0, max: CAST }), clear: fc.constantFrom(true, true, true, false) }),
  { maxLength: 3 },
);
const killed = fc.constantFrom(false, false, true);

/** Somebody is found in a photo of two, and it is published: without that, little of what follows would matter. */
const beginning: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(place, uses).map(([c, list]) => joinsOnline(0, c, withFindMe(list), true, true)),
  fc
    .tuple(place, uses, fc.integer({ min: 5, max: 60 }))
    .map(([c, list, days]) => joinsAtDesk(1, c, withFindMe(list), days)),
  ...[0, 1].map((c) =>
    fc.constantFrom([0, 1], [0, 2], [1], [1, 0, 3]).map((list) =>
      photoArrives(
        c,
        list.map((n) => ({ who: n, clear: true })),
      ),
    ),
  ),
  fc.tuple(place, channel, fc.constant<Reveal>("matched")).map((a) => publishes(...a)),
  fc.constantFrom(0, 1).map(isDelivered),
];

/** What of theirs somebody takes back: find-me as often as anything else, because most goes with it. */
const taken = fc.oneof(
  fc.constant(USES.filter((one) => one.purpose === "find-me")),
  use.map((one) => [one]),
);

/** Random steps, the frequent ones twice. */
const anything: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(who, place, uses, fc.boolean(), fc.boolean()).map((a) => joinsOnline(...a)),
  fc.tuple(who, place, uses, fc.constant(true), fc.constant(true)).map((a) => joinsOnline(...a)),
  fc.tuple(who, place, uses, fc.integer({ min: 5, max: 60 })).map((a) => joinsAtDesk(...a)),
  fc.tuple(who, place, fc.boolean()).map((a) => challenged(...a)),
  fc.tuple(who, place, use).map((a) => switchesOn(...a)),
  fc.tuple(who, place, use).map((a) => switchesOn(...a)),
  fc
    .tuple(
      who,
      fc.option(place),
      fc.option(fc.uniqueArray(use, { minLength: 1, maxLength: 2, selector: named }), { freq: 5 }),
      fc.record({ dropTags: fc.boolean(), killed }),
    )
    .map((a) => withdraws(...a)),
  fc
    .tuple(who, fc.option(place), taken, fc.record({ dropTags: fc.constant(false), killed }))
    .map((a) => withdraws(...a)),
  fc.tuple(who, killed).map((a) => isErased(...a)),
  fc.integer({ min: 1, max: 45 }).map(timePasses),
  fc.integer({ min: 20, max: 45 }).map(timePasses),
  fc.constant(0).map(settles),
  fc.tuple(place, faces).map((a) => photoArrives(...a)),
  fc.tuple(place, faces).map((a) => photoArrives(...a)),
  fc.tuple(who, place).map((a) => looksFor(...a)),
  fc
    .tuple(
      fc.constantFrom<Decision>(
        "staff tag",
        "staff confirm",
        "staff reject",
        "they say yes",
        "they say no",
        "staff untag",
      ),
      who,
      any,
    )
    .map((a) => isDecided(...a)),
  fc.tuple(fc.constantFrom<Decision>("staff tag", "they say yes"), who, any).map((a) => isDecided(...a)),
  fc.tuple(fc.constantFrom("person", "photo"), any).map((a) => objects(...a)),
  any.map(takesBack),
  fc.tuple(place, channel, fc.constantFrom<Reveal>("confirmed", "matched")).map((a) => publishes(...a)),
  fc.tuple(place, channel, fc.constant<Reveal>("matched")).map((a) => publishes(...a)),
  who.map(isDelivered),
];

export const sequence: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.tuple(...beginning),
    fc.array(fc.oneof(...anything), { minLength: 8, maxLength: 16, size: "max" }),
  )
  .map(([first, then]) => [...first, ...then]);
