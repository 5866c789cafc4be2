import { Type, type Static } from "typebox";

/** What the data-protection officer's pages and the server say to each other, under `/api/staff/officer`. As in staff.ts. */

const Id = Type.String({ format: "uuid" });
const Time = Type.String({ format: "date-time" });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
/** YYYY-MM-DD, in UTC. */
const Day = Type.String({ maxLength: 10 });
const Purpose = Type.Union([
  Type.Literal("find-me"),
  Type.Literal("keep-template"),
  Type.Literal("show-name"),
  Type.Literal("staff-lookup"),
  Type.Literal("publish"),
  Type.Literal("contact"),
]);

/** GET /: what waits, by count. */
export const Overview = Type.Object({
  requests: Type.Object({ open: Count, overdue: Count, nextDue: Nullable(Time) }),
  conflicts: Count,
  unusual: Type.Array(Type.String()),
  atLimit: Type.Array(Type.String()),
  lateErasures: Count,
  /** What one person has asked for and a second one has not confirmed yet. */
  waitingForSecond: Count,
  signed: Count,
  witnessed: Nullable(Count),
});
export type Overview = Static<typeof Overview>;

/** GET /log?kind&from&to&actor&cursor */
export const LogQuery = Type.Object({
  kind: Type.Optional(Type.String({ maxLength: 60 })),
  from: Type.Optional(Day),
  to: Type.Optional(Day),
  actor: Type.Optional(Type.String({ maxLength: 500 })),
  cursor: Type.Optional(Type.String({ maxLength: 15 })),
});
export const LogEntries = Type.Object({
  entries: Type.Array(
    Type.Object({
      id: Id,
      position: Nullable(Count),
      /** null: what it said was erased. */
      kind: Nullable(Type.String()),
      at: Nullable(Time),
      actor: Nullable(Type.String()),
      person: Nullable(Id),
      facts: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
    }),
  ),
  next: Nullable(Type.String()),
});
export type LogEntries = Static<typeof LogEntries>;

/** GET /log/state */
export const LogState = Type.Object({
  origin: Type.String(),
  head: Nullable(Type.Object({ size: Count, at: Time, checkpoint: Type.String() })),
  waiting: Count,
  /** null: nobody but the organisation vouches for the log. */
  witnessed: Nullable(Type.Object({ size: Count, by: Type.Array(Type.String()), at: Time })),
  kinds: Type.Array(Type.String()),
});
export type LogState = Static<typeof LogState>;

/** GET and POST /log/check. `of` null: not known yet. */
export const LogCheck = Type.Object({
  running: Nullable(
    Type.Object({
      step: Type.Union([Type.Literal("read"), Type.Literal("tree")]),
      done: Count,
      of: Nullable(Count),
    }),
  ),
  /** A check that could not be ended: the code of why. */
  failed: Nullable(Type.String()),
  last: Nullable(
    Type.Object({
      at: Time,
      by: Type.String(),
      size: Count,
      checkpoints: Count,
      waiting: Count,
      /** `where`: a position, or of a checkpoint its size; null where it has neither. */
      damage: Type.Array(Type.Object({ kind: Type.String(), where: Nullable(Count), entry: Nullable(Id) })),
      /** Restores from a backup that lost entries which had been signed. */
      cuts: Count,
    }),
  ),
});
export type LogCheck = Static<typeof LogCheck>;

/** GET /accounts: looks and enrolments, by the name under which people read them. */
export const AccountWork = Type.Object({
  looks: Type.Array(
    Type.Object({
      actor: Type.String(),
      today: Count,
      people: Count,
      mean: Type.Number(),
      unusual: Type.Boolean(),
    }),
  ),
  desk: Type.Object({
    limit: Count,
    accounts: Type.Array(
      Type.Object({ staff: Type.String(), today: Count, month: Count, desk: Count, paper: Count }),
    ),
    seconds: Type.Array(
      Type.Object({ staff: Type.String(), second: Type.String(), enrolments: Count, last: Time }),
    ),
  }),
});
export type AccountWork = Static<typeof AccountWork>;

/** GET /calendar */
export const CalendarPage = Type.Object({
  collections: Type.Array(
    Type.Object({
      id: Id,
      name: Type.String(),
      photos: Count,
      joinUntil: Time,
      joiningClosed: Type.Boolean(),
      retainUntil: Time,
    }),
  ),
  /** That run out within 30 and within 90 days. */
  consents: Type.Array(Type.Object({ purpose: Purpose, soon: Count, later: Count })),
  idle: Type.Object({ months: Nullable(Count), idle: Count, warned: Count }),
  epoch: Type.Object({ number: Count, since: Time, nextRoll: Time }),
  backup: Nullable(Type.Object({ at: Time, by: Nullable(Type.String()) })),
});
export type CalendarPage = Static<typeof CalendarPage>;

/** GET /texts */
export const Texts = Type.Object({
  texts: Type.Array(
    Type.Object({
      digest: Type.String(),
      purpose: Purpose,
      channel: Nullable(Type.String()),
      language: Type.Union([Type.Literal("fr"), Type.Literal("en")]),
      version: Type.String(),
      text: Type.String(),
      since: Time,
      inUse: Type.Boolean(),
      people: Count,
      yes: Count,
    }),
  ),
});
export type Texts = Static<typeof Texts>;

/** GET /disclosures?before: who was told of what. */
export const DisclosuresQuery = Type.Object({ before: Type.Optional(Id) });
export const Disclosures = Type.Object({
  disclosures: Type.Array(
    Type.Object({
      id: Id,
      at: Time,
      collection: Nullable(Type.String()),
      channel: Type.String(),
      recipient: Type.Union([Type.Literal("channel"), Type.Literal("person"), Type.Literal("link")]),
      pictures: Count,
      shown: Count,
      withdrawn: Nullable(Count),
      renewed: Type.Boolean(),
      reviewedBy: Nullable(Type.String()),
      complete: Type.Boolean(),
    }),
  ),
  next: Nullable(Id),
});
export type Disclosures = Static<typeof Disclosures>;

/** A share of cases, 0 to 1, with its 95 % interval; null where nothing was measured. */
const MeasuredRate = Type.Object({
  value: Type.Union([Type.Number(), Type.Null()]),
  low: Type.Union([Type.Number(), Type.Null()]),
  high: Type.Union([Type.Number(), Type.Null()]),
  n: Type.Integer(),
  people: Type.Integer(),
});

/** GET /error-rates: what `assent evaluate --keep` measured, newest first. */
export const ErrorRates = Type.Object({
  evaluations: Type.Array(
    Type.Object({
      at: Time,
      by: Type.String(),
      pack: Type.String(),
      policy: Type.String(),
      photos: Type.Integer(),
      people: Type.Integer(),
      faces: Type.Integer(),
      leaks: Type.Integer(),
      thresholds: Type.Array(
        Type.Object({
          name: Type.String(),
          fmr: MeasuredRate,
          fnmr: MeasuredRate,
          fpir: MeasuredRate,
          fnir: MeasuredRate,
        }),
      ),
      /** At the threshold of automatic matches, by what people said of themselves. */
      groups: Type.Array(
        Type.Object({
          attribute: Type.String(),
          nonMatches: Type.Array(
            Type.Object({ group: Type.String(), fewPeople: Type.Boolean(), fnmr: MeasuredRate }),
          ),
          matches: Type.Array(
            Type.Object({ groups: Type.Array(Type.String()), fewPeople: Type.Boolean(), fmr: MeasuredRate }),
          ),
        }),
      ),
    }),
  ),
});
export type ErrorRates = Static<typeof ErrorRates>;
