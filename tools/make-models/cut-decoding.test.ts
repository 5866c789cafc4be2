import { InferenceSession, Tensor } from "../../src/vision/runtime.ts";
import { describe, expect, test } from "vitest";
import { cutDecoding } from "./cut-decoding.ts";
import { encodeModel, floats, floatValue, intsAttribute, type OnnxModel, type OnnxNode } from "./onnx.ts";

const node = (
  opType: string,
  input: string[],
  output: string,
  attribute: OnnxNode["attribute"] = [],
): OnnxNode => ({
  name: output,
  opType,
  input,
  output: [output],
  attribute,
});

/** The mean of each channel as a score, twice it as a raw box, and a box decoded by a constant for one size alone. */
const DETECTOR: OnnxModel = {
  irVersion: 7,
  opsetImport: [{ version: 13 }],
  graph: {
    name: "detector",
    node: [
      node("ReduceMean", ["input"], "scores", [intsAttribute("axes", [3])]),
      node("Mul", ["scores", "two"], "raw"),
      node("Mul", ["raw", "anchors"], "boxes"),
    ],
    initializer: [
      floats("two", [1], Float32Array.of(2)),
      floats("anchors", [4, 1], Float32Array.of(1, 2, 3, 4)),
    ],
    input: [floatValue("input", [1, 3, 4, 4])],
    output: [floatValue("scores", [1, 3, 4, 1]), floatValue("boxes", [1, 3, 4, 1])],
  },
};

const KEPT = [
  { name: "scores", width: 1 },
  { name: "raw", width: 1 },
];

describe("a detector cut before its decoding", () => {
  test("puts out the raw boxes, and has nothing left of the decoding", () => {
    const { graph } = cutDecoding(DETECTOR, KEPT);
    expect(graph.output.map(({ name }) => name)).toEqual(["scores", "raw"]);
    expect(graph.node.map(({ name }) => name)).toEqual(["scores", "raw"]);
    expect(graph.initializer.map(({ name }) => name)).toEqual(["two"]);
  });

  test("takes pictures of another size than it was made for", async () => {
    const picture = new Tensor(new Float32Array(3 * 2 * 6).fill(0.5), [1, 3, 2, 6]);
    const whole = await InferenceSession.create(encodeModel(DETECTOR), { logSeverityLevel: 4 });
    await expect(whole.run({ input: picture })).rejects.toThrow(/invalid dimensions/);
    const cut = await InferenceSession.create(encodeModel(cutDecoding(DETECTOR, KEPT)), {
      logSeverityLevel: 4,
    });
    const { raw } = await cut.run({ input: picture });
    expect(Array.from(raw?.data as Float32Array)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("cannot be cut at a tensor that nothing computes", () => {
    expect(() => cutDecoding(DETECTOR, [{ name: "462", width: 4 }])).toThrow(
      /nothing in the detector computes 462/,
    );
  });
});
