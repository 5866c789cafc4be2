import { AssentError, endOfDay } from "../../core/index.ts";
import { listKeptTexts } from "../../consent/index.ts";
import {
  calendar,
  groupsWhenAutomatic,
  keptEvaluations,
  listLookVolumes,
  listVouchings,
  logState,
  oversee,
  readLog,
} from "../../flows/index.ts";
import { listDisclosures } from "../../publishing/index.ts";
import type { App, HttpContext } from "../context.ts";
import {
  AccountWork,
  CalendarPage,
  Disclosures,
  DisclosuresQuery,
  ErrorRates,
  LogCheck,
  LogEntries,
  LogQuery,
  LogState,
  Overview,
  Texts,
} from "../contract/officer.ts";
import { PROBLEMS } from "../problem.ts";
import { actorOf, needs } from "../access.ts";
import { createLogChecker } from "./log-check.ts";

const DAY_MS = 86_400_000;

/** What the data-protection officer oversees: the log, who looks and vouches, what time ends, what was agreed to and what left. */
export function officerRoutes(app: App, { parts, stopping }: Pick<HttpContext, "parts" | "stopping">): void {
  const config = needs("read-papers", "instance");
  const ofLog = needs("read-log", "instance");
  const checker = createLogChecker({ parts, stopping });
  app.addHook("onClose", () => checker.idle());

  app.get(
    "/api/staff/officer",
    { config, schema: { response: { "2xx": Overview, ...PROBLEMS } } },
    async () => {
      const { requests, unusual, atLimit, ...rest } = await oversee(parts);
      const nextDue = requests.nextDue?.toISOString() ?? null;
      return { ...rest, unusual: [...unusual], atLimit: [...atLimit], requests: { ...requests, nextDue } };
    },
  );

  app.get(
    "/api/staff/officer/log",
    { config: ofLog, schema: { querystring: LogQuery, response: { "2xx": LogEntries, ...PROBLEMS } } },
    async (request) => {
      const { from, to, ...query } = request.query;
      const { entries, next } = await readLog(parts, {
        ...query,
        from: from === undefined ? undefined : new Date(endOf(from).getTime() - DAY_MS),
        to: to === undefined ? undefined : endOf(to),
      });
      return {
        entries: entries.map(({ at, facts, ...one }) => ({
          ...one,
          at: at?.toISOString() ?? null,
          facts: [...facts],
        })),
        next,
      };
    },
  );
  app.get(
    "/api/staff/officer/log/state",
    { config: ofLog, schema: { response: { "2xx": LogState, ...PROBLEMS } } },
    async () => {
      const { head, witnessed, kinds, ...state } = await logState(parts);
      return {
        ...state,
        head: head && { ...head, at: head.at.toISOString() },
        witnessed: witnessed && { ...witnessed, by: [...witnessed.by], at: witnessed.at.toISOString() },
        kinds: [...kinds],
      };
    },
  );
  app.get(
    "/api/staff/officer/log/check",
    { config: ofLog, schema: { response: { "2xx": LogCheck, ...PROBLEMS } } },
    async () => checker.state(),
  );
  app.post(
    "/api/staff/officer/log/check",
    { config: ofLog, schema: { response: { "2xx": LogCheck, ...PROBLEMS } } },
    async (request) => checker.begin(actorOf(request)),
  );

  app.get(
    "/api/staff/officer/accounts",
    { config, schema: { response: { "2xx": AccountWork, ...PROBLEMS } } },
    async () => {
      const [looks, { limit, accounts, seconds }] = await Promise.all([
        listLookVolumes(parts),
        listVouchings(parts),
      ]);
      return {
        looks: [...looks],
        desk: {
          limit,
          accounts: [...accounts],
          seconds: seconds.map(({ last, ...one }) => ({ ...one, last: last.toISOString() })),
        },
      };
    },
  );

  app.get(
    "/api/staff/officer/calendar",
    { config, schema: { response: { "2xx": CalendarPage, ...PROBLEMS } } },
    async () => {
      const { collections, consents, idle, epoch, backup } = await calendar(parts);
      return {
        collections: collections.map(({ joinUntil, retainUntil, ...one }) => ({
          ...one,
          joinUntil: joinUntil.toISOString(),
          retainUntil: retainUntil.toISOString(),
        })),
        consents: [...consents],
        idle,
        epoch: { ...epoch, since: epoch.since.toISOString(), nextRoll: epoch.nextRoll.toISOString() },
        backup: backup && { ...backup, at: backup.at.toISOString() },
      };
    },
  );
  app.get(
    "/api/staff/officer/error-rates",
    { config, schema: { response: { "2xx": ErrorRates, ...PROBLEMS } } },
    async () => ({
      evaluations: (await keptEvaluations(parts)).map(({ at, by, pack, policy, rates }) => {
        const { photos, people, faces, leaks, atThresholds } = rates;
        const groups = groupsWhenAutomatic(rates).map(({ attribute, nonMatches, matches }) => ({
          attribute,
          nonMatches: [...nonMatches],
          matches: matches.map((one) => ({ ...one, groups: [...one.groups] })),
        }));
        const thresholds = [...atThresholds];
        return { at: at.toISOString(), by, pack, policy, photos, people, faces, leaks, thresholds, groups };
      }),
    }),
  );
  app.get(
    "/api/staff/officer/texts",
    { config, schema: { response: { "2xx": Texts, ...PROBLEMS } } },
    async () => {
      const texts = await listKeptTexts(parts.db);
      return { texts: texts.map(({ since, ...one }) => ({ ...one, since: since.toISOString() })) };
    },
  );
  app.get(
    "/api/staff/officer/disclosures",
    { config, schema: { querystring: DisclosuresQuery, response: { "2xx": Disclosures, ...PROBLEMS } } },
    async (request) => {
      const { disclosures, next } = await listDisclosures(parts.db, parts.clock, request.query.before);
      return { disclosures: disclosures.map(({ at, ...one }) => ({ ...one, at: at.toISOString() })), next };
    },
  );
}

/** The end of a day in UTC. Errors: `bad-input`. */
function endOf(day: string): Date {
  const end = endOfDay(day);
  if (end) return end;
  throw new AssentError("bad-input", `"${day}" is no date`, { remedy: "Write it as YYYY-MM-DD." });
}
