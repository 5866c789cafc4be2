import * as flows from "../../src/flows/index.ts";
import type { Id } from "../../src/core/index.ts";
import type { Reveal } from "../../src/db/index.ts";
import { drawPhoto } from "./drawn-photos.ts";
import { isJoinable } from "./model-consent-steps.ts";
import { CAST, DAY_MS, type Step, faceName, isOpen, nothing, outOf, until } from "./model-stage.ts";
import {
  type ModelFace,
  type ModelPhoto,
  type World,
  dropOwn,
  isFound,
  isHeld,
  isPublic,
  lookAt,
  lookThrough,
  make,
  makeAgain,
  person,
  settleWorld,
} from "./model-world.ts";
import { join } from "node:path";

const at = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];

export function photoArrives(
  c: number,
  faces: readonly { readonly who: number; readonly clear: boolean }[],
): Step {
  return {
    text: `a photo of ${faces.map((face) => `${face.who}${face.clear ? "" : "?"}`).join(" and ") || "nobody"} arrives in ${c}`,
    possible: (world) => isOpen(world, c) && world.now() < until(world, c),
    async act(stage, world) {
      const collection = world.collections[c]?.id ?? "";
      const name = `${stage.run}-${world.photos.length}-${stage.clock.now().getTime()}.jpg`;
      const path = join(stage.folder, name);
      const drawn = faces.map((face) => ({ who: faceName(stage, face.who), clear: face.clear }));
      await drawPhoto(path, drawn);
      await flows.ingest(stage.parts, { collection, path, name });
      await flows.scanPending(stage.parts, { collection });
      const { db } = stage.parts;
      const row = await db
        .selectFrom("photo")
        .select("id")
        .where("collection_id", "=", collection)
        .where("file_name", "=", name)
        .executeTakeFirstOrThrow();
      const ids = await db
        .selectFrom("face")
        .select("id")
        .where("photo_id", "=", row.id)
        .orderBy("x")
        .execute();
      return { id: row.id, faces: ids.map((face) => face.id) };
    },
    apply(world, result) {
      const made = result as { id: Id; faces: readonly Id[] };
      const photo: ModelPhoto = {
        id: made.id,
        collection: c,
        chips: isJoinable(world, c) && faces.length > 0,
        objected: false,
        faces: faces.map((face, i) => ({
          ...face,
          id: made.faces[i] ?? "",
          matches: new Map(),
          byThemself: false,
          doNotMatch: false,
        })),
      };
      world.photos.push(photo);
      for (const face of photo.faces) lookAt(world, photo, face);
    },
  };
}

export function looksFor(w: number, c: number): Step {
  return {
    text: `${w} is looked for in ${c}`,
    possible: (world) => isOpen(world, c) && world.people.has(w),
    act: (stage, world) =>
      flows.lookFor(stage.parts, {
        person: person(world, w).id,
        collection: world.collections[c]?.id ?? "",
      }),
    apply(world) {
      if (world.collections[c]?.due === true) lookThrough(world, c);
      makeAgain(world);
    },
  };
}

export type Decision =
  "staff tag" | "staff confirm" | "staff reject" | "they say yes" | "they say no" | "staff untag";

interface Spot {
  readonly photo: ModelPhoto;
  readonly face: ModelFace;
}

function spot(world: World, n: number): Spot | undefined {
  const all = world.photos.flatMap((photo) => photo.faces.map((face) => ({ photo, face })));
  return at(all, n);
}

export function isDecided(decision: Decision, w: number, n: number): Step {
  const found = (world: World): Spot => spot(world, n) as Spot;
  return {
    text: `${decision} ${decision === "staff untag" ? "" : `${w} `}at face ${n}`,
    possible: (world) => spot(world, n) !== undefined && world.people.has(w),
    refused(world) {
      const { matches, byThemself } = found(world).face;
      const mine = matches.get(w);
      const confirmed = [...matches].find(([, match]) => match.state === "confirmed");
      switch (decision) {
        case "staff tag":
        case "staff confirm":
          if (confirmed && confirmed[0] !== w) return "conflict";
          if (mine?.state === "rejected") return "refused";
          return mine || decision === "staff tag" ? undefined : "not-found";
        case "staff untag":
          if (!confirmed) return "not-found";
          return confirmed[1].origin === "machine" || byThemself ? "refused" : undefined;
        case "they say yes":
          return !mine ? "not-found" : mine.state === "rejected" ? "refused" : undefined;
        case "they say no":
          return mine ? undefined : "not-found";
        case "staff reject":
          return undefined;
      }
    },
    act(stage, world) {
      const { id: face } = found(world).face;
      const { id } = person(world, w);
      const order = { face, person: id, actor: "a tester" };
      switch (decision) {
        case "staff tag":
          return flows.tagFace(stage.parts, order);
        case "staff confirm":
          return flows.confirmMatch(stage.parts, order);
        case "staff reject":
          return flows.rejectMatch(stage.parts, order);
        case "staff untag":
          return flows.untagFace(stage.parts, order);
        case "they say yes":
        case "they say no":
          return flows.answer(stage.parts, id, face, decision === "they say yes");
      }
    },
    apply: (world) => decide(world, decision, w, found(world)),
  };
}

function decide(world: World, decision: Decision, w: number, { photo, face }: Spot): void {
  const mine = face.matches.get(w);
  switch (decision) {
    case "staff tag":
    case "staff confirm":
    case "they say yes": {
      if (mine?.state === "confirmed") break;
      for (const [other, { state }] of face.matches) if (state !== "rejected") face.matches.delete(other);
      const origin = decision === "staff tag" ? "hand" : (mine?.origin ?? "hand");
      face.matches.set(w, { origin, state: "confirmed" });
      face.byThemself = decision === "they say yes";
      break;
    }
    case "staff reject":
    case "they say no": {
      const wasRejected = mine?.state === "rejected";
      face.matches.set(w, { origin: mine?.origin ?? "hand", state: "rejected" });
      if (decision === "they say no" && !wasRejected && !isFound(w, photo)) dropOwn(world, w, photo);
      break;
    }
    case "staff untag":
      for (const [other, { state }] of face.matches) {
        if (state !== "confirmed") continue;
        face.matches.delete(other);
        if (!isFound(other, photo)) dropOwn(world, other, photo);
      }
      makeAgain(world);
      if (photo.chips) for (const one of photo.faces) lookAt(world, photo, one);
      break;
  }
  makeAgain(world);
}

export function objects(subject: "person" | "photo", n: number): Step {
  const photo = (world: World): ModelPhoto => at(world.photos, n) as ModelPhoto;
  const w = n % CAST;
  return {
    text: subject === "person" ? `${w} objects` : `somebody objects to photo ${n}`,
    possible: (world) => (subject === "person" ? world.people.has(w) : world.photos.length > 0),
    act: (stage, world) => {
      const id = subject === "person" ? person(world, w).id : photo(world).id;
      return flows.object(stage.parts, { subject: id, actor: "a tester" });
    },
    apply(world) {
      if (subject === "person") person(world, w).objects = true;
      else {
        const one = photo(world);
        one.objected = true;
        for (const face of one.faces) {
          const states = [...face.matches.values()].map((match) => match.state);
          if (states.includes("matched") || states.includes("confirmed")) continue;
          face.doNotMatch = true;
          for (const [other, { state }] of face.matches) if (state === "asked") face.matches.delete(other);
        }
      }
      makeAgain(world);
    },
  };
}

export function takesBack(n: number): Step {
  const w = n % CAST;
  return {
    text: `${w} takes their objection back`,
    possible: (world) => world.people.has(w),
    refused: (world) => (person(world, w).objects ? undefined : "not-found"),
    act: (stage, world) =>
      flows.takeObjectionBack(stage.parts, { subject: person(world, w).id, actor: "a tester" }),
    apply(world) {
      person(world, w).objects = false;
      for (const rendition of world.renditions) {
        const { photo, state } = rendition;
        if (state === "off" && isFound(w, photo) && !isHeld(world, photo)) make(world, rendition);
      }
    },
  };
}

export function publishes(c: number, name: string, reveal: Reveal): Step {
  return {
    text: `${c} is published for ${name}, showing ${reveal}`,
    possible: (world) => isOpen(world, c),
    act: (stage, world) =>
      flows.publish(stage.parts, {
        collection: world.collections[c]?.id ?? "",
        channel: name,
        out: outOf(stage, c, name),
        reveal,
        reviewedBy: "a reviewer",
        actor: "a tester",
        progress: nothing,
      }),
    apply(world) {
      for (const photo of world.photos) {
        if (photo.collection !== c) continue;
        const audience = { channel: name };
        remake(world, photo, audience, reveal);
      }
    },
  };
}

/** Makes a photo's rendition for an audience, unless somebody who objected is in it. */
function remake(
  world: World,
  photo: ModelPhoto,
  audience: { readonly channel: string } | { readonly reader: number },
  reveal: Reveal,
): void {
  const name = JSON.stringify(audience);
  const known = world.renditions.find((one) => one.photo === photo && JSON.stringify(one.audience) === name);
  const rendition = known ?? { photo, audience, reveal, state: "current" as const, shown: new Map() };
  if (isPublic(rendition) && isHeld(world, photo)) return;
  rendition.reveal = reveal;
  make(world, rendition);
  if (!known) world.renditions.push(rendition);
}

export function isDelivered(w: number): Step {
  return {
    text: `${w} is delivered their photos`,
    possible: (world) => world.people.has(w),
    act: (stage, world) =>
      flows.deliver(stage.parts, {
        person: person(world, w).id,
        out: join(stage.folder, `${stage.run}-delivered-${person(world, w).id}`),
        reason: undefined,
        actor: "a tester",
        progress: nothing,
      }),
    apply(world) {
      for (const photo of world.photos) {
        if (isFound(w, photo)) remake(world, photo, { reader: w }, "matched");
      }
    },
  };
}

export function timePasses(days: number): Step {
  return {
    text: `${days} days pass`,
    possible: () => true,
    act: (stage) => stage.clock.advance(days * DAY_MS),
    apply: nothing,
  };
}

export function settles(): Step {
  return {
    text: "a start settles",
    possible: () => true,
    act: (stage) => flows.settle(stage.parts),
    apply: settleWorld,
  };
}
