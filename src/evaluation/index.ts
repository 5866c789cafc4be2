export { HEIGHT_BANDS, POOLED_BANDS, type HeightBand, type HeightRow } from "./by-height.ts";
export { FEW_PEOPLE, type GroupReport } from "./comparisons.ts";
export {
  ageBand,
  type EvaluationInput,
  type Groups,
  type Observation,
  type Threshold,
} from "./observation.ts";
export { type Rate } from "./rate.ts";
export { evaluate, LEAK_HEIGHT, type EvaluationReport } from "./report.ts";
export { renderReport } from "./render.ts";
export { type PolicyErrors } from "./searches.ts";
