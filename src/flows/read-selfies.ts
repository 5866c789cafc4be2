import { AssentError, type ErrorCode } from "../core/index.ts";
import type { SelfieProblem } from "../vision/index.ts";
import type { Parts } from "./instance.ts";
import type { Pack } from "./match-faces.ts";

/** What is wrong with a selfie, in words for the person before the camera. */
const PROBLEMS: Readonly<Record<SelfieProblem, { code: ErrorCode; message: string; remedy: string }>> = {
  "no-face": {
    code: "no-face",
    message: "no face was found in the selfie",
    remedy: "Take it again: the whole face, looking at the camera, in good light.",
  },
  "several-faces": {
    code: "several-faces",
    message: "there is more than one face in the selfie",
    remedy: "Take it again with this person alone, or cut the others off.",
  },
  "too-small": {
    code: "poor-face",
    message: "the face in the selfie is too small",
    remedy: "Take it again from nearer: the face should fill a third of the picture.",
  },
  "too-dark": {
    code: "poor-face",
    message: "the selfie is too dark or too pale",
    remedy: "Take it again facing a window or a lamp.",
  },
  blurred: {
    code: "poor-face",
    message: "the selfie is blurred",
    remedy: "Take it again, holding still, with a clean lens.",
  },
  "not-frontal": {
    code: "poor-face",
    message: "the face in the selfie is turned away",
    remedy: "Take it again, looking straight at the camera.",
  },
};

/**
 * The templates of one person's selfies, in memory; the caller overwrites them. Nothing of a selfie is kept.
 * Errors: `no-face`, `several-faces`, `poor-face` with the reason and what to do; those of reading a picture.
 */
export async function readSelfies(
  parts: Pick<Parts, "vision">,
  files: readonly string[],
): Promise<{ readonly pack: Pack; readonly embeddings: readonly Float32Array[] }> {
  const vision = await parts.vision();
  const embeddings: Float32Array[] = [];
  for (const file of files) {
    const read = await vision.templatesOf(file);
    if (read.problem !== null) {
      const { code, message, remedy } = PROBLEMS[read.problem];
      throw new AssentError(code, files.length > 1 ? `${message} (${file})` : message, { remedy });
    }
    embeddings.push(...read.embeddings);
  }
  return { pack: vision.pack, embeddings };
}
