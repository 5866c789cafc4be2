import { readFile } from "node:fs/promises";
import { sql } from "kysely";
import { COMPANIONS, PURPOSES, recordConsent, standingOf, textDigest } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { ConsentEventRow, Language, Purpose, Trx } from "../db/index.ts";
import { assertMayAgree, personById, setEmail } from "../people/index.ts";
import { collectionById, type Collection } from "../photos/index.ts";
import { renditionsWith } from "../publishing/index.ts";
import { addPending } from "../rights/index.ts";
import { raiseIndexVersion } from "../templates/index.ts";
import { consentEnd, consentReceipt } from "./consent-receipt.ts";
import { endExpiredConsents } from "./expire.ts";
import type { Parts } from "./instance.ts";
import { noSuch, ownId, standingIn } from "./own.ts";
import { renewStale } from "./renew-renditions.ts";
import { askedIn } from "./welcome.ts";
import { withdraw } from "./withdraw.ts";
import { withReceipt } from "./with-receipt.ts";

export interface ConsentSwitch {
  readonly purpose: Purpose;
  /** Of `publish` alone. */
  readonly channel: string | null;
  /** null for `keep-template` and `contact`, which are bound to no collection. */
  readonly collection: Id | null;
  readonly on: boolean;
  readonly language: Language;
  /** For `contact`, when it is switched on. */
  readonly email?: string | undefined;
  /** The guardian whose device it is; a child who has one agrees to nothing alone, and may always say no. */
  readonly guardian?: Id | null | undefined;
}

export interface SwitchedConsent {
  /** Of the consent or of the withdrawal, one compact JWS. */
  readonly receipt: string;
  readonly stoppedMs: number | null;
  readonly erasedMs: number | null;
  /** The collection that is to be looked through for the person now (`lookFor`); written down as due. */
  readonly search: Id | null;
}

/**
 * A person switches one use of theirs on or off, on their own device. Off is the withdrawal, the same as at a desk. On is
 * one transaction with the consent, its receipt and, for `contact`, the sealed address; then published pictures that may
 * show them again are made again, and where a template is kept, their photos are to be looked for.
 * Errors: `not-found` for a collection that they did not join or a channel that it does not have; `bad-input` and `refused`
 * for what makes no sense or is not open (any more).
 */
export async function switchConsent(
  parts: Parts,
  person: Id,
  wanted: ConsentSwitch,
): Promise<SwitchedConsent> {
  if (!PURPOSES.includes(wanted.purpose) || (wanted.channel !== null) !== (wanted.purpose === "publish")) {
    throw new AssentError("bad-input", "this is no use that can be switched");
  }
  const everywhere = wanted.purpose === "keep-template" || wanted.purpose === "contact";
  const collection = await collectionOf(parts, person, wanted, everywhere);
  return wanted.on
    ? switchOn(parts, person, wanted, collection, everywhere)
    : switchOff(parts, person, wanted, everywhere ? undefined : collection?.id);
}

/** The person's own collection that the switch is about, with the channel in it; null: all of theirs. */
async function collectionOf(
  parts: Pick<Parts, "db" | "clock">,
  person: Id,
  wanted: ConsentSwitch,
  everywhere: boolean,
): Promise<Collection | null> {
  if (wanted.collection === null || everywhere) {
    if (wanted.on && !everywhere) {
      throw new AssentError("bad-input", "this is agreed to for one collection at a time");
    }
    if (wanted.channel !== null) {
      const given = await standingOf(parts.db, person, parts.clock);
      if (!given.some((one) => one.channel === wanted.channel)) throw noSuch("channel");
    }
    return null;
  }
  const id = ownId(wanted.collection, "collection");
  const standing = await standingIn(parts.db, person, id);
  if (standing === "none") throw noSuch("collection");
  if (standing === "frozen" && wanted.on) {
    throw new AssentError("refused", "your joining waits for the organisation to look at it", {
      remedy: "Until then you can say no, and leave.",
    });
  }
  const collection = await collectionById(parts.db, id);
  const channels = [COMPANIONS, ...collection.channels.map((one) => one.name)];
  if (wanted.channel !== null && !channels.includes(wanted.channel)) throw noSuch("channel");
  return collection;
}

async function switchOff(
  parts: Parts,
  person: Id,
  wanted: ConsentSwitch,
  collection: Id | undefined,
): Promise<SwitchedConsent> {
  const left = await withdraw(parts, {
    person,
    purposes: [wanted.channel === null ? wanted.purpose : `${wanted.purpose}:${wanted.channel}`],
    collection,
    actor: null,
    guardian: wanted.guardian,
  });
  return {
    receipt: await readFile(left.receipt, "utf8"),
    stoppedMs: left.stoppedMs,
    erasedMs: left.residue === 0 ? left.erasedMs : null,
    search: null,
  };
}

async function switchOn(
  parts: Parts,
  person: Id,
  wanted: ConsentSwitch,
  collection: Collection | null,
  everywhere: boolean,
): Promise<SwitchedConsent> {
  if (wanted.email !== undefined && wanted.purpose !== "contact") {
    throw new AssentError("bad-input", "an e-mail address goes with contact alone");
  }
  await assertMayAgree(parts.db, { person, guardian: wanted.guardian ?? null });
  // A yes to a changed text ends the earlier one first.
  await endExpiredConsents(parts, { person });
  const { path, search } = await withReceipt(parts, async (trx, issue) => {
    // Under the person's lock, so that a withdrawal is either seen here or comes after.
    await trx.selectFrom("person").select("id").where("id", "=", person).forUpdate().execute();
    const about = collection ?? (await longestKept(trx, person));
    await requireOpen(parts, trx, person, wanted, about);
    const given = await recordYes(parts, trx, person, wanted, about, everywhere);
    await sealAddress(parts, trx, person, wanted);
    if (wanted.channel !== null) {
      const again = await renditionsWith(trx, person, { collection: about.id, channel: wanted.channel });
      const due = again.map((subject) => ({ kind: "render" as const, subject, erasure: null }));
      await addPending(trx, due, parts.clock);
    }
    const search = wanted.purpose === "find-me" && (await hasTemplate(trx, person)) ? about.id : null;
    if (search !== null) {
      await raiseIndexVersion(trx);
      await addPending(trx, [{ kind: "rescan", subject: search, erasure: null }], parts.clock);
    }
    return {
      path: await issue(
        await consentReceipt(
          parts,
          trx,
          {
            collection: about,
            person,
            language: wanted.language,
          },
          [given],
        ),
      ),
      search,
    };
  });
  if (wanted.channel !== null) await renewStale(parts);
  return { receipt: await readFile(path, "utf8"), stoppedMs: null, erasedMs: null, search };
}

/**
 * A yes where there was none is `given`; one to the same text is `renewed`; where the text has changed, the earlier one is
 * `superseded` first. A guardian speaks no longer than until the child is of age.
 */
async function recordYes(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  person: Id,
  wanted: ConsentSwitch,
  about: Collection,
  everywhere: boolean,
): Promise<ConsentEventRow> {
  const guardian = wanted.guardian ?? null;
  const { majority_at } = await personById(trx, person);
  const common = {
    person,
    purpose: wanted.purpose,
    channel: wanted.channel,
    collection: everywhere ? null : about.id,
    language: wanted.language,
    givenHow: "own-device",
    staff: null,
    guardian,
    validUntil: consentEnd(
      wanted.purpose,
      about.retain_until,
      parts.clock.now(),
      guardian === null ? null : majority_at,
    ),
  } as const;
  const earlier = (await standingOf(trx, person, parts.clock)).find(
    (one) =>
      one.live &&
      one.guardian === guardian &&
      one.purpose === common.purpose &&
      one.channel === common.channel &&
      one.collection === common.collection,
  );
  if (earlier?.text === textDigest(common.purpose, common.channel, common.language)) {
    return recordConsent(trx, { ...common, event: "renewed" }, parts.clock);
  }
  if (earlier) {
    const language = earlier.language;
    await recordConsent(trx, { ...common, language, event: "superseded" }, parts.clock);
  }
  return recordConsent(trx, { ...common, event: "given" }, parts.clock);
}

/** What the collection, its dates and the person's other consents have to say. Errors: `refused`. */
async function requireOpen(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  person: Id,
  wanted: ConsentSwitch,
  collection: Collection,
): Promise<void> {
  const now = parts.clock.now();
  const refuse = (message: string, remedy?: string): never => {
    throw new AssentError("refused", message, remedy === undefined ? {} : { remedy });
  };
  if (collection.retain_until <= now) refuse("the photos are past the date until which they are kept");
  if (!askedIn(collection).some((one) => one.purpose === wanted.purpose)) {
    refuse("there is no face recognition in this collection", "Look for yourself, or ask to be tagged.");
  }
  if (wanted.purpose === "keep-template") {
    const standing = await standingOf(trx, person, parts.clock);
    const found = standing.some((one) => one.purpose === "find-me" && one.live);
    if (!found) refuse("there is no code to keep while nobody looks for you", "Switch find-me on first.");
  }
  if (wanted.purpose === "find-me") {
    const closed = collection.joining_closed_at !== null || collection.join_until <= now;
    if (closed && !(await hasTemplate(trx, person))) {
      refuse("joining this collection has closed", "Look for yourself, or ask to be tagged.");
    }
  }
}

async function sealAddress(
  parts: Pick<Parts, "keys" | "clock">,
  trx: Trx,
  person: Id,
  wanted: ConsentSwitch,
): Promise<void> {
  if (wanted.purpose !== "contact") return;
  if (wanted.email !== undefined && wanted.email.trim() !== "") {
    const holder = { person, guardian: wanted.guardian ?? null };
    await setEmail(trx, parts.keys, holder, wanted.email, parts.clock);
  } else if ((await personById(trx, person)).email_sealed === null) {
    throw new AssentError("bad-input", "there is no e-mail address to write to", { remedy: "Give one." });
  }
}

/** A template that some live consent still covers. */
async function hasTemplate(trx: Trx, person: Id): Promise<boolean> {
  const row = await trx
    .selectFrom("template")
    .innerJoin("enrolment", "enrolment.id", "template.enrolment_id")
    .select("template.id")
    .where("template.person_id", "=", person)
    .where("enrolment.state", "in", ["live", "vouched"])
    .where(sql<boolean>`template_permitted(template.person_id, template.enrolment_id)`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Of the collections that the person joined, the one that is kept longest: how long what is bound to none may last. */
async function longestKept(trx: Trx, person: Id): Promise<Collection> {
  const row = await trx
    .selectFrom("enrolment")
    .innerJoin("collection", "collection.id", "enrolment.collection_id")
    .select("collection.id")
    .where("enrolment.person_id", "=", person)
    .orderBy("collection.retain_until", "desc")
    .orderBy("collection.id")
    .limit(1)
    .executeTakeFirst();
  if (!row) {
    throw new AssentError("refused", "you are in no collection any more", {
      remedy: "Join one by an invitation.",
    });
  }
  return collectionById(trx, row.id);
}
