import { AssentError, type Clock } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { Db } from "../db/index.ts";
import { TemplateIndex } from "./template-index.ts";

/** What an index needs to know of a model pack. */
export interface IndexedPack {
  readonly id: string;
  readonly dimension: number;
}

/** An index that somebody is using; others may be using it too. */
export interface BorrowedIndex {
  readonly index: TemplateIndex;
  /** Afterwards the index is no longer the borrower's. Calling it twice does nothing. */
  giveBack(): void;
}

/**
 * The indexes of this process, one for each pack, kept while they are used and for a while after: to open one, every
 * template is unsealed (788 ms for 1,000 people), and whoever joins, or is looked for, would wait for that each time.
 * One that nobody uses keeps its lease, drops who leaves within a second, and acknowledges it.
 */
export interface HeldIndexes {
  /** Up to date when it is lent: renewed since it was asked for. Errors: those of `TemplateIndex.open` and `renew`. */
  borrow(pack: IndexedPack): Promise<BorrowedIndex>;
  /** Drops and acknowledges at once what has changed, so that who has just changed it need not wait for the next second. */
  renew(): Promise<void>;
  /** Overwrites all of them and gives the leases back; nothing is lent afterwards. */
  close(): Promise<void>;
}

/** An index that nobody has used for so long is overwritten. */
const IDLE_MS = 10 * 60_000;

interface Held {
  readonly opening: Promise<TemplateIndex>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

export function holdIndexes(
  db: Db,
  keys: KeyStore,
  clock: Clock,
  { idleMs = IDLE_MS }: { readonly idleMs?: number } = {},
): HeldIndexes {
  const held = new Map<string, Held>();
  let closed = false;

  async function end(packId: string, one: Held): Promise<void> {
    clearTimeout(one.idle);
    if (held.get(packId) === one) held.delete(packId);
    await one.opening.then(
      (index) => index.close(),
      () => undefined,
    );
  }

  function hold(pack: IndexedPack): Held {
    const one: Held = { opening: TemplateIndex.open(db, keys, pack, clock), users: 0, idle: undefined };
    held.set(pack.id, one);
    // Who borrows it is told; the next one opens it anew.
    one.opening.catch(() => held.get(pack.id) === one && held.delete(pack.id));
    return one;
  }

  return {
    async borrow(pack) {
      if (closed) throw new AssentError("interrupted", "the instance is being closed");
      const known = held.get(pack.id);
      const one = known ?? hold(pack);
      clearTimeout(one.idle);
      one.users++;
      let isGivenBack = false;
      const giveBack = (): void => {
        if (isGivenBack) return;
        isGivenBack = true;
        one.users--;
        if (one.users > 0 || closed) return;
        one.idle = setTimeout(() => void end(pack.id, one), idleMs);
        one.idle.unref();
      };
      try {
        const index = await one.opening;
        if (known) await index.renew();
        return { index, giveBack };
      } catch (error) {
        giveBack();
        throw error;
      }
    },
    async renew() {
      await Promise.all(
        [...held.values()].map((one) => one.opening.then((index) => index.renew()).catch(() => undefined)),
      );
    },
    async close() {
      closed = true;
      await Promise.all([...held].map(([packId, one]) => end(packId, one)));
    },
  };
}
