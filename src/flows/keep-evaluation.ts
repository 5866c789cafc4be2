import { record } from "../audit/index.ts";
import { newId } from "../core/index.ts";
import { inTransaction } from "../db/index.ts";
import type { EvaluationReport } from "../evaluation/index.ts";
import { AUTOMATIC, type Evaluated } from "./evaluate.ts";
import type { Parts } from "./instance.ts";

/** What an officer reads of an evaluation: rates with their intervals. No score, no photo, nobody. */
export type KeptRates = Pick<
  EvaluationReport,
  "photos" | "people" | "enrolled" | "faces" | "atThresholds" | "groups"
> & {
  /** Faces tall enough to be recognised that were missed, or would be seen in a picture that shows nobody. */
  readonly leaks: number;
};

export interface KeptEvaluation {
  readonly at: Date;
  readonly by: string;
  readonly pack: string;
  readonly policy: string;
  readonly rates: KeptRates;
}

/** As many are kept: what a new model or policy changed can be seen beside what was. */
const KEPT = 10;

/** Keeps the rates of an evaluation for the officer's pages and papers, with its entry. */
export async function keepEvaluation(
  parts: Pick<Parts, "db" | "clock">,
  { evaluated, actor }: { readonly evaluated: Evaluated; readonly actor: string },
): Promise<void> {
  const { photos, people, enrolled, faces, atThresholds, groups, leaks } = evaluated.report;
  const rates: KeptRates = { photos, people, enrolled, faces, atThresholds, groups, leaks: leaks.length };
  const id = newId();
  const { pack, policy } = evaluated;
  await inTransaction(parts.db, async (trx) => {
    await trx
      .insertInto("evaluation")
      .values({ id, at: parts.clock.now(), kept_by: actor, pack, policy, rates: JSON.stringify(rates) })
      .execute();
    await trx
      .deleteFrom("evaluation")
      .where("id", "not in", (eb) =>
        eb.selectFrom("evaluation").select("id").orderBy("at", "desc").orderBy("id", "desc").limit(KEPT),
      )
      .execute();
    await record(
      trx,
      { kind: "evaluation-kept", payload: { evaluation: id, pack, policy, photos, people } },
      parts.clock,
    );
  });
}

/** What was measured here, newest first. */
export async function keptEvaluations({ db }: Pick<Parts, "db">): Promise<readonly KeptEvaluation[]> {
  const rows = await db
    .selectFrom("evaluation")
    .selectAll()
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(({ at, kept_by: by, pack, policy, rates }) => ({
    at,
    by,
    pack,
    policy,
    rates: rates as KeptRates,
  }));
}

/** The groups at the threshold by which matches are given without asking, the strictest of the policy's. */
export function groupsWhenAutomatic({ atThresholds, groups }: KeptRates): KeptRates["groups"] {
  const automatic = atThresholds.find((one) => one.name === AUTOMATIC);
  return groups.filter((one) => one.threshold === automatic?.value);
}
