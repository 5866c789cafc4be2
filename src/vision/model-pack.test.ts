import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AssentError } from "../core/index.ts";
import { createVisionPool, DEFAULT_PACK, loadModelPack } from "./index.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assent-pack-"));
  await cp(DEFAULT_PACK, folder, { recursive: true });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function refusal(): Promise<string> {
  const error: unknown = await loadModelPack(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AssentError)) throw new Error("the pack was taken");
  expect(error.code).toBe("model-pack");
  expect(error.remedy).toContain("another pack");
  return error.message;
}

async function changeManifest(change: (manifest: Record<string, unknown>) => void): Promise<void> {
  const path = join(folder, "pack.json");
  const manifest = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  change(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

test("the pack that ships is whole", async () => {
  const { pack } = await loadModelPack(DEFAULT_PACK);
  expect(pack).toMatchObject({ id: "assent-default-1", dimension: 192 });
  expect(pack.manifest.impostors.points.length).toBeGreaterThanOrEqual(5);
});

test("a network that was changed by one byte is refused by name", async () => {
  const path = join(folder, "mtcnn_onet.onnx");
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
  expect(await refusal()).toContain("mtcnn_onet.onnx");
  await expect(createVisionPool({ packFolder: folder })).rejects.toMatchObject({ code: "model-pack" });
});

test("a missing network is refused by name", async () => {
  await rm(join(folder, "ultraface_dyn.onnx"));
  expect(await refusal()).toContain("ultraface_dyn.onnx");
});

test("a manifest that is missing, no JSON, or malformed says where", async () => {
  await changeManifest((manifest) => {
    manifest["embedder"] = { ...(manifest["embedder"] as object), dimension: "many" };
  });
  expect(await refusal()).toContain("/embedder/dimension");
  await writeFile(join(folder, "pack.json"), "{");
  expect(await refusal()).toContain("no JSON");
  await rm(join(folder, "pack.json"));
  expect(await refusal()).toContain("pack.json");
});

test("a manifest cannot name a file outside its folder", async () => {
  await changeManifest((manifest) => {
    manifest["detector"] = { ...(manifest["detector"] as object), file: "../elsewhere.onnx" };
  });
  expect(await refusal()).toContain("/detector/file");
});
