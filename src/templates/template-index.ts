import { readlinkSync } from "node:fs";
import { sql } from "kysely";
import { AssentError, isProcessGone, newId, processMark, type Clock, type Id } from "../core/index.ts";
import type { KeyStore } from "../crypto/index.ts";
import type { Db } from "../db/index.ts";
import { forgetOtherTurns, protectionOf, type Protection } from "./protection.ts";
import { indexable, newestTurn, openTemplates, type Indexable } from "./storage.ts";
import { Vectors } from "./vectors.ts";

/** How long a holder may go on without word from the database (DESIGN: leases). */
const LEASE_MS = 5_000;
const RENEW_MS = 1_000;
/** Templates unsealed between two looks at the lease. */
const BATCH = 500;

/**
 * The templates of one pack in memory, held under a lease. [Note: Leases]
 *
 * An erasure may say that no process holds a template any more once every holder has acknowledged its version, or has let
 * its lease lapse. So a holder renews its lease each second; on each renewal it learns the current version, drops and loads
 * what has changed, and then acknowledges. When it cannot renew for five seconds, it overwrites its memory and refuses
 * to search; once the database answers again it registers anew and loads everything again.
 * The database's clock decides over the lease in the table, this process's own over the lease in memory, counted from
 * before the renewal was sent: the two clocks need not agree.
 */
export class TemplateIndex {
  readonly packId: string;
  readonly clock: Clock;
  #protection: Protection;
  readonly #db: Db;
  readonly #keys: KeyStore;
  #vectors: Vectors;
  /** What is being loaded under another turn, to take the place of the vectors. */
  #coming: Vectors | undefined;
  #holder: Id = newId();
  #version = NOTHING_READ;
  #heldUntil = 0;
  /** Counts lapses, so that a load begun before one ends there. */
  #lapses = 0;
  #turn: Promise<void> = Promise.resolve();
  #beats: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(db: Db, keys: KeyStore, packId: string, clock: Clock, protection: Protection) {
    this.#db = db;
    this.#keys = keys;
    this.packId = packId;
    this.clock = clock;
    this.#protection = protection;
    this.#vectors = new Vectors(protection.dimension);
  }

  /**
   * Registers as holder, loads what may be indexed, and goes on renewing until closed: each second, unless a test that
   * calls `renew` by hand says otherwise.
   */
  static async open(
    db: Db,
    keys: KeyStore,
    pack: { readonly id: string; readonly dimension: number },
    clock: Clock,
    options: { readonly renewMs?: number } = {},
  ): Promise<TemplateIndex> {
    const protection = await protectionOf(keys, await newestTurn(db), pack.dimension);
    const index = new TemplateIndex(db, keys, pack.id, clock, protection);
    try {
      await index.#register();
      index.#startRenewing(options.renewMs ?? RENEW_MS);
      await index.renew();
      return index;
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  /** How the vectors are turned, and a probe must be; of the same moment as `vectors`. */
  get protection(): Protection {
    return this.#protection;
  }

  /** How much is held now. */
  get size(): { readonly people: number; readonly templates: number } {
    return { people: this.#vectors.people, templates: this.#vectors.templates };
  }

  /** For the room's own search. Errors: `interrupted` where the lease has lapsed; the memory is overwritten by then. */
  vectors(): Vectors {
    if (!this.#closed && this.clock.now().getTime() < this.#heldUntil && this.#version !== NOTHING_READ) {
      return this.#vectors;
    }
    this.#lapse();
    throw new AssentError("interrupted", "the index of templates has lost its lease", {
      remedy: "Is the database reachable? Try again in a few seconds.",
    });
  }

  /**
   * Renews the lease, loads and drops what has changed, and acknowledges. Runs by itself each second; a flow that has
   * just changed something calls it to have it done at once. Errors: those of the database and of `openTemplates`.
   */
  renew(): Promise<void> {
    const done = this.#turn.then(() => this.#renewNow());
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Drops a person at once, before the next renewal would. */
  drop(person: Id): void {
    this.#vectors.removePerson(person);
    this.#coming?.removePerson(person);
  }

  /** Overwrites the memory and gives the lease back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.all([this.#turn, this.#beats]);
    this.#lapse();
    // Where this fails, the lease lapses by itself.
    await this.#db
      .deleteFrom("index_holder")
      .where("id", "=", this.#holder)
      .execute()
      .catch(() => undefined);
  }

  #startRenewing(everyMs: number): void {
    let waiting = false;
    this.#timer = setInterval(() => {
      if (waiting) return;
      waiting = true;
      // The lease is renewed here, beside `renew`, which may take longer than the lease while it loads.
      this.#beat()
        .finally(() => (waiting = false))
        .then(
          (current) => (current === this.#version ? undefined : this.renew().catch(() => undefined)),
          () => undefined,
        );
    }, everyMs);
    this.#timer.unref();
  }

  async #renewNow(): Promise<void> {
    if (this.#closed) return;
    if ((await this.#beat()) !== this.#version) await this.#refresh();
  }

  /** Renews the lease, or takes a new one where it has lapsed; one at a time. Returns the current version. */
  #beat(): Promise<number> {
    const done = this.#beats.then(() => this.#beatNow());
    this.#beats = done.catch(() => undefined);
    return done;
  }

  async #beatNow(): Promise<number> {
    if (this.#closed) return this.#version;
    const asked = this.clock.now().getTime();
    if (this.#heldUntil !== 0 && asked >= this.#heldUntil) this.#lapse();
    const lapses = this.#lapses;
    const { rows } = await sql<{ current: number }>`
      update index_holder set lease_until = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'
      where id = ${this.#holder} and lease_until > clock_timestamp()
      returning (select version from index_version) as current`.execute(this.#db);
    if (!rows[0]) {
      this.#lapse();
      return this.#register();
    }
    if (lapses === this.#lapses) this.#heldUntil = asked + LEASE_MS;
    return rows[0].current;
  }

  /** A new lease with nothing acknowledged; the memory is empty. Returns the current version. */
  async #register(): Promise<number> {
    this.#holder = newId();
    const asked = this.clock.now().getTime();
    const { rows } = await sql<{ current: number }>`
      with old as (delete from index_holder where lease_until < clock_timestamp() - interval '1 minute')
      insert into index_holder (id, process, version, lease_until) values (
        ${this.#holder}, ${holderMark()}, ${NOTHING_READ},
        clock_timestamp() + ${LEASE_MS} * interval '1 millisecond')
      returning (select version from index_version) as current`.execute(this.#db);
    this.#heldUntil = asked + LEASE_MS;
    return rows[0]?.current ?? NOTHING_READ;
  }

  async #refresh(): Promise<void> {
    const lapses = this.#lapses;
    const { version, turn, list } = await indexable(this.#db, this.packId);
    if (turn !== this.#protection.version) await this.#turnTo(turn, list, lapses);
    const wanted = new Set(list.map((item) => item.template));
    for (const template of this.#vectors.templateIds()) {
      if (!wanted.has(template)) this.#vectors.remove(template);
    }
    const missing = list.filter((item) => !this.#vectors.has(item.template));
    await this.#load(this.#vectors, this.#protection, missing, lapses);
    if (lapses !== this.#lapses) return;
    await this.#db.updateTable("index_holder").set({ version }).where("id", "=", this.#holder).execute();
    if (lapses === this.#lapses) this.#version = version;
  }

  /** The secret turn has changed: loads everything beside what is there, which is searched meanwhile. Spaces are never mixed. */
  async #turnTo(turn: number, list: readonly Indexable[], lapses: number): Promise<void> {
    const protection = await protectionOf(this.#keys, turn, this.#protection.dimension);
    const coming = new Vectors(protection.dimension);
    this.#coming = coming;
    try {
      await this.#load(coming, protection, list, lapses);
      if (lapses !== this.#lapses) return coming.clear();
      this.#vectors.clear();
      this.#vectors = coming;
      this.#protection = protection;
      forgetOtherTurns(this.#keys, turn);
    } catch (error) {
      coming.clear();
      throw error;
    } finally {
      this.#coming = undefined;
    }
  }

  async #load(
    into: Vectors,
    protection: Protection,
    wanted: readonly Indexable[],
    lapses: number,
  ): Promise<void> {
    for (let i = 0; i < wanted.length && lapses === this.#lapses; i += BATCH) {
      const batch = wanted.slice(i, i + BATCH);
      await openTemplates(this.#db, this.#keys, this.packId, protection, batch, (item, vector) => {
        // What was read before a lapse may have been erased since.
        if (lapses === this.#lapses) into.add(item.template, item.person, vector);
      });
    }
  }

  #lapse(): void {
    this.#lapses++;
    this.#heldUntil = 0;
    this.#version = NOTHING_READ;
    this.#vectors.clear();
    this.#coming?.clear();
  }
}

/** Lower than every version: acknowledges nothing. */
const NOTHING_READ = -1;

/**
 * Names this process and the numbering of processes that it is in: containers may have one host name and a process of the same number
 * each, and one that merely cannot be seen from here still holds what it holds.
 */
export function holderMark(): string {
  return `${processMark()} ${numbering()}`;
}

function isHolderGone(mark: string): boolean {
  const [process = "", seenIn] = mark.split(" ");
  return seenIn !== undefined && seenIn !== "" && seenIn === numbering() && isProcessGone(process);
}

/** Where the system has none, empty: then only a lease that has lapsed tells. */
function numbering(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/**
 * Whether every holder with a live lease has dropped what changed up to this version. A process of this machine that has surely ended
 * holds nothing, however long its lease.
 */
export async function acknowledged(db: Db, version: number): Promise<boolean> {
  const { rows } = await sql<{ id: Id; process: string }>`
    select id, process from index_holder
    where lease_until > clock_timestamp() and version < ${version}`.execute(db);
  const gone = rows.filter((holder) => isHolderGone(holder.process)).map((holder) => holder.id);
  if (gone.length > 0) await db.deleteFrom("index_holder").where("id", "in", gone).execute();
  return rows.length === gone.length;
}
