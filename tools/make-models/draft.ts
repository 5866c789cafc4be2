// An ONNX graph while it is being made from a TFLite one: which tensor is called what, and in which layout.
import { AssentError, must } from "../../src/core/index.ts";
import {
  floats,
  floatValue,
  int64s,
  intsAttribute,
  nodesBehind,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from "./onnx.ts";
import type { TfliteTensor } from "./tflite.ts";

/**
 * TFLite keeps channels last, ONNX's convolutions want them first. Tensors of rank 4 are therefore held with channels
 * first, and turned back only where the order of the numbers matters; all others are as they were.
 */
export interface Draft {
  /** Adds a node with one output, and gives the output's name back. */
  readonly node: (
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes?: readonly OnnxAttribute[],
  ) => string;
  /** Says under which name a tensor is held. */
  readonly hold: (tensor: TfliteTensor, name: string) => void;
  /** The name a tensor is held under: channels first if it is of rank 4. */
  readonly held: (tensor: TfliteTensor) => string;
  /** The name of the tensor with its numbers in TFLite's order. */
  readonly inOrder: (tensor: TfliteTensor) => string;
  /** Adds a constant; what has a name already is not added twice. */
  readonly floats: (name: string, dims: readonly number[], values: Float32Array) => string;
  readonly int64s: (name: string, values: readonly number[]) => string;
  /** The model whose outputs bear the names of these tensors, without the nodes that they do not need. */
  readonly finish: (input: TfliteTensor, outputs: readonly TfliteTensor[]) => OnnxModel;
}

/** Name of the input. */
export const INPUT = "input";
/** Name of the first side: how many pictures at once. */
const BATCH = "N";

/** What the kept files bear; the networks need none of it, but without it they would be other files. */
const HEADER = {
  irVersion: 7,
  producerName: "bake-convert",
  opsetImport: [{ domain: "", version: 13 }],
} as const;
const GRAPH_NAME = "g";

export function newDraft(): Draft {
  const nodes: Omit<OnnxNode, "name">[] = [];
  const constants = new Map<string, OnnxTensor>();
  const names = new Map<TfliteTensor, string>();
  const turned = new Map<TfliteTensor, string>();

  const node: Draft["node"] = (opType, input, output, attribute = []) => {
    nodes.push({ opType, input, output: [output], attribute });
    return output;
  };
  const held: Draft["held"] = (tensor) => must(names.get(tensor), `the tensor ${tensor.name}`);
  const inOrder: Draft["inOrder"] = (tensor) => {
    const name = held(tensor);
    if (tensor.shape.length !== 4) return name;
    const known = turned.get(tensor);
    if (known !== undefined) return known;
    const output = `${name}__t${turned.size}`;
    turned.set(tensor, output);
    return node("Transpose", [name], output, [intsAttribute("perm", [0, 2, 3, 1])]);
  };
  const constant = (tensor: OnnxTensor): string => {
    if (!constants.has(tensor.name)) constants.set(tensor.name, tensor);
    return tensor.name;
  };

  return {
    node,
    held,
    inOrder,
    hold: (tensor, name) => void names.set(tensor, name),
    floats: (name, dims, values) => constant(floats(name, dims, values)),
    int64s: (name, values) => constant(int64s(name, values)),
    finish: (input, outputs) => {
      const [, height, width, channels] = input.shape;
      if (height === undefined || width === undefined || channels === undefined)
        throw new AssentError("model-pack", `the input ${input.name} is no picture`);
      for (const tensor of outputs) node("Identity", [inOrder(tensor)], tensor.name);
      const behind = nodesBehind(
        nodes,
        outputs.map((tensor) => tensor.name),
      );
      return {
        ...HEADER,
        graph: {
          name: GRAPH_NAME,
          node: behind.nodes.map((node, i) => ({ ...node, name: `n${i}` })),
          initializer: [...constants].filter(([name]) => behind.needed.has(name)).map(([, tensor]) => tensor),
          input: [floatValue(INPUT, [BATCH, channels, height, width])],
          output: outputs.map(({ name, shape }) => floatValue(name, [BATCH, ...shape.slice(1)])),
        },
      };
    },
  };
}
