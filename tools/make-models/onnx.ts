// ONNX models as values: read, built and written by the schema in onnx.proto.
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { AssentError } from "../../src/core/index.ts";

/** What is read may be wider than a number holds (an end of 2^63 - 1 says "to the last"), and is passed on as it is. */
type Int64 = number | { readonly low: number; readonly high: number };

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly Int64[];
  readonly dataType: number;
  /** The numbers in row-major order, little-endian. */
  readonly rawData: Uint8Array;
}

export interface OnnxAttribute {
  readonly name: string;
  readonly type: number;
  readonly i?: Int64;
  readonly s?: Uint8Array;
  readonly t?: OnnxTensor;
  readonly ints?: readonly Int64[];
}

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
}

/** An input or output of the whole graph. */
export interface OnnxValue {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue?: Int64; readonly dimParam?: string }[] };
    };
  };
}

export interface OnnxGraph {
  readonly name: string;
  /** In an order in which they can be run. */
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxValue[];
  readonly output: readonly OnnxValue[];
  /** Shapes of what lies between; nothing needs them. */
  readonly valueInfo?: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly irVersion: Int64;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly graph: OnnxGraph;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: Int64 }[];
}

/** TensorProto.DataType */
const FLOAT = 1;
const INT64 = 7;

/** AttributeProto.AttributeType */
const ATTRIBUTE = { int: 2, string: 3, ints: 7 } as const;

const schema = protobuf
  .parse(readFileSync(new URL("onnx.proto", import.meta.url), "utf8"))
  .root.lookupType("onnx.ModelProto");

/**
 * Reads a model. Fields of nodes and tensors that onnx.proto does not name are kept and written again. Error
 * `model-pack`: the bytes are no ONNX.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  let decoded: Partial<OnnxModel>;
  try {
    decoded = schema.decode(bytes) as Partial<OnnxModel>;
  } catch (cause) {
    throw new AssentError("model-pack", "the file is no ONNX model", { cause });
  }
  if (!decoded.graph) throw new AssentError("model-pack", "the file is no ONNX model: it has no graph");
  return decoded as OnnxModel;
}

/** Writes a model; the same model gives the same bytes, fields in the order of their numbers. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return schema.encode(model as unknown as protobuf.Message).finish();
}

export function floats(name: string, dims: readonly number[], values: Float32Array): OnnxTensor {
  return { name, dims, dataType: FLOAT, rawData: bytesOf(values) };
}

export function int64s(name: string, values: readonly number[]): OnnxTensor {
  return {
    name,
    dims: [values.length],
    dataType: INT64,
    rawData: bytesOf(BigInt64Array.from(values, BigInt)),
  };
}

export function intAttribute(name: string, i: number): OnnxAttribute {
  return { name, type: ATTRIBUTE.int, i };
}

export function intsAttribute(name: string, ints: readonly number[]): OnnxAttribute {
  return { name, type: ATTRIBUTE.ints, ints };
}

export function textAttribute(name: string, text: string): OnnxAttribute {
  return { name, type: ATTRIBUTE.string, s: Buffer.from(text) };
}

/** An input or output of 32-bit floats; a side that is free has a name in place of a length. */
export function floatValue(name: string, sides: readonly (number | string)[]): OnnxValue {
  const dim = sides.map((side) => (typeof side === "string" ? { dimParam: side } : { dimValue: side }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

/** The nodes that the named tensors are computed by, in the order they are in, and the names of all they read. */
export function nodesBehind<
  Node extends { readonly input: readonly string[]; readonly output: readonly string[] },
>(
  nodes: readonly Node[],
  outputs: readonly string[],
): { readonly nodes: readonly Node[]; readonly needed: ReadonlySet<string> } {
  const needed = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    const wanted = node.output.some((name) => needed.has(name));
    if (wanted) for (const name of node.input) needed.add(name);
    return wanted;
  });
  return { nodes: kept.toReversed(), needed };
}

function bytesOf(values: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
