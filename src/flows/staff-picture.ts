import { readFile, rm } from "node:fs/promises";
import type { Plan, PublishablePhoto } from "../publishing/index.ts";
import type { Parts } from "./instance.ts";
import { renderFile } from "./render.ts";

/** Longer side of a picture that staff look at, in pixels: as the contact sheet's. */
const LOOK_EDGE = 1280;

/** A photo as the plan shows it, JPEG, for staff to look at. Nothing of it is kept. */
export async function staffPicture(
  parts: Pick<Parts, "blobs" | "renderer">,
  photo: PublishablePhoto,
  plan: Plan,
): Promise<Buffer> {
  const target = await parts.blobs.temporary();
  try {
    await renderFile(parts, photo, plan, target, LOOK_EDGE);
    return await readFile(target);
  } finally {
    await rm(target, { force: true });
  }
}
