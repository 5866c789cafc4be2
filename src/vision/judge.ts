import type { Box, Landmarks } from "../core/index.ts";
import type { DetectionSettings } from "./detect.ts";
import { judgeSquares, squareAround, type Look, type SecondStage, type Verdict } from "./onet.ts";
import type { Pyramid } from "./pyramid.ts";
import type { Candidate } from "./ultraface.ts";

/** A candidate with the second stage's score at its first look and, if that sufficed, its last verdict. */
export interface Judged {
  readonly candidate: Candidate;
  readonly firstScore: number;
  readonly verdict: Verdict | null;
}

/**
 * Side of the square first shown to the second stage, as a share of the first stage's box (which reaches further over
 * forehead and chin than MTCNN's); at the second look the square is the network's own refined box.
 */
const FIRST_MARGIN = 0.85;

/** A refined box smaller than this many pixels is a defect of the regression, not a face. */
const SMALLEST_BOX = 4;

/**
 * Quarter turns tried on a face that is refused, or taken with less than SURE: people lie, and photos lie on their side.
 * Measured on 64 faces turned by 82 to 98 degrees: 89 % instead of 13 % are then recognised.
 */
const TURNS: readonly number[] = [Math.PI / 2, -Math.PI / 2, Math.PI];
const SURE = 0.97;

/** A head tilted by more than this (radians, 12 degrees) is looked at once more turned upright, for better landmarks. */
const TILT = 0.21;

/**
 * Shows the candidates to the second stage: a first look at the first stage's box, a second at the refined box, a third
 * turned upright where the head is tilted; where that fails, the quarter turns.
 */
export async function judgeCandidates(
  stage: SecondStage,
  pyramid: Pyramid,
  candidates: readonly Candidate[],
  settings: DetectionSettings,
): Promise<Judged[]> {
  const first = await judgeSquares(
    stage,
    pyramid,
    candidates.map((one) => ({ square: squareAround(one, FIRST_MARGIN) })),
  );
  const judged: { candidate: Candidate; firstScore: number; verdict: Verdict | null }[] = candidates.map(
    (candidate, n) => ({ candidate, firstScore: first[n]?.score ?? 0, verdict: null }),
  );

  const passed = judged.flatMap((entry, n) => {
    const verdict = first[n];
    return verdict && verdict.score >= settings.firstLook && isSound(verdict) ? [{ entry, verdict }] : [];
  });
  const second = await judgeSquares(
    stage,
    pyramid,
    passed.map(({ verdict }) => ({ square: squareAround(verdict.box, 1) })),
  );
  for (const [n, { entry }] of passed.entries()) {
    const verdict = second[n];
    if (verdict && isSound(verdict)) entry.verdict = verdict;
  }

  for (const entry of judged) {
    const { candidate, firstScore, verdict } = entry;
    const taken = verdict !== null && verdict.score >= settings.certain;
    const wanted = taken
      ? verdict.score < SURE
      : candidate.score >= settings.insist || firstScore >= settings.doubtful;
    if (wanted) {
      const turned = await lookTurned(stage, pyramid, candidate, settings);
      if (turned && turned.score >= (taken ? SURE : settings.certain)) entry.verdict = turned;
    }
  }
  await straighten(stage, pyramid, judged, settings);
  return judged;
}

function isSound({ box }: Verdict): boolean {
  return box.w > SMALLEST_BOX && box.h > SMALLEST_BOX;
}

/** The best verdict among the quarter turns, of those that pass the first look. */
async function lookTurned(
  stage: SecondStage,
  pyramid: Pyramid,
  candidate: Box,
  settings: DetectionSettings,
): Promise<Verdict | null> {
  const square = squareAround(candidate, FIRST_MARGIN);
  const first = await judgeSquares(
    stage,
    pyramid,
    TURNS.map((turn) => ({ square, turn })),
  );
  const looks = first.flatMap((verdict, n): Look[] =>
    verdict.score >= settings.firstLook && isSound(verdict)
      ? [{ square: squareAround(verdict.box, 1), turn: TURNS[n] ?? 0 }]
      : [],
  );
  const second = await judgeSquares(stage, pyramid, looks);
  return second.filter(isSound).sort((a, b) => b.score - a.score)[0] ?? null;
}

/** Radians by which the line of the eyes is turned from the horizontal. */
function tiltOf({ leftEye, rightEye }: Landmarks): number {
  return Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x);
}

/** Replaces the landmarks of tilted heads by those found with the head turned upright; the boxes stay. */
async function straighten(
  stage: SecondStage,
  pyramid: Pyramid,
  judged: { verdict: Verdict | null }[],
  settings: DetectionSettings,
): Promise<void> {
  const tilted = judged.flatMap((entry) => {
    const { verdict } = entry;
    if (!verdict || verdict.score < settings.certain) return [];
    const turn = tiltOf(verdict.landmarks);
    return Math.abs(turn) > TILT
      ? [{ entry, verdict, look: { square: squareAround(verdict.box, 1), turn } }]
      : [];
  });
  const upright = await judgeSquares(
    stage,
    pyramid,
    tilted.map(({ look }) => look),
  );
  for (const [n, { entry, verdict }] of tilted.entries()) {
    const better = upright[n];
    if (better && better.score >= settings.certain)
      entry.verdict = { ...verdict, landmarks: better.landmarks };
  }
}
