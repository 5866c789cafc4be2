import { readFile } from "node:fs/promises";
import { writeFileDurably } from "../core/index.ts";
import { smaller, type PictureForm } from "./smaller.ts";

export interface FormInput extends PictureForm {
  /** Path of a rendition. */
  readonly source: string;
  /** Path of the JPEG to be written; a file in its place is replaced. */
  readonly target: string;
}

/** Writes a rendition in the form that a publication chose. Errors: as `smaller`. */
export async function formPicture({ source, target, maxEdge, watermark }: FormInput): Promise<null> {
  await writeFileDurably(target, await smaller(await readFile(source), maxEdge, watermark));
  return null;
}
