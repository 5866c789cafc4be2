import { AssentError, newId, wipe, type Id } from "../../core/index.ts";
import {
  follows,
  HELD_FRAMES,
  LIVENESS_TIMES,
  makeChallenge,
  MOST_LIVENESS_FRAMES,
  type Challenge,
  type FrameAdvice,
  type LivenessFrame,
  type Pose,
  type VisionPool,
} from "../../vision/index.ts";
import type { FrameAnswer } from "../contract/person.ts";

/** From the first frame to the last; an answer takes about ten seconds, and people read, look for light and try again. */
const LIFE_MS = 90_000;
/** A frame of 960 px at good quality is about 100 kB. */
export const MOST_FRAME_BYTES = 600_000;
/** Of all challenges at once: 60 people who each hold three dozen frames. */
const MOST_BYTES_IN_ALL = 256_000_000;
/** Frames kept of one prompt; the older ones are overwritten. Five prompts make MOST_LIVENESS_FRAMES. */
const KEPT_PER_PROMPT = 12;
/** Tries of one person on one day that were judged and refused. */
const TRIES_A_DAY = 5;
const DAY_MS = 86_400_000;

export const FRAME_EDGE = 960;
export const FRAMES_PER_SECOND = 2;

/** What a finished challenge leads to. */
export interface ChallengeEnds {
  /** The check passed. The templates are overwritten when this has ended. */
  finish(
    person: Id,
    collections: readonly Id[],
    embeddings: readonly Float32Array[],
  ): Promise<
    { readonly state: "passed" | "frozen" } | { readonly state: "refused"; readonly reason: string }
  >;
  /** The check refused: counted, without the person. */
  refused(collections: readonly Id[], reason: string): Promise<void>;
}

export interface Challenges {
  /** Begins one; an older one of the person ends. Errors: `too-often` when the day's tries are used up, or too many are at it. */
  start(person: Id, collections: readonly Id[]): { readonly challenge: Id; readonly expiresAt: Date };
  /** Takes the next frame, JPEG, and keeps it in memory until the challenge ends. Errors: `not-found`, `conflict`, `bad-input`. */
  frame(person: Id, challenge: Id, jpeg: Buffer): Promise<FrameAnswer>;
  /** Ends the person's, if there is one: as when they leave. */
  end(person: Id): void;
  /** Overwrites everything. */
  close(): void;
}

interface Session {
  readonly id: Id;
  /** To enrol in. */
  readonly collections: readonly Id[];
  readonly expires: NodeJS.Timeout;
  challenge: Challenge;
  /** Milliseconds of the monotonic clock at which the challenge counts as begun. */
  begun: number;
  shownAt: number[];
  taken: Taken[];
  judging: boolean;
}

interface Taken extends LivenessFrame {
  readonly picture: Buffer;
  readonly pose: Pose | null;
  readonly advice: FrameAdvice;
}

/**
 * Challenges under way, in memory alone: a frame is judged as it arrives, the next prompt is told only when the one before
 * was followed, and what was told once is never told again. Frames are overwritten when the challenge ends, however it ends,
 * and never touch the disk. `now`: monotonic milliseconds.
 */
export function openChallenges(
  vision: () => Promise<VisionPool>,
  ends: ChallengeEnds,
  now: () => number = () => performance.now(),
): Challenges {
  const sessions = new Map<Id, Session>();
  const tries = new Map<Id, { day: number; left: number }>();

  const dispose = (person: Id): void => {
    const session = sessions.get(person);
    if (!session) return;
    sessions.delete(person);
    clearTimeout(session.expires);
    forget(session);
  };
  const triesLeft = (person: Id): number => {
    const today = Math.floor(Date.now() / DAY_MS);
    const known = tries.get(person);
    if (known?.day === today) return known.left;
    for (const [other, { day }] of tries) if (day !== today) tries.delete(other);
    return TRIES_A_DAY;
  };
  const useTry = (person: Id): number => {
    const left = Math.max(0, triesLeft(person) - 1);
    tries.set(person, { day: Math.floor(Date.now() / DAY_MS), left });
    return left;
  };

  return {
    start(person, collections) {
      dispose(person);
      if (triesLeft(person) === 0) {
        throw new AssentError("too-often", `the ${TRIES_A_DAY} tries of today are used up`, {
          remedy:
            "Try again tomorrow; or let the organisation's staff look at you, or join without face recognition.",
        });
      }
      if (bytesOf(sessions) > MOST_BYTES_IN_ALL) {
        throw new AssentError("too-often", "too many people are before their cameras", {
          remedy: "Try again in a minute.",
        });
      }
      const id = newId();
      const expires = setTimeout(() => dispose(person), LIFE_MS);
      expires.unref();
      sessions.set(person, {
        id,
        collections,
        expires,
        challenge: makeChallenge(),
        begun: now(),
        shownAt: [0],
        taken: [],
        judging: false,
      });
      return { challenge: id, expiresAt: new Date(Date.now() + LIFE_MS) };
    },

    async frame(person, challenge, jpeg) {
      const arrived = now();
      const session = sessions.get(person);
      if (session?.id !== challenge) {
        wipe(jpeg);
        throw new AssentError("not-found", "there is no such challenge, or it has ended", {
          remedy: "Begin anew.",
        });
      }
      if (session.judging) {
        wipe(jpeg);
        throw new AssentError("conflict", "a frame is being looked at", {
          remedy: "Send frames one after another.",
        });
      }
      session.judging = true;
      try {
        const pool = await vision();
        const prompt = session.shownAt.length - 1;
        const asked = session.challenge.prompts[prompt]!;
        const seen = await pool.judgeFrame(jpeg, asked).catch((error: unknown) => {
          wipe(jpeg);
          throw error;
        });
        // It may have ended while the frame was looked at.
        if (sessions.get(person) !== session) {
          wipe(jpeg);
          throw new AssentError("not-found", "there is no such challenge, or it has ended", {
            remedy: "Begin anew.",
          });
        }
        keep(session, {
          picture: jpeg,
          prompt,
          at: arrived - session.begun,
          pose: seen.pose,
          advice: seen.advice,
        });
        const lost = seen.faces > 1 || arrived - session.begun > latest(session);
        // With a second face in view, or too late for this prompt, what was answered so far counts for nothing.
        if (lost) restart(session, now());
        else if (isFollowed(session)) {
          if (session.shownAt.length === session.challenge.prompts.length)
            return await judge(person, session, pool);
          session.shownAt.push(now() - session.begun);
        }
        return goingOn(session, seen.advice);
      } finally {
        session.judging = false;
      }
    },

    end: dispose,
    close() {
      for (const person of sessions.keys()) dispose(person);
    },
  };

  async function judge(person: Id, session: Session, pool: VisionPool): Promise<FrameAnswer> {
    // One-time: whatever comes of it, this challenge takes no further frame.
    sessions.delete(person);
    clearTimeout(session.expires);
    let result;
    try {
      result = await pool.checkLiveness({
        challenge: session.challenge,
        shownAt: session.shownAt,
        frames: session.taken.map(({ picture, prompt, at }) => ({ picture, prompt, at })),
      });
    } finally {
      forget(session);
    }
    if (!result.passed) {
      const reason = result.problem ?? result.reason;
      await ends.refused(session.collections, reason);
      return { state: "refused", reason, triesLeft: useTry(person) };
    }
    try {
      const ended = await ends.finish(person, session.collections, result.embeddings);
      return ended.state === "refused"
        ? { state: "refused", reason: ended.reason, triesLeft: useTry(person) }
        : { state: ended.state };
    } finally {
      wipe(...result.embeddings);
    }
  }
}

function keep(session: Session, frame: Taken): void {
  session.taken.push(frame);
  const ofPrompt = session.taken.filter((one) => one.prompt === frame.prompt);
  if (ofPrompt.length > KEPT_PER_PROMPT || session.taken.length > MOST_LIVENESS_FRAMES) {
    const [oldest] = ofPrompt;
    if (oldest) {
      wipe(oldest.picture);
      session.taken.splice(session.taken.indexOf(oldest), 1);
    }
  }
  // Finding a place before the camera takes as long as it takes: the challenge begins with the oldest frame that is kept.
  const [first] = session.taken;
  if (frame.prompt === 0 && first && first.at > 0) {
    const late = first.at;
    session.begun += late;
    session.taken = session.taken.map((one) => ({ ...one, at: one.at - late }));
  }
}

/** When the last frame of the prompt that is shown may come, in milliseconds since the challenge began. */
function latest({ shownAt }: Session): number {
  const { mostPerPrompt, mostInAll } = LIVENESS_TIMES;
  return Math.min(mostInAll, (shownAt.at(-1) ?? 0) + mostPerPrompt);
}

/** Whether the last frames do what was asked, are fit to be judged, and took the time that a person takes. */
function isFollowed({ challenge, shownAt, taken }: Session): boolean {
  const prompt = shownAt.length - 1;
  const shown = shownAt[prompt] ?? 0;
  const held = taken.filter((one) => one.prompt === prompt).slice(-HELD_FRAMES);
  const [first] = held;
  const last = held.at(-1);
  if (!first || !last || held.length < HELD_FRAMES) return false;
  const { leastReaction, leastHeld } = LIVENESS_TIMES;
  return (
    held.every(({ advice }) => advice === "ok") &&
    last.at - first.at >= leastHeld &&
    (prompt === 0 || first.at - shown >= leastReaction) &&
    follows(challenge, taken, prompt)
  );
}

/** New prompts, so that nothing is learned from those told before. */
function restart(session: Session, now: number): void {
  forget(session);
  session.challenge = makeChallenge();
  session.begun = now;
  session.shownAt = [0];
}

function forget(session: Session): void {
  wipe(...session.taken.map(({ picture }) => picture));
  session.taken = [];
}

function bytesOf(sessions: ReadonlyMap<Id, Session>): number {
  let bytes = 0;
  for (const { taken } of sessions.values()) for (const { picture } of taken) bytes += picture.length;
  return bytes;
}

function goingOn({ challenge, shownAt }: Session, advice: FrameAdvice): FrameAnswer {
  const step = shownAt.length - 1;
  return {
    state: "going-on",
    prompt: challenge.prompts[step]!,
    step,
    steps: challenge.prompts.length,
    advice,
  };
}
