import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { largestDifference, TOLERANCE } from "./compare.ts";
import { decodeModel, encodeModel, type OnnxModel } from "./onnx.ts";

const KEPT = readFileSync(new URL("../../models/default/mtcnn_onet.onnx", import.meta.url));
const MODEL = decodeModel(KEPT);

/** The kept network with one number of one constant a hundredth larger. */
function withOneWeightWrong(name: string): OnnxModel {
  const initializer = MODEL.graph.initializer.map((tensor) => {
    if (tensor.name !== name) return tensor;
    const values = new Float32Array(Uint8Array.from(tensor.rawData).buffer);
    values[0] = (values[0] ?? 0) * 1.01;
    return { ...tensor, rawData: new Uint8Array(values.buffer) };
  });
  return { ...MODEL, graph: { ...MODEL.graph, initializer } };
}

describe("two networks", () => {
  test("that compute the same in other words do not differ", async () => {
    const renamed = encodeModel({
      ...MODEL,
      graph: {
        ...MODEL.graph,
        node: MODEL.graph.node.map((node) => ({ ...node, name: `other-${node.name}` })),
      },
    });
    expect(Buffer.compare(renamed, KEPT)).not.toBe(0);
    expect(await largestDifference(renamed, KEPT)).toBe(0);
  });

  test.each(["onet/conv1/weights/read#w", "onet/conv6-2/conv6-2/MatMul_bias"])(
    "differ by more than is tolerated if one number of %s is wrong",
    async (name) => {
      const difference = await largestDifference(encodeModel(withOneWeightWrong(name)), KEPT);
      expect(difference).toBeGreaterThan(TOLERANCE);
      expect(difference).toBeLessThan(1);
    },
  );

  test("differ without bound if one lacks an output", async () => {
    const lacking = { ...MODEL, graph: { ...MODEL.graph, output: MODEL.graph.output.slice(1) } };
    expect(await largestDifference(encodeModel(lacking), KEPT)).toBe(Infinity);
    expect(await largestDifference(KEPT, encodeModel(lacking))).toBe(Infinity);
  });

  test("of which one cannot be loaded are not compared", async () => {
    await expect(largestDifference(Buffer.from("no network"), KEPT)).rejects.toThrow(
      /made network cannot be loaded/,
    );
  });
});

describe("an ONNX file", () => {
  test("is written as it was read", () => {
    expect(Buffer.compare(encodeModel(MODEL), KEPT)).toBe(0);
  });

  test.each(["no network", ""])("of the bytes %j is refused", (text) => {
    expect(() => decodeModel(Buffer.from(text))).toThrow(/no ONNX model/);
  });
});
