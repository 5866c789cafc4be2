/** Time is passed in, so that expiry can be tested without sleeping. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The end (exclusive, UTC) of a calendar day given as YYYY-MM-DD; undefined where it is no real date. */
export function endOfDay(day: string): Date | undefined {
  if (!DATE.test(day)) return undefined;
  const start = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== day) return undefined;
  return new Date(start.getTime() + 86_400_000);
}
