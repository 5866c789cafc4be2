import { sql } from "kysely";
import type { RestrictingEvent } from "../audit/index.ts";
import {
  COMPANIONS,
  isYes,
  PURPOSES,
  recordConsent,
  runOut,
  standingOf,
  type ConsentScope,
  type EndingScope,
  type Standing,
} from "../consent/index.ts";
import { AssentError, newId, type Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import { inTransaction, type Purpose, type Trx } from "../db/index.ts";
import { retract } from "../matching/index.ts";
import { backToProvisional, clearContact, endCardsOf } from "../people/index.ts";
import { dropReaderRenditions, foldersHolding, suspendShowing, whatLeft } from "../publishing/index.ts";
import { channelName } from "../photos/index.ts";
import { keepObjections } from "../rights/index.ts";
import { deleteTemplates } from "../templates/index.ts";
import { finishErasure, type ErasureCounts, type Left } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";
import { collectionNamed, personNamed } from "./named.ts";
import { tellReaders } from "./tell-readers.ts";
import { staysAfter } from "./what-stays.ts";
import { writeErasure } from "./write-erasure.ts";

export interface WithdrawOrder {
  readonly person: Id;
  /** `PURPOSE` or `publish:CHANNEL`; all that the person gave where absent. */
  readonly purposes?: readonly string[] | undefined;
  /** Name or id; everywhere where absent. */
  readonly collection?: string | undefined;
  /** Who writes down the person's word; null: the person did it on their own device. */
  readonly actor: string | null;
  /** The guardian on whose device it is done. */
  readonly guardian?: Id | null | undefined;
  /** With `find-me`: tags by hand or card go as well. */
  readonly dropTags?: boolean;
}

/**
 * The withdrawal: one transaction that is the withdrawal (consent events, templates deleted, key doomed, matches
 * retracted, renditions suspended, pending work written down), then its finish. From the commit the use has stopped,
 * and nothing later can undo it. What else of theirs has run out by date is ended with it, by an erasure of its own.
 */
export async function withdraw(parts: Parts, order: WithdrawOrder): Promise<Left> {
  const started = performance.now();
  const person = await personNamed(parts.db, order.person);
  const collection =
    order.collection === undefined ? null : (await collectionNamed(parts.db, order.collection)).id;
  const wanted = order.purposes?.map(parsePurpose);
  const { erasure, alsoOver } = await inTransaction(parts.db, async (trx) => {
    // Read under the person's lock, so that a consent given meanwhile is either seen or comes after.
    await trx.selectFrom("person").select("id").where("id", "=", person.id).forUpdate().execute();
    const standing = await standingOf(trx, person.id, parts.clock);
    await refuseUnknownChannels(trx, wanted ?? [], standing);
    const guardian = order.guardian ?? null;
    const scopes = scopesOf(standing, wanted, collection).map((scope) => ({ ...scope, guardian }));
    const erasure = await endConsents(parts, trx, person, scopes, {
      event: "withdrawn",
      by: order.actor,
      dropTags: order.dropTags === true,
    });
    // The database takes no withdrawal while something is left of another consent whose date has passed.
    const over = (await runOut(trx, parts.clock.now(), person.id)).get(person.id) ?? [];
    const alsoOver = over.length === 0 ? null : await endConsents(parts, trx, person, over, BY_TIME);
    return { erasure, alsoOver };
  });
  if (alsoOver !== null) await finishErasure(parts, alsoOver);
  return finishErasure(parts, erasure, started, performance.now() - started);
}

/** Errors: `bad-input` for an unknown purpose, or a channel missing or too many. */
export function parsePurpose(text: string): { readonly purpose: Purpose; readonly channel: string | null } {
  const [name = "", ...rest] = text.split(":");
  const purpose = PURPOSES.find((known) => known === name);
  const channel = rest.length > 0 ? channelName(rest.join(":")) : null;
  if (!purpose || (channel !== null) !== (purpose === "publish")) {
    throw new AssentError("bad-input", `"${text}" is no purpose`, {
      remedy: `Purposes: ${PURPOSES.map((known) => (known === "publish" ? "publish:CHANNEL" : known)).join(", ")}.`,
    });
  }
  return { purpose, channel };
}

/** A slip in a channel's name must not end in a receipt for nothing. */
async function refuseUnknownChannels(
  trx: Trx,
  wanted: readonly { readonly channel: string | null }[],
  standing: readonly Standing[],
): Promise<void> {
  const rows = await trx.selectFrom("channel").select("name").distinct().execute();
  const known = new Set([COMPANIONS, ...rows.map((row) => row.name), ...standing.map((one) => one.channel)]);
  for (const { channel } of wanted) {
    if (channel === null || known.has(channel)) continue;
    const names = [...known].filter((name) => name !== null).join(", ");
    throw new AssentError("bad-input", `no collection has a channel "${channel}"`, {
      remedy: `Channels: ${names}.`,
    });
  }
}

function scopesOf(
  standing: readonly Standing[],
  wanted: readonly { readonly purpose: Purpose; readonly channel: string | null }[] | undefined,
  collection: Id | null,
): readonly ConsentScope[] {
  const asked = (one: Standing): boolean =>
    (wanted === undefined || wanted.some((w) => w.purpose === one.purpose && w.channel === one.channel)) &&
    (collection === null || one.collection === collection || one.collection === null);
  const live = standing.filter((one) => (isYes(one.event) || one.live || one.waiting) && asked(one));
  // A consent for every collection that is taken back for one of them is refused for that one only.
  const scopes: ConsentScope[] = live.map((one) => ({
    purpose: one.purpose,
    channel: one.channel,
    collection: collection ?? one.collection,
  }));
  // Saying no to what was never asked is remembered all the same.
  for (const w of wanted ?? []) {
    if (!scopes.some((one) => one.purpose === w.purpose && one.channel === w.channel))
      scopes.push({ ...w, collection });
  }
  return scopes;
}

export interface Ending {
  readonly event: "withdrawn" | "expired";
  /** Who wrote down the person's word; for what time ends, the program; null: the person, on their own device. */
  readonly by: string | null;
  readonly dropTags: boolean;
}

/** Of what time ends. */
export const BY_TIME: Ending = { event: "expired", by: "the program", dropTags: false };

/** Everything that must be true from the commit on. Returns the id of the erasure to be finished. */
export async function endConsents(
  parts: Pick<Parts, "clock" | "receipts">,
  trx: Trx,
  person: { readonly id: Id; readonly language: "fr" | "en" },
  scopes: readonly EndingScope[],
  ending: Ending,
): Promise<Id> {
  const { clock } = parts;
  const erasure = newId();
  // Before anything is held: it waits for readers who are leaving at the same moment.
  const unseen = scopes.filter((one) => one.purpose === "publish" && one.channel === COMPANIONS);
  if (unseen.length > 0) {
    const named = unseen.map((one) => one.collection);
    const collections = named.includes(null) ? "all" : named.filter((one) => one !== null);
    await tellReaders(trx, person.id, { collections, stillAgreed: ending.event === "withdrawn" }, clock);
  }
  for (const scope of scopes) {
    await recordConsent(
      trx,
      {
        ...scope,
        person: person.id,
        event: ending.event,
        language: person.language,
        givenHow: ending.by === null ? "own-device" : "desk",
        staff: ending.by,
        validUntil: clock.now(),
      },
      clock,
    );
  }
  const purposes = new Set(scopes.map((scope) => scope.purpose));
  const erased: Record<string, number> = {};
  const doomed: KeyRef[] = [];

  const deleted = await deleteTemplates(trx, person.id, "unpermitted", clock);
  if (deleted.templates > 0) {
    await backToProvisional(trx, person.id);
    erased["templates"] = deleted.templates;
    if (deleted.noneLeft) {
      doomed.push({ kind: "person", id: person.id, group: "face" });
      erased["face keys"] = 1;
    }
  }

  let photos: readonly Id[] = [];
  if (purposes.has("find-me")) {
    const named = findMeIn(scopes);
    // Tags go where that was asked; elsewhere nothing but tags is left where find-me is not agreed to.
    const collections = (await collectionsWithoutFindMe(trx, person.id, clock.now())).filter(
      (one) => !ending.dropTags || named === "all" || named.includes(one),
    );
    await keepObjections(trx, person.id, clock);
    const retracted = await retract(
      trx,
      person.id,
      { collections, machineOnly: !ending.dropTags, keepRejections: true },
      clock,
    );
    const matches = retracted.counts.matched + retracted.counts.asked + retracted.counts.confirmed;
    if (matches > 0) erased[ending.dropTags ? "matches and tags" : "machine matches"] = matches;
    photos = retracted.photos;
    // A card that still spoke would bring the tags back with the next import.
    const ended = ending.dropTags ? await endCardsOf(trx, person.id, named, clock) : 0;
    if (ended > 0) erased["cards"] = ended;
  }

  const suspended = new Set<Id>();
  const publishing = scopes.filter((scope) => scope.purpose === "publish");
  for (const scope of publishing) {
    const what = { channels: [scope.channel ?? ""], collection: scope.collection, photos: [] };
    for (const id of await suspendShowing(trx, person.id, what, clock)) suspended.add(id);
  }
  // The renditions made for the person go first, so that none of them is made again.
  const dropped = await dropReaderRenditions(trx, person.id, photos);
  if (photos.length > 0) {
    const what = { channels: [], collection: null, photos };
    for (const id of await suspendShowing(trx, person.id, what, clock)) suspended.add(id);
  }
  if (suspended.size > 0) erased["renditions made again"] = suspended.size;
  if (dropped.length > 0) erased["delivered renditions"] = dropped.length;

  const unheard = scopes.filter((one) => one.purpose === "contact").map((one) => one.guardian);
  if (unheard.length > 0 && !(await mayBeContacted(trx, person.id, unheard, clock.now()))) {
    const had = await clearContact(trx, person.id, ["email"], clock);
    if (had > 0) erased["e-mail addresses"] = 1;
  }

  const left = (await whatLeft(trx, person.id)).filter(
    (one) => purposes.has("find-me") || publishing.some((scope) => scope.channel === one.channel),
  );
  const counts: ErasureCounts = {
    erased,
    purposes: scopes.map((scope) =>
      scope.channel === null ? scope.purpose : `${scope.purpose}:${scope.channel}`,
    ),
    stays: await staysAfter(trx, person.id, purposes),
    leftEarlier: left.map((one) => ({ what: `pictures by ${one.channel}`, count: one.pictures })),
  };
  const events: RestrictingEvent[] = scopes.map((scope) => ({
    event: ending.event,
    person: person.id,
    purpose: scope.purpose,
    channel: scope.channel,
    collection: scope.collection,
    ...(ending.dropTags && scope.purpose === "find-me" ? { tags: "dropped" as const } : {}),
  }));
  await writeErasure(parts, trx, {
    id: erasure,
    person: person.id,
    kind: ending.event === "expired" ? "expire" : "withdraw",
    counts,
    events,
    doomed,
    render: [...suspended],
    blobs: dropped,
    files: [],
    // Also where a picture cannot be made again, its old one leaves the folders.
    folders: (await foldersHolding(trx, [...suspended])).map((one) => one.disclosure),
  });
  return erasure;
}

function findMeIn(scopes: readonly ConsentScope[]): readonly Id[] | "all" {
  const collections = scopes.flatMap((scope) => (scope.purpose === "find-me" ? [scope.collection] : []));
  const named = collections.filter((collection) => collection !== null);
  return named.length < collections.length ? "all" : named;
}

async function collectionsWithoutFindMe(trx: Trx, person: Id, now: Date): Promise<readonly Id[]> {
  const rows = await trx
    .selectFrom("match")
    .innerJoin("face", "face.id", "match.face_id")
    .innerJoin("photo", "photo.id", "face.photo_id")
    .select("photo.collection_id")
    .distinct()
    .where("match.person_id", "=", person)
    .where((eb) =>
      eb.not(
        eb.fn<boolean>("consent_live", [
          eb.val(person),
          eb.val("find-me"),
          "photo.collection_id",
          eb.val(null),
          eb.val(now),
        ]),
      ),
    )
    .execute();
  return rows.map((row) => row.collection_id);
}

/**
 * Whether some live consent still lets the person be written to, in any collection, at the address that is there: a guardian
 * who wishes to be written to no more takes their own address along, whatever the other guardian said.
 */
async function mayBeContacted(
  trx: Trx,
  person: Id,
  unheard: readonly (Id | null)[],
  now: Date,
): Promise<boolean> {
  const { rows } = await sql<{ live: boolean }>`
    select (consent_live(${person}, 'contact', null, null, ${now})
      or exists (select 1 from collection c where consent_live(${person}, 'contact', c.id, null, ${now})))
      and not exists (select 1 from address a where a.person_id = ${person}
        and a.guardian_id = any(${unheard.filter((one) => one !== null)}::uuid[])) as live`.execute(trx);
  return rows[0]?.live === true;
}
