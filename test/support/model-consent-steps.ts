import * as flows from "../../src/flows/index.ts";
import type { Id } from "../../src/core/index.ts";
import type { Purpose } from "../../src/db/index.ts";
import { drawPhoto, faceOf } from "./drawn-photos.ts";
import {
  DAY_MS,
  type Step,
  USES,
  type Use,
  faceName,
  has,
  isOpen,
  named,
  nothing,
  until,
} from "./model-stage.ts";
import {
  type World,
  agree,
  endConsents,
  erasePerson,
  isFound,
  isHeld,
  isLive,
  isPublic,
  lookThrough,
  make,
  makeAgain,
  mayKeepTemplate,
  person,
  runOut,
  stopStale,
} from "./model-world.ts";
import { join } from "node:path";

const KEPT_DAYS = 730;
const keptUntil = (world: World): number => world.now() + KEPT_DAYS * DAY_MS;
const end = (world: World, c: number, purpose: Purpose): number =>
  purpose === "keep-template" ? keptUntil(world) : until(world, c);

export function isJoinable(world: World, c: number): boolean {
  const collection = world.collections[c];
  return isOpen(world, c) && !collection?.closed && world.now() < (collection?.joinUntil ?? 0);
}

/** New, or known from another collection. */
function mayJoin(world: World, w: number, c: number): boolean {
  return isJoinable(world, c) && world.people.get(w)?.enrolments.has(c) !== true;
}

function joined(world: World, w: number, id: Id, c: number, state: "provisional" | "vouched"): void {
  if (!world.people.has(w)) {
    const someone = { id, enrolments: new Map(), templates: new Set<number>(), consents: new Map() };
    world.people.set(w, { ...someone, objects: false });
  }
  person(world, w).enrolments.set(c, state);
}

/** Ends what time has ended already, as whatever writes down a no does first. */
function endRunOut(world: World, w: number): void {
  const scopes = runOut(world, w);
  if (scopes.length > 0) endConsents(world, w, scopes);
}

/** What shows somebody's photos in a channel is made again once they agree to it. */
function showAgain(world: World, w: number, c: number, among: readonly Use[]): void {
  for (const rendition of world.renditions) {
    const { audience, photo, state } = rendition;
    if (!("channel" in audience) || photo.collection !== c || !isFound(w, photo)) continue;
    if (!among.some((one) => one.channel === audience.channel)) continue;
    if (isPublic(rendition) && isHeld(world, photo)) rendition.state = "off";
    else if (state !== "off") make(world, rendition);
    else rendition.state = "due";
  }
}

export function joinsOnline(
  w: number,
  c: number,
  list: readonly Use[],
  enrols: boolean,
  looks: boolean,
): Step {
  return {
    text: `${w} joins ${c} on their phone, agreeing to ${list.map(named).join(", ") || "nothing"}${enrols ? ", passes the challenge" : ""}${enrols && looks ? ", is looked for" : ""}`,
    possible: (world) => mayJoin(world, w, c),
    async act(stage, world) {
      const collection = world.collections[c]?.id ?? "";
      const made = await flows.invite(stage.parts, { collection, kind: "single", actor: "a clerk" });
      const known = world.people.get(w)?.id;
      const done = await flows.joinOnline(stage.parts, {
        invitation: made.invitations[0]?.secret ?? "",
        language: "en",
        declared: true,
        minimumAge: 15,
        consents: list,
        as: known === undefined ? undefined : { person: known, guardian: null },
      });
      if (enrols && has(list, "find-me")) {
        const { person } = done;
        await flows.enrolLive(stage.parts, { person, collection, embeddings: [faceOf(faceName(stage, w))] });
        if (looks) await flows.lookFor(stage.parts, { person, collection });
      }
      return done.person;
    },
    apply(world, id) {
      if (world.people.has(w)) endRunOut(world, w);
      joined(world, w, id as Id, c, "provisional");
      for (const one of list) agree(world, w, { ...one, collection: c }, end(world, c, one.purpose));
      makeAgain(world);
      showAgain(world, w, c, list);
      if (enrols && has(list, "find-me")) enrolled(world, w, c, looks);
    },
  };
}

function enrolled(world: World, w: number, c: number, looks: boolean): void {
  const someone = person(world, w);
  someone.templates.add(c);
  if (someone.enrolments.get(c) === "provisional") someone.enrolments.set(c, "live");
  const collection = world.collections[c];
  if (collection) collection.due = true;
  if (looks) lookThrough(world, c);
  makeAgain(world);
}

export function joinsAtDesk(w: number, c: number, list: readonly Use[], days: number): Step {
  const asked = list.filter((one) => one.purpose !== "staff-lookup");
  const lastDay = (world: World): string =>
    new Date(Math.min(world.now() + days * DAY_MS, until(world, c) - DAY_MS)).toISOString().slice(0, 10);
  return {
    text: `${w} joins ${c} at the desk, agreeing to ${asked.map(named).join(", ")} for ${days} days`,
    possible: (world) =>
      asked.length > 0 && mayJoin(world, w, c) && until(world, c) - world.now() > 2 * DAY_MS,
    async act(stage, world) {
      const selfie = join(stage.folder, `selfie ${faceName(stage, w)}.jpg`);
      await drawPhoto(selfie, [{ who: faceName(stage, w), clear: true }]);
      const ends = lastDay(world);
      const { person } = await flows.join(stage.parts, {
        collection: world.collections[c]?.id ?? "",
        selfies: has(asked, "find-me") ? [selfie] : [],
        consents: asked.map(named),
        person: world.people.get(w)?.id,
        name: undefined,
        email: undefined,
        until: ends,
        language: "en",
        given: "desk",
        staff: `the desk of ${stage.run}`,
        secondStaff: undefined,
        progress: nothing,
      });
      return { person, ends: Date.parse(ends) + DAY_MS };
    },
    apply(world, result) {
      const { person: id, ends } = result as { person: Id; ends: number };
      joined(world, w, id, c, "vouched");
      for (const one of asked) {
        const kept = one.purpose === "keep-template";
        agree(world, w, { ...one, collection: c }, kept ? keptUntil(world) : ends);
      }
      showAgain(world, w, c, asked);
      if (has(asked, "find-me")) enrolled(world, w, c, true);
    },
  };
}

export function challenged(w: number, c: number, looks: boolean): Step {
  return {
    text: `${w} passes the challenge in ${c}${looks ? " and is looked for" : ""}`,
    possible: (world) => isOpen(world, c) && world.people.has(w),
    refused(world) {
      if (!person(world, w).enrolments.has(c)) return "not-found";
      return isLive(world, w, "find-me", c) ? undefined : "no-consent";
    },
    async act(stage, world) {
      const order = { person: person(world, w).id, collection: world.collections[c]?.id ?? "" };
      await flows.enrolLive(stage.parts, { ...order, embeddings: [faceOf(faceName(stage, w))] });
      if (looks) await flows.lookFor(stage.parts, order);
    },
    apply: (world) => enrolled(world, w, c, looks),
  };
}

export function switchesOn(w: number, c: number, one: Use): Step {
  const isKept = one.purpose === "keep-template";
  return {
    text: `${w} switches ${named(one)} on in ${c}`,
    possible: (world) => isOpen(world, c) && world.people.has(w),
    refused(world) {
      const { enrolments } = person(world, w);
      const mine = [...enrolments.keys()].filter((n) => isOpen(world, n));
      if (!isKept && !enrolments.has(c)) return "not-found";
      const about = isKept ? mine.sort((a, b) => until(world, b) - until(world, a))[0] : c;
      if (about === undefined || until(world, about) <= world.now()) return "refused";
      if (isKept && ![0, 1].some((n) => isLive(world, w, "find-me", n))) return "refused";
      const hasTemplate = [...person(world, w).templates].some((n) => mayKeepTemplate(world, w, n));
      if (one.purpose === "find-me" && !isJoinable(world, c) && !hasTemplate) return "refused";
      return undefined;
    },
    applyRefused(world, code) {
      // What has run out is ended before it is known whether the yes can be taken.
      if (code !== "refused") return;
      endRunOut(world, w);
      makeAgain(world);
    },
    async act(stage, world) {
      await flows.switchConsent(stage.parts, person(world, w).id, {
        ...one,
        collection: isKept ? null : (world.collections[c]?.id ?? ""),
        on: true,
        language: "en",
      });
    },
    apply(world) {
      endRunOut(world, w);
      makeAgain(world);
      const { templates, enrolments } = person(world, w);
      agree(world, w, { ...one, collection: c }, end(world, c, one.purpose));
      const isKnown = [...templates].some(
        (n) => enrolments.get(n) !== "provisional" && mayKeepTemplate(world, w, n),
      );
      const collection = world.collections[c];
      if (one.purpose === "find-me" && isKnown && collection) collection.due = true;
      showAgain(world, w, c, [one]);
    },
  };
}

export function withdraws(
  w: number,
  c: number | null,
  list: readonly Use[] | null,
  options: { readonly dropTags: boolean; readonly killed: boolean },
): Step {
  const { dropTags, killed } = options;
  return {
    text: `${w} withdraws ${list?.map(named).join(", ") ?? "all"} ${c === null ? "everywhere" : `in ${c}`}${dropTags ? " with tags" : ""}${killed ? ", killed after the commit" : ""}`,
    possible: (world) => world.people.has(w) && (c === null || isOpen(world, c)),
    async act(stage, world) {
      const order = {
        person: person(world, w).id,
        purposes: list?.map(named),
        collection: c === null ? undefined : world.collections[c]?.id,
        actor: "a tester",
        dropTags,
      };
      await (killed
        ? killedAfterCommit(stage.parts, (parts) => flows.withdraw(parts, order))
        : flows.withdraw(stage.parts, order));
    },
    apply(world) {
      const scopes = (list ?? given(world, w, c)).map((one) => ({ ...one, collection: c }));
      endRunOut(world, w);
      endConsents(world, w, scopes, dropTags);
      stopStale(world);
      if (!killed) makeAgain(world);
    },
    restart: killed,
  };
}

/** What somebody agreed to there, also where it has run out since. */
function given(world: World, w: number, c: number | null): readonly Use[] {
  const { consents } = person(world, w);
  return USES.filter((one) =>
    [...consents.keys()].some((name) => {
      const [what = "", where] = name.split("@");
      const isThere = c === null || where === String(c);
      return isThere && what === `${one.purpose}:${one.channel ?? ""}`;
    }),
  );
}

/** Runs a flow whose process dies with the commit: the first thing that its finish does fails, and nothing after is done. */
async function killedAfterCommit(
  parts: flows.Parts,
  run: (parts: flows.Parts) => Promise<unknown>,
): Promise<void> {
  const killed = new Error("killed");
  const journal = { ...parts.journal, append: () => Promise.reject(killed) };
  const ended = await run({ ...parts, journal }).catch((error: unknown) => error);
  if (ended !== killed) throw ended instanceof Error ? ended : new Error("the finish was not reached");
}

export function isErased(w: number, killed: boolean): Step {
  return {
    text: `${w} is erased${killed ? ", killed after the commit" : ""}`,
    possible: (world) => world.people.has(w),
    async act(stage, world) {
      const order = { person: person(world, w).id, actor: "a tester" };
      await (killed
        ? killedAfterCommit(stage.parts, (parts) => flows.erase(parts, order))
        : flows.erase(stage.parts, order));
    },
    apply(world) {
      erasePerson(world, w);
      stopStale(world);
      if (!killed) makeAgain(world);
    },
    restart: killed,
  };
}
