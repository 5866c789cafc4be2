import type { Id } from "../../src/core/index.ts";
import type { MatchState, Purpose, Reveal } from "../../src/db/index.ts";

/**
 * What the flows are compared with: who agreed to what, and what follows from it, reckoned in plain lists without a database,
 * a permit, a job or a transaction. People are numbers, whose faces are known; so are collections.
 */
export interface World {
  readonly now: () => number;
  readonly collections: readonly ModelCollection[];
  readonly people: Map<number, Someone>;
  readonly photos: ModelPhoto[];
  renditions: ModelRendition[];
}

export interface ModelCollection {
  readonly id: Id;
  readonly joinUntil: number;
  readonly retainUntil: number;
  /** Joining has been closed, and the chips are gone. */
  closed: boolean;
  gone: boolean;
  /** A look through the photos is due. */
  due: boolean;
}

export interface Someone {
  readonly id: Id;
  readonly enrolments: Map<number, "provisional" | "live" | "vouched">;
  /** Collections whose enrolment has a template. */
  readonly templates: Set<number>;
  /** Until when each use is agreed to, by purpose, channel and collection. */
  readonly consents: Map<string, number>;
  objects: boolean;
}

export interface ModelFace {
  readonly id: Id;
  readonly who: number;
  readonly clear: boolean;
  readonly matches: Map<number, { readonly origin: "machine" | "hand"; readonly state: MatchState }>;
  /** The one who said yes themself, whom staff cannot take back. */
  byThemself: boolean;
  doNotMatch: boolean;
}

export interface ModelPhoto {
  readonly id: Id;
  readonly collection: number;
  readonly faces: readonly ModelFace[];
  chips: boolean;
  objected: boolean;
}

export interface ModelRendition {
  readonly photo: ModelPhoto;
  readonly audience: { readonly channel: string } | { readonly reader: number };
  reveal: Reveal;
  /** `due`: suspended, to be made again. `off`: somebody objected. */
  state: "current" | "due" | "off";
  /** Whom it shows, by face. */
  shown: Map<ModelFace, number>;
}

export interface ModelScope {
  readonly purpose: Purpose;
  readonly channel: string | null;
  /** null: everywhere. */
  readonly collection: number | null;
}

export const PUBLIC_CHANNEL = "website";
export const INTERNAL_CHANNEL = "wall";
const EVERYWHERE = "everywhere";
/** What is agreed to for every collection at once. */
const isBound = (purpose: Purpose): boolean => purpose !== "keep-template" && purpose !== "contact";

function key(purpose: Purpose, channel: string | null, where: number | typeof EVERYWHERE): string {
  return `${purpose}:${channel ?? ""}@${where}`;
}

function places(world: World, collection: number | null): readonly (number | typeof EVERYWHERE)[] {
  return collection === null ? [...world.collections.keys(), EVERYWHERE] : [collection];
}

export function agree(world: World, who: number, scope: ModelScope, until: number): void {
  const someone = person(world, who);
  const where = isBound(scope.purpose) ? scope.collection : null;
  for (const place of places(world, where)) {
    someone.consents.set(key(scope.purpose, scope.channel, place), until);
  }
}

export function person(world: World, who: number): Someone {
  const someone = world.people.get(who);
  if (!someone) throw new Error(`nobody ${who}`);
  return someone;
}

export function isLive(
  world: World,
  who: number,
  purpose: Purpose,
  where: number | typeof EVERYWHERE,
  channel: string | null = null,
): boolean {
  return (world.people.get(who)?.consents.get(key(purpose, channel, where)) ?? 0) > world.now();
}

/** What somebody agreed to, as far as its date has passed. */
export function runOut(world: World, who: number): readonly ModelScope[] {
  const scopes: ModelScope[] = [];
  for (const [name, until] of person(world, who).consents) {
    const [, purpose = "", channel = "", where = ""] = /^(.+):(.*)@(.+)$/.exec(name) ?? [];
    if (until > world.now()) continue;
    scopes.push({
      purpose: purpose as Purpose,
      channel: channel === "" ? null : channel,
      collection: where === EVERYWHERE ? null : Number(where),
    });
  }
  return scopes;
}

/** A template is there for as long as find-me in its collection, or keep-template, lasts. */
export function mayKeepTemplate(world: World, who: number, collection: number): boolean {
  const isGone = world.collections[collection]?.gone === true;
  if (isLive(world, who, "keep-template", isGone ? EVERYWHERE : collection)) return true;
  return !isGone && isLive(world, who, "find-me", collection);
}

/** Collections whose templates of the person may be searched. */
export function searchable(world: World, who: number): readonly number[] {
  const { templates, enrolments } = person(world, who);
  return [...templates].filter(
    (collection) => enrolments.get(collection) !== "provisional" && mayKeepTemplate(world, who, collection),
  );
}

export function isSearched(world: World, who: number, collection: number): boolean {
  return (
    world.people.has(who) && isLive(world, who, "find-me", collection) && searchable(world, who).length > 0
  );
}

export function isFound(who: number, photo: ModelPhoto): boolean {
  return photo.faces.some((face) => isTheirs(face, who));
}

/** Found or confirmed. */
function isTheirs(face: ModelFace, who: number): boolean {
  const state = face.matches.get(who)?.state;
  return state === "matched" || state === "confirmed";
}

export function isHeld(world: World, photo: ModelPhoto): boolean {
  return photo.objected || [...world.people].some(([who, one]) => one.objects && isFound(who, photo));
}

export function isPublic(rendition: ModelRendition): boolean {
  return "channel" in rendition.audience && rendition.audience.channel === PUBLIC_CHANNEL;
}

/** Whom a rendition may show now. */
export function mayShow(world: World, rendition: ModelRendition): Map<ModelFace, number> {
  const { photo, audience, reveal } = rendition;
  const shown = new Map<ModelFace, number>();
  if ("reader" in audience && !isFound(audience.reader, photo)) return shown;
  const channel = "reader" in audience ? "companions" : audience.channel;
  for (const face of photo.faces) {
    for (const [who, { state }] of face.matches) {
      const isRevealed = state === "confirmed" || (state === "matched" && reveal === "matched");
      const isOwn = "reader" in audience && audience.reader === who;
      const isAgreed = isLive(world, who, "publish", photo.collection, channel);
      if (isRevealed && (isOwn || isAgreed)) shown.set(face, who);
    }
  }
  return shown;
}

/** Consents end: templates, machine matches and showings that only they allowed go at once. */
export function endConsents(
  world: World,
  who: number,
  scopes: readonly ModelScope[],
  dropTags = false,
): void {
  const someone = person(world, who);
  for (const { purpose, channel, collection } of scopes) {
    for (const place of places(world, collection)) someone.consents.delete(key(purpose, channel, place));
  }
  for (const collection of someone.templates) {
    if (mayKeepTemplate(world, who, collection)) continue;
    someone.templates.delete(collection);
    if (someone.enrolments.get(collection) === "live") someone.enrolments.set(collection, "provisional");
  }
  const findMe = scopes.filter((scope) => scope.purpose === "find-me");
  if (findMe.length > 0) {
    keepObjections(world, who);
    for (const photo of world.photos) {
      if (isLive(world, who, "find-me", photo.collection)) continue;
      const isNamed = findMe.some(({ collection }) => collection === null || collection === photo.collection);
      const before = photo.faces.length;
      const left = photo.faces.filter((face) => {
        const match = face.matches.get(who);
        const goes = match?.origin === "machine" || (dropTags && isNamed);
        return !match || match.state === "rejected" || !goes || !face.matches.delete(who);
      });
      if (left.length < before) stopIn(world, who, photo);
    }
  }
  for (const { purpose, channel, collection } of scopes) {
    if (purpose !== "publish") continue;
    for (const rendition of world.renditions) {
      const { audience, photo } = rendition;
      if (collection !== null && photo.collection !== collection) continue;
      const isConcerned =
        "channel" in audience
          ? audience.channel === channel
          : channel === "companions" && audience.reader !== who;
      if (isConcerned && [...rendition.shown.values()].includes(who)) suspend(rendition);
    }
  }
}

/** A match of theirs has gone: their own picture goes, and what showed them is made again. */
function stopIn(world: World, who: number, photo: ModelPhoto): void {
  dropOwn(world, who, photo);
  for (const rendition of world.renditions) {
    if (rendition.photo === photo && [...rendition.shown.values()].includes(who)) suspend(rendition);
  }
}

export function dropOwn(world: World, who: number, photo: ModelPhoto | null): void {
  world.renditions = world.renditions.filter(
    ({ audience, photo: of }) =>
      !("reader" in audience && audience.reader === who && (photo === null || of === photo)),
  );
}

function suspend(rendition: ModelRendition): void {
  if (rendition.state === "current") rendition.state = "due";
}

/** Photos stay off public channels when the matches go by which an objection finds them. */
function keepObjections(world: World, who: number): void {
  if (!person(world, who).objects) return;
  for (const photo of world.photos) if (isFound(who, photo)) photo.objected = true;
}

export function erasePerson(world: World, who: number): void {
  keepObjections(world, who);
  dropOwn(world, who, null);
  for (const photo of world.photos) for (const face of photo.faces) face.matches.delete(who);
  for (const rendition of world.renditions) {
    if ([...rendition.shown.values()].includes(who)) suspend(rendition);
  }
  world.people.delete(who);
}

/** The machine decides about a face anew, unless a human has, or it must not be looked at. */
export function lookAt(world: World, photo: ModelPhoto, face: ModelFace): void {
  const states = [...face.matches.values()].map((match) => match.state);
  if (face.doNotMatch || states.includes("confirmed")) return;
  for (const [who, { origin, state }] of face.matches) {
    if (origin === "machine" && state !== "rejected") face.matches.delete(who);
  }
  if (!isSearched(world, face.who, photo.collection) || face.matches.has(face.who)) return;
  face.matches.set(face.who, { origin: "machine", state: face.clear ? "matched" : "asked" });
}

export function lookThrough(world: World, collection: number): void {
  for (const photo of world.photos) {
    if (photo.collection !== collection || !photo.chips) continue;
    for (const face of photo.faces) lookAt(world, photo, face);
  }
  const found = world.collections[collection];
  if (found) found.due = false;
}

/** What shows a face as somebody it is not is stopped, and photos of those who object are off. */
export function stopStale(world: World): void {
  for (const rendition of world.renditions) {
    const isStale = [...rendition.shown].some(([face, who]) => !isTheirs(face, who));
    if (isStale) suspend(rendition);
    if (isPublic(rendition) && isHeld(world, rendition.photo)) rendition.state = "off";
  }
}

/** What was suspended is made again. */
export function makeAgain(world: World): void {
  stopStale(world);
  for (const rendition of world.renditions) if (rendition.state === "due") make(world, rendition);
}

export function make(world: World, rendition: ModelRendition): void {
  rendition.state = "current";
  rendition.shown = mayShow(world, rendition);
}

/** What time ends: consents, joining with its chips, collections; then looks that were due are taken up. */
export function settleWorld(world: World): void {
  for (const who of world.people.keys()) {
    const scopes = runOut(world, who);
    if (scopes.length > 0) endConsents(world, who, scopes);
  }
  makeAgain(world);
  for (const [n, collection] of world.collections.entries()) {
    if (!collection.gone && world.now() >= collection.joinUntil) {
      collection.closed = true;
      for (const photo of world.photos) if (photo.collection === n) photo.chips = false;
    }
    if (!collection.gone && world.now() >= collection.retainUntil) deleteWorldCollection(world, n);
  }
  for (const [n, { due, gone }] of world.collections.entries()) if (due && !gone) lookThrough(world, n);
  makeAgain(world);
}

export function deleteWorldCollection(world: World, n: number): void {
  const collection = world.collections[n];
  if (!collection || collection.gone) return;
  for (const [who, someone] of world.people) {
    if (!isLive(world, who, "keep-template", n)) {
      someone.templates.delete(n);
      someone.enrolments.delete(n);
    }
    for (const name of someone.consents.keys()) {
      if (name.endsWith(`@${n}`)) someone.consents.delete(name);
    }
  }
  collection.gone = true;
  collection.due = false;
  for (let i = world.photos.length - 1; i >= 0; i--) {
    if (world.photos[i]?.collection === n) world.photos.splice(i, 1);
  }
  world.renditions = world.renditions.filter(({ photo }) => photo.collection !== n);
}
