import { impactAssessment } from "./impact-assessment.ts";
import type { Parts } from "./instance.ts";
import { paperFacts, type PaperSettings } from "./paper-facts.ts";
import type { Paper } from "./paper.ts";
import { recordOfProcessing } from "./record-of-processing.ts";

export type PaperKind = "record" | "assessment";

/** Drafts a paper from what is there at this moment. Nothing is kept of it. */
export async function draftPaper(
  parts: Pick<Parts, "db" | "clock" | "controller" | "idleMonths" | "vision">,
  order: { readonly paper: PaperKind; readonly language: Paper["language"] } & PaperSettings,
): Promise<Paper> {
  const facts = await paperFacts(parts, order);
  switch (order.paper) {
    case "record":
      return recordOfProcessing(facts, order.language);
    case "assessment":
      return impactAssessment(facts, order.language);
  }
}
