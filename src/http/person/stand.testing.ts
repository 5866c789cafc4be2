import { setTimeout } from "node:timers/promises";
import { asAsked } from "../../../test/support/phone.ts";
import { photographed, seededRandom, type Subject } from "../../../test/support/liveness-clips.ts";
import { LIVENESS_TIMES } from "../../vision/index.ts";
import type { ChallengeStarted, FrameAnswer } from "../contract/person.ts";
import type { TestServer } from "../test-server.testing.ts";

const FRAME = { width: 480, height: 640 } as const;

/** Stands before the camera as the answers ask, until the challenge ends; the last answer, or the one that still went on. */
export async function stand(
  server: TestServer,
  cookie: string,
  before: Subject,
  options: { readonly posing?: typeof asAsked; readonly most?: number } = {},
): Promise<FrameAnswer> {
  const { posing = asAsked, most = 120 } = options;
  const random = seededRandom(3);
  const started = await server.ask("POST", "/api/person/challenge", { cookie });
  if (started.statusCode !== 200) throw new Error(`no challenge: ${started.body}`);
  const { challenge } = started.json<ChallengeStarted>();
  let told: FrameAnswer = { state: "going-on", prompt: "look-straight", step: 0, steps: 5, advice: "ok" };
  let [step, frame, nearer] = [0, 0, false];
  for (let n = 0; n < most && told.state === "going-on"; n++) {
    // As slowly as the page does at the least: how long a pose is held is part of what is judged.
    if (n > 0) await setTimeout(LIVENESS_TIMES.leastHeld + 20);
    const view = { ...posing(told.prompt, frame, nearer), ...FRAME };
    const jpeg = await photographed(before(view, told.prompt), random);
    const answer = await server.ask("POST", `/api/person/challenge/${challenge}/frame`, {
      cookie,
      body: Buffer.from(jpeg),
      headers: { "content-type": "image/jpeg" },
    });
    if (answer.statusCode !== 200) throw new Error(`no answer to a frame: ${answer.body}`);
    told = answer.json<FrameAnswer>();
    if (told.state !== "going-on") break;
    frame = told.step === step ? frame + 1 : 0;
    step = told.step;
    if (told.step === 0) nearer = false;
    if (told.prompt === "closer") nearer = true;
    if (told.prompt === "back") nearer = false;
  }
  return told;
}
