export { ageBand, type Groups, type Observation } from "./observation.ts";
export { type Rate } from "./rate.ts";
export { renderReport } from "./render.ts";
export { evaluate, type EvaluationReport } from "./report.ts";
