import type { Damage } from "../../audit/index.ts";
import { AssentError, toPlainError } from "../../core/index.ts";
import { checkTheLog } from "../../flows/index.ts";
import type { HttpContext } from "../context.ts";
import type { LogCheck } from "../contract/officer.ts";

/** The check of the whole log, one at a time, in this server: how far it is, and how the last one ended. */
export interface LogChecker {
  state(): LogCheck;
  /** Begins one, or leaves the one that runs alone. */
  begin(by: string): LogCheck;
  /** When none runs any more. */
  idle(): Promise<void>;
}

/** What is known is kept while the server runs: a check says what was so when it was made. */
export function createLogChecker({ parts, stopping }: Pick<HttpContext, "parts" | "stopping">): LogChecker {
  let state: LogCheck = { running: null, failed: null, last: null };
  let work: Promise<void> = Promise.resolve();
  const check = async (by: string): Promise<void> => {
    try {
      const found = await checkTheLog(parts, {
        progress: (step, done, of) => {
          if (stopping.aborted) throw new AssentError("interrupted", "the server is stopping");
          state = { ...state, running: { step, done, of } };
        },
      });
      const at = parts.clock.now().toISOString();
      const { size, checkpoints, waiting, damage, cuts } = found;
      const last = { at, by, size, checkpoints, waiting, damage: damage.map(placed), cuts: cuts.length };
      state = { running: null, failed: null, last };
    } catch (error) {
      state = { ...state, running: null, failed: toPlainError(error).code };
    }
  };
  return {
    state: () => state,
    begin(by) {
      if (state.running === null) {
        state = { ...state, running: { step: "read", done: 0, of: null }, failed: null };
        work = check(by);
      }
      return state;
    },
    idle: () => work,
  };
}

function placed(damage: Damage): NonNullable<LogCheck["last"]>["damage"][number] {
  const where = "position" in damage ? damage.position : "size" in damage ? damage.size : null;
  return { kind: damage.kind, where, entry: "entry" in damage ? damage.entry : null };
}
