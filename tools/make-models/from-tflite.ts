// Converts a TFLite network into an ONNX one that computes the same, for any number of pictures at once.
import { AssentError, must } from "../../src/core/index.ts";
import { INPUT, newDraft, type Draft } from "./draft.ts";
import { intAttribute, intsAttribute, textAttribute, type OnnxAttribute, type OnnxModel } from "./onnx.ts";
import type { Padding, TfliteModel, TfliteOperator, TfliteTensor } from "./tflite.ts";

type Operator<Kind extends TfliteOperator["kind"]> = Extract<TfliteOperator, { readonly kind: Kind }>;

/** Which operator computes a tensor; constants and inputs have none. */
type Producers = ReadonlyMap<TfliteTensor, TfliteOperator>;

/**
 * The network with one input, pictures of N x channels x height x width, named `input`, and outputs named as they were.
 * `relu(x) + c (x - |x|)`, which is how the embedder writes it, becomes PRelu with the slope `2 c`; O-Net writes it
 * `relu(x) + c (-relu(-x))`, and is left as it is. Error `model-pack`: the network is of a form that is not converted.
 */
export function fromTflite(model: TfliteModel): OnnxModel {
  const draft = newDraft();
  const [input, ...more] = model.inputs;
  if (input === undefined || more.length > 0) throw notConverted("a network without exactly one input");
  draft.hold(input, INPUT);
  const producers = new Map(model.operators.map((operator) => [operator.output, operator]));
  for (const operator of model.operators) draft.hold(operator.output, convert(operator, draft, producers));
  return draft.finish(input, model.outputs);
}

/** Adds the nodes of an operator, and gives the name of what they compute. */
function convert(operator: TfliteOperator, draft: Draft, producers: Producers): string {
  switch (operator.kind) {
    case "convolution":
      return convolution(operator, draft);
    case "max-pool":
      return draft.node("MaxPool", [draft.held(first(operator))], `${operator.output.name}__p`, [
        intsAttribute("kernel_shape", operator.kernel),
        intsAttribute("strides", operator.stride),
        automaticPads(operator.padding),
      ]);
    case "each":
      return draft.node(operator.does, [draft.held(first(operator))], `${operator.output.name}__u`);
    case "pair":
      return ofTwo(operator, draft, producers);
    case "reduce":
      return reduce(operator, draft);
    case "fully-connected":
      return fullyConnected(operator, draft);
    case "reshape":
      return reshape(operator, draft);
  }
}

function convolution(operator: Operator<"convolution">, draft: Draft): string {
  const { inputs, output, depthwise, padding, stride, dilation } = operator;
  const [picture, weights, bias] = three(inputs, output);
  // Kernels are kept as output x height x width x input; a depthwise one, as 1 x height x width x channels.
  const order = depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2];
  const [dims, values] = permute(weights, order);
  const kernel = dims.slice(2);
  const channels = must(picture.shape[3], `the channels of ${picture.name}`);
  if (depthwise && dims[0] !== channels) throw notConverted("a depthwise convolution that adds channels");
  return draft.node(
    "Conv",
    [
      draft.held(picture),
      draft.floats(`${weights.name}#w`, dims, values),
      draft.floats(bias.name, bias.shape, floatsOf(bias)),
    ],
    `${output.name}__c`,
    [
      intsAttribute("kernel_shape", kernel),
      intsAttribute("strides", stride),
      intsAttribute("dilations", dilation),
      intAttribute("group", depthwise ? channels : 1),
      // At a stride of 1 the pads do not depend on the picture's size, and can be written down.
      padding === "SAME" && stride.every((step) => step === 1)
        ? fixedPads(kernel, dilation)
        : automaticPads(padding),
    ],
  );
}

/** Pads that keep the size at a stride of 1: TFLite puts the odd one at the end. */
function fixedPads(kernel: readonly number[], dilation: readonly number[]): OnnxAttribute {
  const total = kernel.map((side, i) => (side - 1) * must(dilation[i], "a dilation"));
  const before = total.map((pads) => Math.floor(pads / 2));
  const after = total.map((pads) => Math.ceil(pads / 2));
  return intsAttribute("pads", [...before, ...after]);
}

function automaticPads(padding: Padding): OnnxAttribute {
  return textAttribute("auto_pad", padding === "SAME" ? "SAME_UPPER" : "VALID");
}

function ofTwo(operator: Operator<"pair">, draft: Draft, producers: Producers): string {
  const { does, inputs, output } = operator;
  const name = `${output.name}__e`;
  const rank = output.shape.length;
  const prelu = preluOf(operator, producers);
  if (prelu !== undefined) {
    const slope = {
      ...prelu.factor,
      name: `${prelu.factor.name}#slope`,
      values: floatsOf(prelu.factor).map((factor) => 2 * factor),
    };
    return draft.node("PRelu", [draft.held(prelu.input), perChannel(slope, rank, draft)], name);
  }
  return draft.node(
    does,
    inputs.map((tensor) => (tensor.values ? perChannel(tensor, rank, draft) : draft.held(tensor))),
    name,
  );
}

/** The x and c of `relu(x) + c (x - |x|)`, if that is what the operator computes. */
function preluOf(
  operator: Operator<"pair">,
  producers: Producers,
): { readonly input: TfliteTensor; readonly factor: TfliteTensor } | undefined {
  if (operator.does !== "Add") return undefined;
  const [left, right] = operator.inputs.map((tensor) => producers.get(tensor));
  if (left?.kind !== "each" || left.does !== "Relu") return undefined;
  if (right?.kind !== "pair" || right.does !== "Mul") return undefined;
  const input = first(left);
  const [factor, difference] = right.inputs;
  if (factor?.values === undefined || difference === undefined) return undefined;
  const minus = producers.get(difference);
  if (minus?.kind !== "pair" || minus.does !== "Sub" || minus.inputs[0] !== input) return undefined;
  const magnitude = minus.inputs[1] && producers.get(minus.inputs[1]);
  if (magnitude?.kind !== "each" || magnitude.does !== "Abs" || first(magnitude) !== input) return undefined;
  return { input, factor };
}

/** A constant with a number for each channel, in the form that is spread over a tensor of the given rank. */
function perChannel(constant: TfliteTensor, rank: number, draft: Draft): string {
  const [channels, ...more] = constant.shape;
  if (channels === undefined || more.length > 0) throw notConverted(`a constant that is not per channel`);
  return rank === 4
    ? draft.floats(`${constant.name}#c11`, [channels, 1, 1], floatsOf(constant))
    : draft.floats(constant.name, constant.shape, floatsOf(constant));
}

function reduce({ does, inputs, output, keepDimensions }: Operator<"reduce">, draft: Draft): string {
  const [tensor, axis] = inputs;
  if (tensor === undefined || axis?.values === undefined) throw notConverted("axes that are computed");
  const rank = tensor.shape.length;
  if (rank === 4) throw notConverted("a reduction of pictures");
  const axes = Array.from(axis.values, (value) => (value < 0 ? value + rank : value));
  const keep = intAttribute("keepdims", keepDimensions ? 1 : 0);
  const name = `${output.name}__rd`;
  // In ONNX's operator set 13 the axes of a sum are an input already, those of a maximum an attribute still.
  return does === "ReduceSum"
    ? draft.node(does, [draft.held(tensor), draft.int64s(`${output.name}#ax`, axes)], name, [keep])
    : draft.node(does, [draft.held(tensor)], name, [intsAttribute("axes", axes), keep]);
}

function fullyConnected({ inputs, output }: Operator<"fully-connected">, draft: Draft): string {
  const [tensor, weights, bias] = three(inputs, output);
  const rows =
    tensor.shape.length === 2
      ? draft.held(tensor)
      : draft.node(
          "Reshape",
          [draft.inOrder(tensor), draft.int64s(`${output.name}#fs`, ROWS)],
          `${output.name}__f`,
        );
  return draft.node(
    "Gemm",
    [
      rows,
      draft.floats(weights.name, weights.shape, floatsOf(weights)),
      draft.floats(bias.name, bias.shape, floatsOf(bias)),
    ],
    `${output.name}__g`,
    [intAttribute("transB", 1)],
  );
}

/** ONNX's words for: as many rows as there were pictures, each as long as it comes. */
const ROWS = [0, -1];

function reshape({ inputs, output }: Operator<"reshape">, draft: Draft): string {
  const tensor = must(inputs[0], `the input of ${output.name}`);
  if (output.shape.length !== 2 || output.shape[0] !== tensor.shape[0])
    throw notConverted("a reshaping into anything but one row a picture");
  return draft.node(
    "Reshape",
    [draft.inOrder(tensor), draft.int64s(`${output.name}#shape`, ROWS)],
    `${output.name}__r`,
  );
}

function first({ inputs, output }: TfliteOperator): TfliteTensor {
  return must(inputs[0], `the input of ${output.name}`);
}

function three(
  inputs: readonly TfliteTensor[],
  output: TfliteTensor,
): readonly [TfliteTensor, TfliteTensor, TfliteTensor] {
  const [tensor, weights, bias] = inputs;
  if (!tensor || !weights || !bias) throw notConverted(`${output.name} without weights or bias`);
  return [tensor, weights, bias];
}

function floatsOf({ name, values }: TfliteTensor): Float32Array {
  if (values instanceof Float32Array) return values;
  throw notConverted(`${name}, which is not made of constant 32-bit floats`);
}

/** The tensor with its axes in another order: axis i of the result is axis `order[i]` of the tensor. */
function permute(
  tensor: TfliteTensor,
  order: readonly number[],
): readonly [dims: number[], values: Float32Array] {
  const from = floatsOf(tensor);
  const { shape } = tensor;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const dims = order.map((axis) => must(shape[axis], `axis ${axis} of ${tensor.name}`));
  const stride = order.map((axis) => must(steps[axis], `axis ${axis} of ${tensor.name}`));
  const values = from.map((_, index) => {
    let rest = index;
    let place = 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const side = dims[axis] ?? 1;
      place += (rest % side) * (stride[axis] ?? 0);
      rest = Math.floor(rest / side);
    }
    return from[place] ?? Number.NaN;
  });
  return [dims, values];
}

function notConverted(what: string): AssentError {
  return new AssentError("model-pack", `the TFLite network holds what is not converted: ${what}`, {
    remedy: "Teach the conversion about it.",
  });
}
