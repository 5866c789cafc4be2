import type { Id } from "../core/index.ts";
import type { Purpose, Trx } from "../db/index.ts";
import type { ErasureCounts } from "./finish-erasure.ts";

/** What the receipt says of what stays: what is there after this withdrawal, and why. */
export async function staysAfter(
  trx: Trx,
  person: Id,
  purposes: ReadonlySet<Purpose>,
): Promise<ErasureCounts["stays"]> {
  const stays = [
    {
      what: "consent record, enrolment, looks and log entries",
      why: "by random id, until everything is erased: proof of what was agreed to and withdrawn, and of who looked",
    },
  ];
  const row = await trx
    .selectFrom("person")
    .select(["name_sealed", "email_sealed"])
    .where("id", "=", person)
    .executeTakeFirstOrThrow();
  if (row.name_sealed)
    stays.push({ what: "name", why: "sealed under the person's own key, until everything is erased" });
  if (row.email_sealed) stays.push({ what: "e-mail address", why: "sealed, while contact is agreed to" });
  if (purposes.has("find-me")) {
    stays.push({
      what: "photos",
      why: "they belong to the organisation; the face in them is hidden but where a tag and a consent of the person's show it",
    });
  }
  const left = await trx
    .selectFrom("match")
    .select((eb) => ["state", eb.fn.countAll<number>().as("n")])
    .where("person_id", "=", person)
    .groupBy("state")
    .execute();
  const count = (state: string): number => left.find((one) => one.state === state)?.n ?? 0;
  const tags = count("confirmed");
  if (tags > 0)
    stays.push({ what: `${tags} tags or confirmed matches`, why: "the person has not taken them back" });
  const cards = await cardsThatSpeak(trx, person);
  if (cards.faces > 0) {
    stays.push({
      what: `${cards.faces} faces by card`,
      why: "a card was held up beside them, or just before",
    });
  }
  if (cards.cards > 0) {
    stays.push({
      what: `${cards.cards} cards`,
      why: "photos in which they are held up later are the person's too",
    });
  }
  if (count("rejected") > 0) {
    stays.push({
      what: `${count("rejected")} rejections`,
      why: "so that the person is never suggested there again",
    });
  }
  const templates = await trx.selectFrom("template").select("id").where("person_id", "=", person).execute();
  if (templates.length > 0) {
    stays.push({ what: `${templates.length} templates`, why: "find-me or keep-template is still agreed to" });
  }
  return stays;
}

async function cardsThatSpeak(
  trx: Trx,
  person: Id,
): Promise<{ readonly cards: number; readonly faces: number }> {
  const cards = await trx
    .selectFrom("card")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("person_id", "=", person)
    .where("ended_at", "is", null)
    .executeTakeFirstOrThrow();
  const faces = await trx
    .selectFrom("match")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("person_id", "=", person)
    .where("origin", "=", "card")
    .where("state", "in", ["matched", "asked"])
    .executeTakeFirstOrThrow();
  return { cards: cards.n, faces: faces.n };
}
