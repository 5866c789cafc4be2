import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeModel, encodeModel } from "./onnx.ts";
import { compareFiles, isSame, tableOf } from "./outcome.ts";

const KEPT = readFileSync(new URL("../../models/default/mtcnn_onet.onnx", import.meta.url));

describe("a file made again", () => {
  test("is the kept one byte for byte", async () => {
    const outcome = await compareFiles("net.onnx", Uint8Array.from(KEPT), KEPT);
    expect(isSame(outcome)).toBe(true);
    expect(outcome.made).toBe(outcome.kept);
    expect(tableOf([outcome])).toMatch(/^net\.onnx .* none, byte for byte$/m);
  });

  test("may have other bytes if the network says the same", async () => {
    const outcome = await compareFiles(
      "net.onnx",
      encodeModel({ ...decodeModel(KEPT), producerName: "x" }),
      KEPT,
    );
    expect(isSame(outcome)).toBe(true);
    expect(outcome.made).not.toBe(outcome.kept);
    expect(tableOf([outcome])).toMatch(/ 0\.0e\+0, at most 0\.00005$/m);
  });

  test("fails if the network says something else", async () => {
    const { graph, ...model } = decodeModel(KEPT);
    const initializer = graph.initializer.map((tensor) =>
      tensor.name === "onet/conv5/conv5/MatMul_bias"
        ? { ...tensor, rawData: new Uint8Array(tensor.rawData.length) }
        : tensor,
    );
    const outcome = await compareFiles(
      "net.onnx",
      encodeModel({ ...model, graph: { ...graph, initializer } }),
      KEPT,
    );
    expect(isSame(outcome)).toBe(false);
    expect(tableOf([outcome])).toContain("TOO LARGE");
  });
});
