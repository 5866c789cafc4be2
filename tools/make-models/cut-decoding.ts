import { AssentError, must } from "../../src/core/index.ts";
import { floatValue, nodesBehind, type OnnxModel } from "./onnx.ts";

/** An output to keep: its name in the graph, and how many numbers it has for each anchor box. */
interface KeptOutput {
  readonly name: string;
  readonly width: number;
}

/**
 * Ends a detector at tensors that lie before its decoding of boxes, whose anchors are constants for one size of picture,
 * and frees the height and width of its input. What only the decoding needed goes. The outputs are 1 x anchors x width.
 * Error `model-pack`: no node computes such a tensor.
 */
export function cutDecoding(model: OnnxModel, outputs: readonly KeptOutput[]): OnnxModel {
  const { graph } = model;
  for (const { name } of outputs) {
    if (!graph.node.some((node) => node.output.includes(name)))
      throw new AssentError("model-pack", `nothing in the detector computes ${name}`);
  }
  const { nodes, needed } = nodesBehind(
    graph.node,
    outputs.map(({ name }) => name),
  );
  const input = must(graph.input[0], "the detector's input");
  return {
    ...model,
    graph: {
      ...graph,
      node: nodes,
      initializer: graph.initializer.filter(({ name }) => needed.has(name)),
      input: [floatValue(input.name, [1, 3, "h", "w"])],
      output: outputs.map(({ name, width }) => floatValue(name, [1, "n", width])),
      valueInfo: [],
    },
  };
}
