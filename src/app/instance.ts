import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { openCheckpointPin, openJournal, type Journal } from "../audit/index.ts";
import { createFolderBlobs } from "../blobs/index.ts";
import { AssentError, storageError, systemClock, writeFileDurably, type Clock } from "../core/index.ts";
import { openKeyStore, type KeyStore } from "../crypto/index.ts";
import { openDatabase, type Db } from "../db/index.ts";
import { removeOrphans, settle, type Parts, type Settled } from "../flows/index.ts";
import { createJobQueue } from "../jobs/index.ts";
import { createRenderPool, type RenderPool } from "../publishing/index.ts";
import { openReceiptFolder, type Controller } from "../rights/index.ts";
import { holdIndexes } from "../templates/index.ts";
import { createVisionPool, type VisionPool } from "../vision/index.ts";
import type { Configuration } from "./configuration.ts";
import { announce } from "./presence.ts";
import { UNNAMED } from "./sender.ts";

/** An open instance: everything wired by hand, in this one place. */
export interface Instance extends Parts {
  readonly actor: string;
  readonly dataFolder: string;
  /** What the start had to carry to its end. */
  readonly settled: Settled;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly clock?: Clock;
  /** Shown to database administrators beside the process id; `serve` for the process that keeps the instance up. */
  readonly role?: string;
  /** false: photos that a killed process had not looked through are left to whoever works, so that a server answers soon. */
  readonly looks?: boolean;
  /** true: files that no row names are removed unless another process is there, as after a crash. */
  readonly tidy?: boolean;
}

/**
 * Opens the instance of the configuration: folders, keys, database, then what an earlier crash left undone. Several
 * processes may have one instance open.
 * Errors: `database-unavailable`, `storage-failed`, `instance-mismatch` where database and data folder are of
 * different instances, `key-gone` where the key-encryption key is.
 */
export async function openInstance(
  configuration: Configuration,
  options: OpenOptions = {},
): Promise<Instance> {
  const clock = options.clock ?? systemClock;
  const folder = configuration.dataFolder;
  try {
    // Others may pass through, because the embedded server runs under its own account; what is inside is closed to them.
    await mkdir(folder, { recursive: true, mode: 0o711 });
  } catch (error) {
    throw storageError(error, "make the data folder", folder);
  }
  const keys = await openKeyStore({ folder: join(folder, "keys"), kek: configuration.kek, clock });
  const blobs = await createFolderBlobs(join(folder, "blobs"));
  const journal = openJournalOf(folder);
  const database = await openDatabase(configuration.database, options.role ? { role: options.role } : {});
  const indexes = holdIndexes(database.db, keys, clock);
  const queue = createJobQueue(database.db);
  let leave: (() => Promise<void>) | undefined;
  let vision: Promise<VisionPool> | undefined;
  let renderer: RenderPool | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([
      vision?.then((pool) => pool.close()).catch(() => undefined),
      renderer?.close(),
      indexes.close(),
      queue.stop(),
    ]);
    await database.close();
    await leave?.();
  };
  try {
    await ensureSameInstance(folder, database.db, keys, clock);
    await journal.keepHead();
    const parts: Parts = {
      id: keys.id,
      db: database.db,
      keys,
      blobs,
      clock,
      journal,
      pin: openCheckpointPin(join(folder, "journal/checkpoint")),
      receipts: openReceiptFolder(join(folder, "receipts")),
      controller: controllerOf(configuration),
      indexes,
      vision: () => (vision ??= createVisionPool(visionOptions(configuration))),
      renderer: () => (renderer ??= createRenderPool({ processes: configuration.processes })),
      queue,
      idleMonths: configuration.idleMonths,
      libraries: configuration.libraries,
      processes: configuration.processes,
    };
    await blobs.sweepTemporary();
    leave = await announce(join(folder, "running"), async () => void (await removeOrphans(parts)), {
      always: options.tidy ?? false,
    });
    const settled = await settle(parts, { looks: options.looks ?? true });
    return { ...parts, actor: configuration.actor, dataFolder: folder, settled, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function controllerOf({ serving, controller, publicUrl }: Configuration): Controller {
  const url = publicUrl.origin;
  return {
    name: serving.organisation ?? UNNAMED,
    contact: controller.contact ?? url,
    address: controller.address ?? null,
    jurisdiction: controller.jurisdiction,
    storedIn: controller.storedIn ?? null,
    url,
  };
}

/** Whether opening would make a new instance, with keys of its own. */
export function isNewInstance({ dataFolder }: Configuration): boolean {
  return !existsSync(join(dataFolder, "keys/key-store.json"));
}

/** How far it reaches is kept beside the keys, which a restore needs as well. */
export function openJournalOf(dataFolder: string): Journal {
  const head = join(dataFolder, "keys/journal-head.json");
  return openJournal(join(dataFolder, "journal/restrictions.log"), { head });
}

/** In the data folder, from its first start on: that it belongs to a database. */
const BELONGS = "instance";

/**
 * The database and the key store know each other by the key store's id, set at the first start. The folder knows by a
 * file, made after the database's row, that it has a database: beside an empty one, everything in it would be taken for
 * left-overs that no row names, and removed.
 */
async function ensureSameInstance(folder: string, db: Db, keys: KeyStore, clock: Clock): Promise<void> {
  const mark = join(folder, BELONGS);
  const belongs = existsSync(mark);
  const known = await db.selectFrom("instance").select("id").executeTakeFirst();
  if (belongs && !known) {
    throw new AssentError(
      "instance-mismatch",
      "this data folder has been used, and the database has nothing of it",
      {
        remedy:
          "Set DATABASE_URL to the database of this folder (unset: the embedded one), or ASSENT_DATA to an empty folder to begin anew. A lost database is brought back by assent restore.",
      },
    );
  }
  await db
    .insertInto("instance")
    .values({ id: keys.id, created_at: clock.now() })
    .onConflict((oc) => oc.doNothing())
    .execute();
  const row = await db.selectFrom("instance").select("id").executeTakeFirstOrThrow();
  if (row.id !== keys.id) {
    throw new AssentError("instance-mismatch", "this database belongs to another data folder", {
      remedy:
        "Set ASSENT_DATA to the folder that this database was made with, or DATABASE_URL to this folder's database.",
    });
  }
  if (!belongs) await writeFileDurably(mark, `${keys.id}\n`);
}

const SERVE_LOCK = 0x617373656e74; // "assent"

/**
 * Runs `work` as the one process that keeps the instance up. Errors: `instance-busy`, naming the process that already
 * does. The claim is a session's lock in the database, so that it ends with the process, whatever ends it.
 */
export async function whileServing(configuration: Configuration, work: () => Promise<void>): Promise<void> {
  const claim = await openDatabase(configuration.database, { role: "serve" });
  try {
    await claim.db.connection().execute(async (session) => {
      const { rows } = await sql<{
        taken: boolean;
      }>`select pg_try_advisory_lock(${SERVE_LOCK}) as taken`.execute(session);
      if (rows[0]?.taken !== true) throw await servedBy(session);
      await work();
    });
  } finally {
    await claim.close();
  }
}

async function servedBy(session: Db): Promise<AssentError> {
  const { rows } = await sql<{ name: string }>`
    select a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.classid = ${Math.floor(SERVE_LOCK / 2 ** 32)}::oid and l.objid = ${SERVE_LOCK % 2 ** 32}::oid
      and l.database = (select oid from pg_database where datname = current_database())`.execute(session);
  const [, host = "unknown", pid = "unknown"] = (rows[0]?.name ?? "").split(":");
  return new AssentError("instance-busy", `process ${pid} on ${host} already serves this instance`, {
    remedy: "Stop that process first. Other commands work beside it.",
  });
}

/** What an evaluation needs: the model pack and its processes, no database, no keys. */
export function openEvaluation(
  configuration: Configuration,
): Pick<Parts, "vision" | "processes"> & { close(): Promise<void> } {
  let vision: Promise<VisionPool> | undefined;
  return {
    processes: configuration.processes,
    vision: () => (vision ??= createVisionPool(visionOptions(configuration))),
    close: async () => (await vision)?.close(),
  };
}

function visionOptions(configuration: Configuration): Parameters<typeof createVisionPool>[0] {
  return { packFolder: configuration.modelPack, processes: configuration.processes };
}
