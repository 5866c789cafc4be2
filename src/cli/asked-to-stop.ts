/** One Ctrl-C may arrive twice: from the terminal, which tells the whole group, and from the launcher, which hands it on. */
const SAME_WISH_MS = 1_000;
const ENDED_BY_SIGNAL = 130;

/**
 * Calls `stop` at the first Ctrl-C or SIGTERM, so that what is in hand is ended in order. Who asks again, a second later or
 * more, is in a hurry: the process ends at once, and the next start completes what was left.
 */
export function whenAskedToStop(stop: () => void): void {
  let askedAt: number | undefined;
  const hear = (): void => {
    const now = performance.now();
    if (askedAt === undefined) {
      askedAt = now;
      stop();
    } else if (now - askedAt > SAME_WISH_MS) process.exit(ENDED_BY_SIGNAL);
  };
  process.on("SIGINT", hear);
  process.on("SIGTERM", hear);
}
