import { readFile } from "node:fs/promises";
import { record } from "../audit/index.ts";
import { AssentError, type Id } from "../core/index.ts";
import type { InvitationRow, Language, Purpose, Trx } from "../db/index.ts";
import {
  addGuardian,
  assertMayAgree,
  childOf,
  contactKey,
  createPerson,
  enrol,
  hasJoined,
  isDayCode,
  lockEnrolments,
  lockInvitation,
  openInvitation,
  personById,
  renewRecoveryCode,
  setEmail,
  startDevice,
  takeInvitation,
  type Holder,
} from "../people/index.ts";
import { collectionById, type Collection } from "../photos/index.ts";
import { writeLeftovers } from "./collection.ts";
import { takeCardWith } from "./card-tags.ts";
import { consentReceipt } from "./consent-receipt.ts";
import { endExpiredConsents } from "./expire.ts";
import { workOff } from "./pending-work.ts";
import type { Parts } from "./instance.ts";
import { checkAgreed, majorityOf, nextStep, recordAnswers, renderAgain } from "./join-answers.ts";
import { renewStale } from "./renew-renditions.ts";
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
  /** Of a child who joins by their first guardian: the day on which they come of age, YYYY-MM-DD. */
  readonly majorityOn?: string | undefined;
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
  /** Whether the challenge is next: find-me was agreed to, by as many as must. */
  readonly findMe: boolean;
  /** Of a child: another guardian must agree before anything that was agreed to begins. */
  readonly waiting: boolean;
}

/**
 * Somebody joins on their own device: one transaction uses the invitation up and makes person, consents given and
 * refused, a provisional enrolment, the device, the recovery code and the receipt; where the invitation is half of a card,
 * the photos in which the card was held up are theirs with it. Nobody's face is looked at: that is
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
  // What is not agreed to is written down as a no.
  if (order.as) await endExpiredConsents(parts, { person: order.as.person });
  const { path, letter, ...joined } = await withKeys(parts, (keys) =>
    withReceipt(parts, async (trx, issue) => {
      const invitation = await lockInvitation(trx, order.invitation, parts.clock);
      const child = await childOf(keys, invitation);
      if (child !== null && order.as !== undefined) {
        throw new AssentError("refused", "a child is invited as a person of their own", {
          remedy: "Open the invitation where nobody is signed in.",
        });
      }
      // By this kind of invitation alone somebody joins for a child, and for just the child that it names.
      const identity = child ?? { name: order.name };
      const { letter } = await takeInvitation(trx, invitation, parts.clock);
      if (letter !== null) await writeLeftovers(parts, trx, { blobs: [], keys: [contactKey(letter)] });
      const known =
        order.as?.person ?? (child !== null && (await hasJoined(trx, child.id)) ? child.id : null);
      refuseMajorityOfAdults(order, child !== null);
      const majorityAt = child !== null && known === null ? majorityOf(parts, order.majorityOn) : null;
      const person =
        known === null
          ? await createPerson(trx, keys, { ...identity, language: order.language, majorityAt }, parts.clock)
          : await personById(trx, known);
      if (order.as) await assertMayJoin(trx, order.as, collection.id);
      const guardian = child === null ? null : await addGuardian(trx, person.id, parts.clock);
      const holder = { person: person.id, guardian };
      if ((order.email ?? "").trim() !== "") {
        await setEmail(trx, keys, holder, order.email ?? "", parts.clock);
      }
      const speaks = { person, guardian, isKnown: known !== null };
      const events = await recordAnswers(parts, trx, speaks, collection, asked, order);
      const enrolment = await enrolOnce(parts, trx, person.id, collection.id);
      await renderAgain(parts, trx, collection.id, events);
      const used = { invitation: invitation.id, person: person.id, collection: collection.id };
      await takeCardWith(parts, trx, used);
      const declared = child === null ? `age-${order.minimumAge}` : "guardian";
      const payload = { enrolment: enrolment.id, invitation: invitation.kind, declared };
      await record(trx, { kind: "joined-online", payload, person: person.id }, parts.clock);
      return {
        letter,
        person: person.id,
        collection: collection.id,
        enrolment: enrolment.id,
        device: order.as ? null : await startDevice(trx, { ...holder, how: "join" }, parts.clock),
        recoveryCode: order.as ? null : await renewRecoveryCode(trx, holder, parts.clock),
        ...(await nextStep(parts, trx, person.id, collection.id)),
        path: await issue(
          await consentReceipt(
            parts,
            trx,
            {
              collection,
              person: person.id,
              language: order.language,
            },
            events,
          ),
        ),
      };
    }),
  );
  // It still stood in the outbox: nobody had said that it was handed over.
  if (letter !== null) await workOff(parts, null, "destroy-key");
  await renewStale(parts);
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

function refuseMajorityOfAdults(order: OnlineJoinOrder, isChild: boolean): void {
  if (isChild || order.majorityOn === undefined) return;
  throw new AssentError("bad-input", "the day of coming of age is asked of a child's guardian alone");
}

/** The second guardian finds the child enrolled. */
async function enrolOnce(parts: Pick<Parts, "clock">, trx: Trx, person: Id, collection: Id) {
  const there = await lockEnrolments(trx, person, collection);
  const wanted = { person, collection, givenHow: "own-device", staff: null, state: "provisional" } as const;
  return there[0] ?? enrol(trx, wanted, parts.clock);
}
