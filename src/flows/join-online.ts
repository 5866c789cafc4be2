import { readFile } from "node:fs/promises";
import { record } from "../audit/index.ts";
import { recordConsent, standingOf, type ConsentScope } from "../consent/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { ConsentEventRow, InvitationRow, Language, PersonRow, Purpose, Trx } from "../db/index.ts";
import {
  addGuardian,
  assertMayAgree,
  childOf,
  createPerson,
  enrol,
  isDayCode,
  lockInvitation,
  openInvitation,
  personById,
  renewRecoveryCode,
  startDevice,
  takeInvitation,
  type Holder,
} from "../people/index.ts";
import { collectionById, type Collection } from "../photos/index.ts";
import { consentEnd, consentReceipt } from "./consent-receipt.ts";
import type { Parts } from "./instance.ts";
import { askedIn } from "./welcome.ts";
import { withKeys } from "./with-keys.ts";
import { withReceipt } from "./with-receipt.ts";

export interface OnlineJoinOrder {
  readonly invitation: string;
  /** Needed with a public invitation. */
  readonly dayCode?: string | undefined;
  readonly language: Language;
  /** "I am `minimumAge` or older"; by a guardian's invitation, "I am this child's guardian". */
  readonly declared: boolean;
  /** Years; kept in the entry as what was declared. */
  readonly minimumAge: number;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  /** What is agreed to; whatever was asked and is not here is recorded as refused. */
  readonly consents: readonly { readonly purpose: Purpose; readonly channel: string | null }[];
  /** Somebody signed in already, who joins one collection more; a new person where absent. */
  readonly as?: Holder | undefined;
}

export interface JoinedOnline {
  readonly person: Id;
  readonly collection: Id;
  readonly enrolment: Id;
  /** Of the device that joined; null for somebody who was signed in already. Shown once. */
  readonly device: { readonly id: Id; readonly secret: string } | null;
  /** Shown once; null for somebody who was signed in already, whose code stays. */
  readonly recoveryCode: string | null;
  /** The consent receipt, one compact JWS. */
  readonly receipt: string;
  /** Whether the challenge is next: find-me was agreed to. */
  readonly findMe: boolean;
}

/**
 * Somebody joins on their own device: one transaction uses the invitation up and makes person, consents given and
 * refused, a provisional enrolment, the device, the recovery code and the receipt. Nobody's face is looked at: that is
 * `enrolLive`, once the challenge is passed. A crash before the commit leaves keys and a receipt of nothing, which the next
 * start that follows a crash and is alone removes.
 * Errors: `not-found`, `refused` or `too-often` for the invitation, `refused` for the day's code, `bad-input` for what
 * makes no sense together.
 */
export async function joinOnline(parts: Parts, order: OnlineJoinOrder): Promise<JoinedOnline> {
  if (!order.declared) {
    throw new AssentError("refused", "nobody joins without saying that they are old enough", {
      remedy: "Who is younger joins through a guardian, by an invitation addressed to that guardian.",
    });
  }
  const seen = await openInvitation(parts.db, order.invitation, parts.clock);
  const collection = await collectionOf(parts, seen);
  await requireDayCode(parts, seen, order.dayCode);
  const asked = askedIn(collection);
  checkAgreed(asked, order);
  const { path, ...joined } = await withKeys(parts, (keys) =>
    withReceipt(parts, async (trx, issue) => {
      const invitation = await lockInvitation(trx, order.invitation, parts.clock);
      const child = await childOf(keys, invitation);
      if (child !== null && order.as !== undefined) {
        throw new AssentError("refused", "a child is invited as a person of their own", {
          remedy: "Open the invitation where nobody is signed in.",
        });
      }
      // By this kind of invitation alone somebody joins for a child, and for just the child that it names.
      const identity =
        child === null ? { name: order.name, email: order.email } : { ...child, email: order.email };
      await takeInvitation(trx, invitation, parts.clock);
      const person = order.as
        ? await personById(trx, order.as.person)
        : await createPerson(trx, keys, { ...identity, language: order.language }, parts.clock);
      if (order.as) await assertMayJoin(trx, order.as, collection.id);
      const guardian = child === null ? null : await addGuardian(trx, person.id, parts.clock);
      const events = await recordAnswers(parts, trx, person, collection, asked, order);
      const enrolment = await enrol(
        trx,
        {
          person: person.id,
          collection: collection.id,
          givenHow: "own-device",
          staff: null,
          state: "provisional",
        },
        parts.clock,
      );
      const declared = child === null ? `age-${order.minimumAge}` : "guardian";
      const payload = { enrolment: enrolment.id, invitation: invitation.kind, declared };
      await record(trx, { kind: "joined-online", payload, person: person.id }, parts.clock);
      const holder = { person: person.id, guardian };
      return {
        person: person.id,
        collection: collection.id,
        enrolment: enrolment.id,
        device: order.as ? null : await startDevice(trx, { ...holder, how: "join" }, parts.clock),
        recoveryCode: order.as ? null : await renewRecoveryCode(trx, holder, parts.clock),
        findMe: events.some((event) => event.purpose === "find-me" && event.event === "given"),
        path: await issue(
          consentReceipt(
            parts,
            collection,
            person.id,
            order.language,
            events.filter((event) => event.event === "given"),
          ),
        ),
      };
    }),
  );
  return { ...joined, receipt: await readFile(path, "utf8") };
}

async function collectionOf(parts: Pick<Parts, "db">, invitation: InvitationRow): Promise<Collection> {
  if (invitation.kind === "personal" || invitation.collection_id === null) {
    throw new AssentError("refused", "a personal link signs in; nobody joins by it");
  }
  return collectionById(parts.db, invitation.collection_id);
}

async function requireDayCode(
  parts: Pick<Parts, "keys" | "clock">,
  invitation: InvitationRow,
  typed: string | undefined,
): Promise<void> {
  if (invitation.kind !== "public" || invitation.collection_id === null) return;
  if (await isDayCode(parts.keys, invitation.collection_id, typed ?? "", parts.clock)) return;
  throw new AssentError("refused", "this is not the code of the day", {
    remedy: "It is shown at the event beside the QR code, and changes each day.",
  });
}

type Answer = Pick<ConsentScope, "purpose" | "channel">;

function checkAgreed(asked: readonly Answer[], order: OnlineJoinOrder): void {
  const unasked = order.consents.find((one) => !asked.some((other) => isSame(one, other)));
  const agrees = (purpose: Purpose): boolean => order.consents.some((one) => one.purpose === purpose);
  refuseIf(unasked !== undefined, "something is agreed to that this collection does not ask for");
  refuseIf(agrees("keep-template") && !agrees("find-me"), "keep-template needs find-me");
  refuseIf(
    (order.email ?? "").trim() !== "" && !agrees("contact"),
    "without contact no e-mail address is kept",
  );
  refuseIf(
    order.as !== undefined && (order.name ?? order.email) !== undefined,
    "name and address of somebody who joined before are changed on their own page",
  );
}

function refuseIf(wrong: boolean, message: string): void {
  if (wrong) throw new AssentError("bad-input", message);
}

function isSame(a: Answer, b: Answer): boolean {
  return a.purpose === b.purpose && a.channel === b.channel;
}

async function assertMayJoin(trx: Trx, as: Holder, collection: Id): Promise<void> {
  await assertMayAgree(trx, as);
  const there = await trx
    .selectFrom("enrolment")
    .select("id")
    .where("person_id", "=", as.person)
    .where("collection_id", "=", collection)
    .executeTakeFirst();
  if (there) {
    throw new AssentError("exists", "you have joined this collection already", {
      remedy: "What you agree to is changed on your own page.",
    });
  }
}

/** One event for each use that was asked about: given, or refused. */
async function recordAnswers(
  parts: Pick<Parts, "clock">,
  trx: Trx,
  person: Pick<PersonRow, "id">,
  collection: Collection,
  asked: readonly Answer[],
  order: OnlineJoinOrder,
): Promise<readonly ConsentEventRow[]> {
  const now = parts.clock.now();
  const standing = order.as ? await standingOf(trx, person.id, parts.clock) : [];
  const events: ConsentEventRow[] = [];
  for (const { purpose, channel } of asked) {
    const agreed = order.consents.some((one) => isSame(one, { purpose, channel }));
    // Reaching the person, and keeping the template for later collections, are not bound to one collection.
    const everywhere = purpose === "contact" || purpose === "keep-template";
    const scope: ConsentScope = { purpose, channel, collection: everywhere ? null : collection.id };
    // What was agreed to everywhere before is not taken back by leaving a box empty here.
    const stands = standing.some(
      (one) => one.live && one.collection === null && isSame(one, scope) && everywhere,
    );
    if (stands && !agreed) continue;
    events.push(
      await recordConsent(
        trx,
        {
          ...scope,
          person: person.id,
          event: agreed ? "given" : "refused",
          language: order.language,
          givenHow: "own-device",
          staff: null,
          validUntil: consentEnd(purpose, collection.retain_until, now),
        },
        parts.clock,
      ),
    );
  }
  return events;
}
