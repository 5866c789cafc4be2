import { readdir, readFile } from "node:fs/promises";

/** Linux counts processor time in hundredths of a second towards programs, whatever the kernel's own clock is. */
const TICK_MS = 10;

interface Stat {
  readonly parent: number;
  readonly ms: number;
}

/**
 * Milliseconds of processor time that these processes, their living descendants and their ended children have used;
 * null where /proc does not exist. Wall times of a shared machine say little; this says what the work costs.
 */
export async function processorTime(roots: readonly number[]): Promise<number | null> {
  let names: string[];
  try {
    names = await readdir("/proc");
  } catch {
    return null;
  }
  const stats = new Map<number, Stat>();
  for (const name of names.filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => undefined);
    if (stat !== undefined) stats.set(Number(name), parseStat(stat));
  }
  let total = 0;
  for (const [pid, stat] of stats) {
    for (let at: number | undefined = pid; at !== undefined && at > 0; at = stats.get(at)?.parent) {
      if (!roots.includes(at)) continue;
      total += stat.ms;
      break;
    }
  }
  return total;
}

/** Processes that this one has started, and that live. */
export async function childrenOf(parent: number): Promise<readonly number[]> {
  const lists = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8").catch(() => "");
  return lists
    .split(" ")
    .filter((pid) => pid !== "")
    .map(Number);
}

/** proc(5): after the name in brackets, field 2 is the parent, 12 to 15 are own and ended children's time. */
function parseStat(stat: string): Stat {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), ms: ticks * TICK_MS };
}
