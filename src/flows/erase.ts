import { record } from "../audit/index.ts";
import { newId, type Id } from "../core/index.ts";
import type { KeyRef } from "../crypto/index.ts";
import { inTransaction } from "../db/index.ts";
import { retract } from "../matching/index.ts";
import { dropReaderRenditions, suspendShowing, whatLeft } from "../publishing/index.ts";
import { forgetPerson, receiptFilesOf } from "../rights/index.ts";
import { finishErasure, type ErasureCounts, type Left } from "./finish-erasure.ts";
import type { Parts } from "./instance.ts";
import { personNamed } from "./named.ts";
import { writeErasure } from "./write-erasure.ts";

/**
 * Everything about a person, and the person: one transaction after which no row names them but the erasure's own,
 * then the same finish as a withdrawal. What stays are leaf hashes of the log that say nothing any more, looks
 * without the person, an opaque erasure entry, and the photos with that face hidden.
 */
export async function erase(
  parts: Parts,
  /** `actor` null: the person, on their own device. */
  order: { readonly person: Id; readonly actor: string | null },
): Promise<Left> {
  const started = performance.now();
  const { clock } = parts;
  const person = await personNamed(parts.db, order.person);
  const erasure = newId();
  const keys = await Promise.all(
    (["face", "contact"] as const).map((group) => parts.keys.has({ kind: "person", id: person.id, group })),
  );
  await inTransaction(parts.db, async (trx) => {
    await trx.selectFrom("person").select("id").where("id", "=", person.id).forUpdate().execute();
    const left = await whatLeft(trx, person.id);
    const files = await receiptFilesOf(trx, person.id);
    const templates = await trx
      .selectFrom("template")
      .select("id")
      .where("person_id", "=", person.id)
      .execute();
    // The renditions made for the person go first, so that none of them is made again.
    const blobs = await dropReaderRenditions(trx, person.id, "all");
    const render = await suspendShowing(
      trx,
      person.id,
      { channels: "all", collection: null, photos: [] },
      clock,
    );
    const retracted = await retract(
      trx,
      person.id,
      { collections: "all", machineOnly: false, keepRejections: false },
      clock,
    );
    const forgotten = await forgetPerson(trx, person.id);
    const counts: ErasureCounts = {
      erased: tidy({
        templates: templates.length,
        keys: keys.filter(Boolean).length,
        "matches and tags": retracted.counts.matched + retracted.counts.asked + retracted.counts.confirmed,
        rejections: retracted.counts.rejected,
        consents: forgotten["consent_event"] ?? 0,
        enrolments: forgotten["enrolment"] ?? 0,
        claims: forgotten["claim"] ?? 0,
        devices: forgotten["device"] ?? 0,
        passkeys: forgotten["passkey"] ?? 0,
        "recovery codes": forgotten["recovery_code"] ?? 0,
        "personal links": forgotten["invitation"] ?? 0,
        notices: forgotten["notice"] ?? 0,
        "renditions made again": render.length,
        "delivered renditions": blobs.length,
        "receipts kept here": files.length,
        "log entries made empty": forgotten["entry_payload"] ?? 0,
        "looks without the person": forgotten["look_person"] ?? 0,
        people: forgotten["person"] ?? 0,
      }),
      purposes: ["everything"],
      stays: [
        { what: "photos", why: "they belong to the organisation; the face in them is hidden" },
        {
          what: "leaf hashes of the log",
          why: "the log stays verifiable; without their payload they say nothing",
        },
        { what: "look records without the person", why: "the organisation answers for who looked" },
      ],
      leftEarlier: left.map((one) => ({ what: `pictures by ${one.channel}`, count: one.pictures })),
    };
    const doomed: KeyRef[] = [
      { kind: "person", id: person.id, group: "face" },
      { kind: "person", id: person.id, group: "contact" },
    ];
    await writeErasure(parts, trx, {
      id: erasure,
      person: person.id,
      kind: "erase",
      counts,
      events: [{ event: "erased", person: person.id }],
      doomed,
      render,
      blobs,
      files,
    });
    await record(trx, { kind: "erased", payload: { erasure, by: order.actor } }, clock);
  });
  return finishErasure(parts, erasure, started, performance.now() - started);
}

function tidy(counts: Record<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0));
}
