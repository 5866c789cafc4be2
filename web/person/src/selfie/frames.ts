import type { ChallengeStarted, FrameAnswer } from "../../../../src/http/contract/person.ts";
import { api } from "../api.ts";

/** Quality of the frames' JPEG: the server measures landmarks in them, artefacts cost it accuracy. */
const JPEG_QUALITY = 0.9;

/** One frame of the video as it is, not mirrored, its long edge at most `edge` pixels. Null where there is no picture yet. */
async function grab(video: HTMLVideoElement, canvas: HTMLCanvasElement, edge: number): Promise<Blob | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0 || video.readyState < video.HAVE_CURRENT_DATA) return null;
  const scale = Math.min(1, edge / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const drawing = canvas.getContext("2d", { alpha: false });
  if (drawing === null) return null;
  drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
  return await new Promise((done) => {
    canvas.toBlob(done, "image/jpeg", JPEG_QUALITY);
  });
}

/**
 * Sends frames one after another, no faster than asked and never two at once, until the challenge ends or `signal` does.
 * Each answer goes to `told`. Errors: Trouble, as the server or the network gives it.
 */
export async function sendFrames(
  video: HTMLVideoElement,
  challenge: ChallengeStarted,
  told: (answer: FrameAnswer) => void,
  signal: AbortSignal,
): Promise<void> {
  const canvas = document.createElement("canvas");
  const pause = 1000 / challenge.framesPerSecond;
  try {
    while (!signal.aborted) {
      const begun = performance.now();
      // A page in the background has a video that stands still: nothing is sent of it.
      const frame = document.hidden ? null : await grab(video, canvas, challenge.frameEdge);
      if (frame !== null) {
        const answer = await api.frame(challenge.challenge, frame);
        if (signal.aborted) return;
        told(answer);
        if (answer.state !== "going-on") return;
      }
      await new Promise((done) => {
        setTimeout(done, Math.max(0, pause - (performance.now() - begun)));
      });
    }
  } finally {
    // The last frame does not stay in memory longer than it is needed.
    canvas.width = 0;
  }
}
