import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { COMPANIONS, recordConsent, type ConsentScope } from "../consent/index.ts";
import { AssentError, wipe, type Id } from "../core/index.ts";
import type { ConsentEventRow, Language } from "../db/index.ts";
import { createPerson, enrol, freeze } from "../people/index.ts";
import type { Collection } from "../photos/index.ts";
import { addPending } from "../rights/index.ts";
import { raiseIndexVersion, storeTemplates } from "../templates/index.ts";
import { compareClaimant } from "./compare-claimant.ts";
import { day } from "./collection.ts";
import { consentEnd, consentReceipt } from "./consent-receipt.ts";
import type { Parts } from "./instance.ts";
import { rescan } from "./look-for.ts";
import { collectionNamed, personNamed } from "./named.ts";
import { readSelfies } from "./read-selfies.ts";
import { parsePurpose } from "./withdraw.ts";
import { withKeys } from "./with-keys.ts";
import { withReceipt } from "./with-receipt.ts";

export interface JoinOrder {
  readonly collection: string;
  readonly selfies: readonly string[];
  /** `PURPOSE` or `publish:CHANNEL`. */
  readonly consents: readonly string[];
  /** What was refused in writing, in the same form: of `paper`, and of a new person. */
  readonly refused?: readonly string[] | undefined;
  /** Somebody who joined before, to be enrolled in another collection; a new person where absent. */
  readonly person?: Id | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** Last day, YYYY-MM-DD. */
  readonly until: string | undefined;
  readonly language: string;
  readonly given: string;
  /** File with a scan of what was signed: of `paper`. Its hash is kept, and nothing else of it. */
  readonly scan?: string | undefined;
  readonly staff: string;
  readonly secondStaff: string | undefined;
  readonly progress: (done: number, total: number) => void;
}

export interface Joined {
  readonly person: Id;
  /** Path of the consent receipt. */
  readonly receipt: string;
  readonly state: "vouched" | "frozen" | "without-template";
  readonly templates: number;
  /** Faces of earlier photos looked at again. */
  readonly searched: number;
  readonly matched: number;
  readonly asked: number;
}

/**
 * A desk or paper enrolment vouched for by staff: read the selfie -> is somebody near enrolled already? -> one
 * transaction with person, consents, enrolment, templates and receipt -> a look through the earlier photos. A crash
 * before the commit leaves keys and a receipt of nothing, which the next start removes; after it, the last look is done
 * by the next start.
 */
export async function join(parts: Parts, order: JoinOrder): Promise<Joined> {
  const collection = await collectionNamed(parts.db, order.collection);
  const terms = readTerms(parts, collection, order);
  const paperDigest = await digestOfScan(terms.given, order.scan);
  if (terms.findMe && order.selfies.length === 0) await requireKeptTemplate(parts, order.person);
  const selfies = order.selfies.length > 0 ? await readSelfies(parts, order.selfies) : undefined;
  const commit = (near: readonly Id[]) =>
    withKeys(parts, (keys) =>
      withReceipt(parts, async (trx, issue) => {
        const made =
          order.person === undefined
            ? await createPerson(
                trx,
                keys,
                { name: order.name, email: order.email, language: terms.language },
                parts.clock,
              )
            : await personNamed(trx, order.person);
        const given: ConsentEventRow[] = [];
        for (const { event, ...scope } of terms.answers) {
          const validUntil = consentEnd(scope.purpose, terms.until, parts.clock.now());
          given.push(
            await recordConsent(
              trx,
              {
                ...scope,
                person: made.id,
                event,
                language: terms.language,
                givenHow: terms.given,
                staff: order.staff,
                paperDigest,
                validUntil,
              },
              parts.clock,
            ),
          );
        }
        const enrolment = await enrol(
          trx,
          {
            person: made.id,
            collection: collection.id,
            givenHow: terms.given,
            staff: order.staff,
            secondStaff: order.secondStaff,
            state: "vouched",
          },
          parts.clock,
        );
        let stored = 0;
        if (terms.findMe && !selfies) {
          await raiseIndexVersion(trx);
          await addPending(trx, [{ kind: "rescan", subject: collection.id, erasure: null }], parts.clock);
        }
        if (selfies) {
          const { pack, embeddings } = selfies;
          const stores = { person: made.id, enrolment: enrolment.id, packId: pack.id, embeddings };
          stored = (await storeTemplates(trx, keys, stores, parts.clock)).length;
          if (near.length > 0) await freeze(trx, enrolment.id, near, parts.clock);
          else
            await addPending(trx, [{ kind: "rescan", subject: collection.id, erasure: null }], parts.clock);
        }
        return {
          person: made.id,
          receipt: await issue(
            await consentReceipt(
              parts,
              trx,
              { collection, person: made.id, language: terms.language },
              given,
            ),
          ),
          templates: stored,
          state: !terms.findMe
            ? ("without-template" as const)
            : near.length > 0
              ? ("frozen" as const)
              : ("vouched" as const),
        };
      }),
    );
  const face = selfies && { ...selfies, person: order.person ?? null };
  const joined = face ? compareClaimant(parts, face, ({ near }) => commit(near)) : commit([]);
  const { person, receipt, state, templates } = await joined.finally(() =>
    wipe(...(selfies?.embeddings ?? [])),
  );

  const looked = state === "vouched" ? await rescan(parts, collection, order.progress) : { faces: 0 };
  const mine = await parts.db.selectFrom("match").select(["state"]).where("person_id", "=", person).execute();
  return {
    person,
    receipt,
    state,
    templates,
    searched: looked.faces,
    matched: mine.filter((row) => row.state === "matched").length,
    asked: mine.filter((row) => row.state === "asked").length,
  };
}

/** SHA-256 of the file, hex; undefined where nothing was signed on paper. Errors: `bad-input`, `not-found`. */
async function digestOfScan(given: "desk" | "paper", scan: string | undefined): Promise<string | undefined> {
  refuseIf(given === "desk" && scan !== undefined, "a scan goes with --given paper", "Leave --scan out.");
  if (given === "desk") return undefined;
  if (scan === undefined) {
    throw new AssentError("bad-input", "a consent on paper is kept with the hash of its scan", {
      remedy: "Scan or photograph what was signed, and name the file with --scan.",
    });
  }
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(scan), hash);
  } catch (error) {
    throw new AssentError("not-found", `the scan ${scan} cannot be read`, { cause: error });
  }
  return hash.digest("hex");
}

interface Terms {
  readonly answers: readonly (ConsentScope & { readonly event: "given" | "refused" })[];
  readonly findMe: boolean;
  readonly until: Date;
  readonly language: Language;
  readonly given: "desk" | "paper";
}

function readTerms(parts: Pick<Parts, "clock">, collection: Collection, order: JoinOrder): Terms {
  const { language, given } = order;
  if (language !== "fr" && language !== "en") {
    throw new AssentError("bad-input", `there are no texts in "${language}"`, {
      remedy: "Languages: fr, en.",
    });
  }
  if (given !== "desk" && given !== "paper") {
    throw new AssentError("bad-input", `a consent is not given by "${given}" here`, {
      remedy: "desk: the person is here; paper: a signed form is.",
    });
  }
  const until = order.until === undefined ? collection.retain_until : day(order.until, "--until");
  if (until > collection.retain_until || until <= parts.clock.now()) {
    throw new AssentError(
      "bad-input",
      "the consents must end after today and by the collection's retention date",
      {
        remedy: "Leave --until out to use the retention date.",
      },
    );
  }
  const scopes = [...new Set(order.consents)].map((text) => scopeOf(text, collection));
  const refused = [...new Set(order.refused ?? [])];
  refuseIf(
    refused.length > 0 && (given !== "paper" || order.person !== undefined),
    "what is refused is taken from a paper, of somebody new",
    "Leave out what they did not agree to; who joined before withdraws.",
  );
  refuseIf(
    refused.some((text) => order.consents.includes(text)),
    "one use is both agreed to and refused",
    "Read the paper again: it says one or the other.",
  );
  const findMe = scopes.some((scope) => scope.purpose === "find-me");
  const has = (purpose: string): boolean => scopes.some((scope) => scope.purpose === purpose);
  refuseIf(scopes.length + refused.length === 0, "nothing is agreed to", "Name at least one --consent.");
  refuseIf(
    findMe && collection.matching === "off",
    "matching is off in this collection",
    "Leave find-me out: people are tagged by hand here.",
  );
  refuseIf(
    !findMe && order.selfies.length > 0,
    "without find-me no selfie is looked at",
    "Add --consent find-me, or leave the selfie out.",
  );
  refuseIf(has("keep-template") && !findMe, "keep-template needs find-me", "Add --consent find-me.");
  refuseIf(
    order.email !== undefined && !has("contact"),
    "without contact no e-mail address is kept",
    "Add --consent contact, or leave --email out.",
  );
  refuseIf(
    order.person !== undefined && (order.name ?? order.email) !== undefined,
    "name and e-mail of a person who joined before stay as they are",
    "Leave --name and --email out.",
  );
  refuseIf(order.staff.trim() === "", "somebody has to vouch for the person", "Add --staff NAME.");
  const answers = [
    ...scopes.map((scope) => ({ ...scope, event: "given" as const })),
    ...refused.map((text) => ({ ...scopeOf(text, collection), event: "refused" as const })),
  ];
  return { answers, findMe, until, language, given };
}

function refuseIf(wrong: boolean, message: string, remedy: string): void {
  if (wrong) throw new AssentError("bad-input", message, { remedy });
}

function scopeOf(text: string, collection: Collection): ConsentScope {
  const { purpose, channel } = parsePurpose(text);
  if (
    channel !== null &&
    channel !== COMPANIONS &&
    !collection.channels.some((one) => one.name === channel)
  ) {
    const known = [...collection.channels.map((one) => one.name), COMPANIONS].join(", ");
    throw new AssentError("bad-input", `the collection has no channel "${channel}"`, {
      remedy: `Channels: ${known}.`,
    });
  }
  // Reaching the person, and keeping the template for later collections, are not bound to one collection.
  const everywhere = purpose === "contact" || purpose === "keep-template";
  return { purpose, channel, collection: everywhere ? null : collection.id };
}

/** Without a selfie somebody is found only by the template that they agreed to keep. */
async function requireKeptTemplate(
  parts: Pick<Parts, "db" | "vision">,
  person: Id | undefined,
): Promise<void> {
  const { pack } = await parts.vision();
  const kept =
    person !== undefined &&
    (await parts.db
      .selectFrom("template")
      .select("id")
      .where("person_id", "=", person)
      .where("pack_id", "=", pack.id)
      .where((eb) => eb.fn<boolean>("template_permitted", ["person_id", "enrolment_id"]))
      .executeTakeFirst());
  refuseIf(!kept, "find-me needs a selfie", "Add --selfie FILE, or leave find-me out and tag by hand.");
}
