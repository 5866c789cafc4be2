// oxlint-disable-next-line import/no-unassigned-import -- it has to be run before the next one is loaded, and does nothing else
import "./no-telemetry.ts";

export { InferenceSession, Tensor } from "onnxruntime-node";
