// TFLite models as values: the tables of TensorFlow's schema.fbs that the files of the pack hold, read with flatbuffers.
import { ByteBuffer } from "flatbuffers";
import { AssentError, must } from "../../src/core/index.ts";

export interface TfliteTensor {
  readonly name: string;
  /** Rank 4: number, height, width, channels. */
  readonly shape: readonly number[];
  /** Of constants only. */
  readonly values?: Float32Array | Int32Array;
}

/** Heights before widths. */
type Pair = readonly [number, number];

export type TfliteOperation =
  | {
      readonly kind: "convolution";
      readonly depthwise: boolean;
      readonly padding: Padding;
      readonly stride: Pair;
      readonly dilation: Pair;
    }
  | { readonly kind: "max-pool"; readonly padding: Padding; readonly stride: Pair; readonly kernel: Pair }
  | { readonly kind: "each"; readonly does: "Abs" | "Exp" | "Neg" | "Relu" }
  | { readonly kind: "pair"; readonly does: "Add" | "Div" | "Mul" | "Sub" }
  | { readonly kind: "reduce"; readonly does: "ReduceMax" | "ReduceSum"; readonly keepDimensions: boolean }
  | { readonly kind: "fully-connected" }
  | { readonly kind: "reshape" };

export type Padding = "SAME" | "VALID";

export type TfliteOperator = TfliteOperation & {
  readonly inputs: readonly TfliteTensor[];
  readonly output: TfliteTensor;
};

export interface TfliteModel {
  /** In an order in which they can be run. */
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly TfliteTensor[];
  readonly outputs: readonly TfliteTensor[];
}

/** A table in the file, by its place. */
interface Table {
  readonly file: ByteBuffer;
  readonly at: number;
}

/** Numbers of the fields of each table, as they stand in schema.fbs. */
const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4 } as const;
const OPERATOR_CODE = { deprecatedCode: 0, code: 3 } as const;
const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3 } as const;
const TENSOR = { shape: 0, type: 1, buffer: 2, name: 3 } as const;
const BUFFER = { data: 0 } as const;
const OPERATOR = { code: 0, inputs: 1, outputs: 2, options: 4 } as const;
/** Of convolutions and pooling alike. */
const WINDOW = { padding: 0, strideWidth: 1, strideHeight: 2 } as const;
const CONVOLUTION = { activation: 3, dilationWidth: 4, dilationHeight: 5 } as const;
const DEPTHWISE = { activation: 4, dilationWidth: 5, dilationHeight: 6 } as const;
const POOL = { kernelWidth: 3, kernelHeight: 4, activation: 5 } as const;
/** Of additions and their like, and of fully connected layers. */
const ACTIVATION = 0;
const KEEP_DIMENSIONS = 0;

/** TensorType */
const FLOAT32 = 0;
const INT32 = 2;

/**
 * Reads a model of one graph. Error `model-pack`: it has an operation, a fused activation or a type of constant that
 * none of the pack's sources has, and that is therefore not converted.
 */
export function readTflite(bytes: Uint8Array): TfliteModel {
  const file = new ByteBuffer(bytes);
  const model: Table = { file, at: file.readInt32(0) };
  const buffers = tables(model, MODEL.buffers);
  const codes = tables(model, MODEL.operatorCodes).map(
    (code) => int32(code, OPERATOR_CODE.code, 0) || int8(code, OPERATOR_CODE.deprecatedCode),
  );
  const graph = must(tables(model, MODEL.subgraphs)[0], "the graph of the TFLite file");
  const tensors = tables(graph, SUBGRAPH.tensors).map((tensor) => readTensor(tensor, buffers));
  // An index of -1 stands for an input that was left out.
  const named = (of: Table, field: number): readonly TfliteTensor[] =>
    int32s(of, field)
      .filter((index) => index >= 0)
      .map((index) => must(tensors[index], `tensor ${index} of the TFLite file`));
  return {
    inputs: named(graph, SUBGRAPH.inputs),
    outputs: named(graph, SUBGRAPH.outputs),
    operators: tables(graph, SUBGRAPH.operators).map((operator) => {
      const code = must(codes[int32(operator, OPERATOR.code, 0)], "an operator's code");
      const [output, ...more] = named(operator, OPERATOR.outputs);
      if (output === undefined || more.length > 0)
        throw unknown(`operator ${code} without exactly one output`);
      return {
        ...readOperation(code, tableAt(operator, OPERATOR.options)),
        inputs: named(operator, OPERATOR.inputs),
        output,
      };
    }),
  };
}

function readTensor(tensor: Table, buffers: readonly Table[]): TfliteTensor {
  const name = textAt(tensor, TENSOR.name);
  const shape = int32s(tensor, TENSOR.shape);
  const buffer = buffers[int32(tensor, TENSOR.buffer, 0)];
  const data = buffer && bytesAt(buffer, BUFFER.data);
  if (data === undefined || data.length === 0) return { name, shape };
  const type = int8(tensor, TENSOR.type);
  // Copied, because numbers in the file need not lie where typed arrays want them.
  const { buffer: own } = Uint8Array.from(data);
  if (type === FLOAT32) return { name, shape, values: new Float32Array(own) };
  if (type === INT32) return { name, shape, values: new Int32Array(own) };
  throw unknown(`a constant of type ${type}`);
}

/** By BuiltinOperator's codes. */
function readOperation(code: number, options: Table | undefined): TfliteOperation {
  switch (code) {
    case 0:
      return pair("Add", options);
    case 3:
      return convolution(false, CONVOLUTION, must(options, "a convolution's options"));
    case 4:
      return convolution(true, DEPTHWISE, must(options, "a convolution's options"));
    case 9:
      withoutActivation(options, ACTIVATION);
      return { kind: "fully-connected" };
    case 17:
      return maxPool(must(options, "a pooling's options"));
    case 18:
      return pair("Mul", options);
    case 19:
      return { kind: "each", does: "Relu" };
    case 22:
      return { kind: "reshape" };
    case 41:
      return pair("Sub", options);
    case 42:
      return pair("Div", options);
    case 47:
      return { kind: "each", does: "Exp" };
    case 59:
      return { kind: "each", does: "Neg" };
    case 74:
      return { kind: "reduce", does: "ReduceSum", keepDimensions: keepsDimensions(options) };
    case 82:
      return { kind: "reduce", does: "ReduceMax", keepDimensions: keepsDimensions(options) };
    case 101:
      return { kind: "each", does: "Abs" };
    default:
      throw unknown(`operation ${code}`);
  }
}

function convolution(
  depthwise: boolean,
  fields: typeof CONVOLUTION | typeof DEPTHWISE,
  options: Table,
): TfliteOperation {
  withoutActivation(options, fields.activation);
  return {
    kind: "convolution",
    depthwise,
    ...windowOf(options),
    dilation: [int32(options, fields.dilationHeight, 1), int32(options, fields.dilationWidth, 1)],
  };
}

function maxPool(options: Table): TfliteOperation {
  withoutActivation(options, POOL.activation);
  return {
    kind: "max-pool",
    ...windowOf(options),
    kernel: [int32(options, POOL.kernelHeight, 0), int32(options, POOL.kernelWidth, 0)],
  };
}

function windowOf(options: Table): { readonly padding: Padding; readonly stride: Pair } {
  return {
    padding: int8(options, WINDOW.padding) === 0 ? "SAME" : "VALID",
    stride: [int32(options, WINDOW.strideHeight, 0), int32(options, WINDOW.strideWidth, 0)],
  };
}

function pair(does: "Add" | "Div" | "Mul" | "Sub", options: Table | undefined): TfliteOperation {
  withoutActivation(options, ACTIVATION);
  return { kind: "pair", does };
}

function keepsDimensions(options: Table | undefined): boolean {
  return options !== undefined && int8(options, KEEP_DIMENSIONS) !== 0;
}

function withoutActivation(options: Table | undefined, field: number): void {
  if (options && int8(options, field) !== 0) throw unknown("a fused activation");
}

function unknown(what: string): AssentError {
  return new AssentError("model-pack", `the TFLite file holds what is not converted: ${what}`, {
    remedy: "Teach the reader and the conversion about it.",
  });
}

// What follows is what flatc would generate for a field of each type.

/** Where the field stands in the file; undefined where it has its default. */
function place({ file, at }: Table, field: number): number | undefined {
  const offset = file.__offset(at, 4 + 2 * field);
  return offset === 0 ? undefined : at + offset;
}

function int8(table: Table, field: number): number {
  const at = place(table, field);
  return at === undefined ? 0 : table.file.readInt8(at);
}

function int32(table: Table, field: number, otherwise: number): number {
  const at = place(table, field);
  return at === undefined ? otherwise : table.file.readInt32(at);
}

function tableAt(table: Table, field: number): Table | undefined {
  const at = place(table, field);
  return at === undefined ? undefined : { file: table.file, at: table.file.__indirect(at) };
}

function vector<T>(table: Table, field: number, width: number, read: (at: number) => T): readonly T[] {
  const at = place(table, field);
  if (at === undefined) return [];
  const start = table.file.__vector(at);
  return Array.from({ length: table.file.__vector_len(at) }, (_, i) => read(start + width * i));
}

function int32s(table: Table, field: number): readonly number[] {
  return vector(table, field, 4, (at) => table.file.readInt32(at));
}

function tables(table: Table, field: number): readonly Table[] {
  return vector(table, field, 4, (at) => ({ file: table.file, at: table.file.__indirect(at) }));
}

function bytesAt(table: Table, field: number): Uint8Array | undefined {
  const at = place(table, field);
  if (at === undefined) return undefined;
  const start = table.file.__vector(at);
  return table.file.bytes().subarray(start, start + table.file.__vector_len(at));
}

function textAt(table: Table, field: number): string {
  const at = place(table, field);
  return at === undefined ? "" : String(table.file.__string(at));
}
