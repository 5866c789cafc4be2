import { InferenceSession, Tensor } from "../../src/vision/runtime.ts";
import { describe, expect, test } from "vitest";
import { writeTflite, type WrittenNetwork } from "./fixtures/write-tflite.ts";
import { fromTflite } from "./from-tflite.ts";
import { encodeModel, type OnnxModel } from "./onnx.ts";
import { splitPRelus } from "./split-prelu.ts";
import { readTflite } from "./tflite.ts";

/** BuiltinOperator's codes. */
const ADD = 0;
const CONV_2D = 3;
const DEPTHWISE_CONV_2D = 4;
const FULLY_CONNECTED = 9;
const MAX_POOL_2D = 17;
const MUL = 18;
const RELU = 19;
const SUB = 41;
const DIV = 42;
const EXP = 47;
const SUM = 74;
const REDUCE_MAX = 82;
const ABS = 101;

/** Numbers from -1 to 1 without a pattern that a wrong order of axes could hide in. */
const noise = (size: number, phase: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * phase));

const KERNEL = noise(3 * 3 * 3 * 2, 1);
const BIAS = noise(3, 2);
const FACTOR = Float32Array.of(0.4, -0.2, 0.9);
const DEPTHWISE_KERNEL = noise(2 * 2 * 3, 3);
const DEPTHWISE_BIAS = noise(3, 4);
const WEIGHTS = noise(4 * 12, 5);
const WEIGHTS_BIAS = noise(4, 6);

/** 5 x 4 x 2: a convolution, PReLU, a depthwise convolution, pooling, a fully connected layer, softmax. */
const NETWORK: WrittenNetwork = {
  tensors: {
    picture: { shape: [1, 5, 4, 2] },
    kernel: { shape: [3, 3, 3, 2], values: KERNEL },
    bias: { shape: [3], values: BIAS },
    sum: { shape: [1, 3, 2, 3] },
    positive: { shape: [1, 3, 2, 3] },
    magnitude: { shape: [1, 3, 2, 3] },
    difference: { shape: [1, 3, 2, 3] },
    factor: { shape: [3], values: FACTOR },
    negative: { shape: [1, 3, 2, 3] },
    prelu: { shape: [1, 3, 2, 3] },
    "depthwise kernel": { shape: [1, 2, 2, 3], values: DEPTHWISE_KERNEL },
    "depthwise bias": { shape: [3], values: DEPTHWISE_BIAS },
    depthwise: { shape: [1, 3, 2, 3] },
    pooled: { shape: [1, 2, 2, 3] },
    weights: { shape: [4, 12], values: WEIGHTS },
    "weights bias": { shape: [4], values: WEIGHTS_BIAS },
    logits: { shape: [1, 4] },
    axis: { shape: [], values: Int32Array.of(-1) },
    highest: { shape: [1, 1] },
    lowered: { shape: [1, 4] },
    exponential: { shape: [1, 4] },
    total: { shape: [1, 1] },
    shares: { shape: [1, 4] },
  },
  operators: [
    {
      code: CONV_2D,
      inputs: ["picture", "kernel", "bias"],
      output: "sum",
      options: [
        { field: 1, value: 2 },
        { field: 2, value: 2 },
      ],
    },
    { code: RELU, inputs: ["sum"], output: "positive" },
    { code: ABS, inputs: ["sum"], output: "magnitude" },
    { code: SUB, inputs: ["sum", "magnitude"], output: "difference" },
    { code: MUL, inputs: ["factor", "difference"], output: "negative" },
    { code: ADD, inputs: ["positive", "negative"], output: "prelu" },
    {
      code: DEPTHWISE_CONV_2D,
      inputs: ["prelu", "depthwise kernel", "depthwise bias"],
      output: "depthwise",
      options: [
        { field: 1, value: 1 },
        { field: 2, value: 1 },
        { field: 3, value: 1 },
      ],
    },
    {
      code: MAX_POOL_2D,
      inputs: ["depthwise"],
      output: "pooled",
      options: [
        { field: 0, value: 1, byte: true },
        { field: 1, value: 1 },
        { field: 2, value: 1 },
        { field: 3, value: 1 },
        { field: 4, value: 2 },
      ],
    },
    { code: FULLY_CONNECTED, inputs: ["pooled", "weights", "weights bias"], output: "logits" },
    {
      code: REDUCE_MAX,
      inputs: ["logits", "axis"],
      output: "highest",
      options: [{ field: 0, value: 1, byte: true }],
    },
    { code: SUB, inputs: ["logits", "highest"], output: "lowered" },
    { code: EXP, inputs: ["lowered"], output: "exponential" },
    {
      code: SUM,
      inputs: ["exponential", "axis"],
      output: "total",
      options: [{ field: 0, value: 1, byte: true }],
    },
    { code: DIV, inputs: ["exponential", "total"], output: "shares" },
  ],
  inputs: ["picture"],
  outputs: ["shares", "logits"],
};

/** What the network says of one picture of height x width x channels, written down once more as plain loops. */
function answer(picture: Float32Array): { readonly logits: number[]; readonly shares: number[] } {
  const prelu: number[] = [];
  for (let y = 0; y < 3; y++)
    for (let x = 0; x < 2; x++)
      for (let out = 0; out < 3; out++) {
        let sum = BIAS[out] ?? NaN;
        for (let ky = 0; ky < 3; ky++)
          for (let kx = 0; kx < 3; kx++)
            for (let c = 0; c < 2; c++) {
              // 5 rows at a stride of 2 need a row before and one after; 4 columns need one after alone.
              const [py, px] = [2 * y + ky - 1, 2 * x + kx];
              if (py < 0 || py >= 5 || px >= 4) continue;
              sum +=
                (KERNEL[((out * 3 + ky) * 3 + kx) * 2 + c] ?? NaN) * (picture[(py * 4 + px) * 2 + c] ?? NaN);
            }
        prelu.push(sum > 0 ? sum : 2 * (FACTOR[out] ?? NaN) * sum);
      }
  const depthwise: number[] = [];
  for (let y = 0; y < 3; y++)
    for (let x = 0; x < 2; x++)
      for (let c = 0; c < 3; c++) {
        let sum = DEPTHWISE_BIAS[c] ?? NaN;
        for (let ky = 0; ky < 2; ky++)
          for (let kx = 0; kx < 2; kx++) {
            // A kernel of 2 needs one pad, which is put at the end.
            if (y + ky >= 3 || x + kx >= 2) continue;
            sum +=
              (DEPTHWISE_KERNEL[(ky * 2 + kx) * 3 + c] ?? NaN) *
              (prelu[((y + ky) * 2 + x + kx) * 3 + c] ?? NaN);
          }
        depthwise.push(sum);
      }
  const pooled = depthwise.slice(0, 12).map((value, i) => Math.max(value, depthwise[i + 6] ?? NaN));
  const logits = Array.from(WEIGHTS_BIAS, (bias, row) =>
    pooled.reduce((sum, value, i) => sum + value * (WEIGHTS[row * 12 + i] ?? NaN), bias),
  );
  const exponentials = logits.map(Math.exp);
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return { logits, shares: exponentials.map((value) => value / total) };
}

/** Height x width x channels to channels x height x width. */
const channelsFirst = (picture: Float32Array): number[] =>
  [0, 1].flatMap((c) => Array.from({ length: 20 }, (_, i) => picture[2 * i + c] ?? NaN));

async function run(model: OnnxModel, pictures: readonly Float32Array[]): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 });
  const input = new Tensor(Float32Array.from(pictures.flatMap(channelsFirst)), [pictures.length, 2, 5, 4]);
  const outputs = await session.run({ input });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, Array.from(tensor.data as Float32Array)]),
  );
}

function expectNear(found: readonly number[] | undefined, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(found?.[i]).toBeCloseTo(value, 5);
}

const pictures = [noise(40, 7), noise(40, 8)];
const expected = pictures.map(answer);

describe("a TFLite network that is converted", () => {
  const model = fromTflite(readTflite(writeTflite(NETWORK)));

  test("answers as its operations say, for several pictures at once", async () => {
    const { logits, shares } = await run(model, pictures);
    expectNear(
      logits,
      expected.flatMap((one) => one.logits),
    );
    expectNear(
      shares,
      expected.flatMap((one) => one.shares),
    );
  });

  test("has one PRelu in place of the five operations that wrote it", () => {
    const types = model.graph.node.map((node) => node.opType);
    expect(types.filter((type) => type === "PRelu")).toHaveLength(1);
    for (const gone of ["Relu", "Abs", "Mul"]) expect(types).not.toContain(gone);
    expect(model.graph.initializer.map((tensor) => tensor.name)).not.toContain("factor#c11");
  });

  test("answers alike with its PRelu split into convolutions", async () => {
    const split = splitPRelus(model);
    expect(split.graph.node.map((node) => node.opType)).not.toContain("PRelu");
    const { logits } = await run(split, pictures);
    expectNear(
      logits,
      expected.flatMap((one) => one.logits),
    );
  });

  test("is the same file each time", () => {
    const again = fromTflite(readTflite(writeTflite(NETWORK)));
    expect(Buffer.compare(encodeModel(again), encodeModel(model))).toBe(0);
  });
});

describe("a TFLite network is refused", () => {
  const altered = (change: Partial<WrittenNetwork["operators"][number]>): Uint8Array =>
    writeTflite({
      ...NETWORK,
      operators: NETWORK.operators.map((operator) =>
        operator.output === "prelu" ? { ...operator, ...change } : operator,
      ),
    });

  test("for an operation that is not converted", () => {
    expect(() => readTflite(altered({ code: 28 }))).toThrow(/operation 28/);
  });

  test("for an activation fused into an operation", () => {
    const options = [{ field: 0, value: 1, byte: true }] as const;
    expect(() => readTflite(altered({ options }))).toThrow(/fused activation/);
  });

  test("for two inputs", () => {
    const bytes = writeTflite({ ...NETWORK, inputs: ["picture", "sum"] });
    expect(() => fromTflite(readTflite(bytes))).toThrow(/exactly one input/);
  });
});
