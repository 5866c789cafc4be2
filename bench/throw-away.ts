import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openInstance, readConfiguration, type Instance } from "../src/app/index.ts";

export interface ThrowAway {
  readonly instance: Instance;
  readonly folder: string;
  /** The embedded server: its first process, whose children are its sessions. */
  readonly serverProcesses: readonly number[];
  close(): Promise<void>;
}

/** A folder of its own, deleted by the caller; the embedded server's account may pass through it. */
export async function makeThrowAwayFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "assent-bench-"));
  await chmod(folder, 0o711);
  return folder;
}

/** An instance in a folder of its own, gone with it at `close`. */
export async function openThrowAway(processes: number): Promise<ThrowAway> {
  const folder = await makeThrowAwayFolder();
  const data = join(folder, "data");
  const instance = await openInstance(
    readConfiguration({ ASSENT_DATA: data, ASSENT_PROCESSES: String(processes), ASSENT_ACTOR: "bench" }),
  );
  return {
    instance,
    folder,
    serverProcesses: await findServer(data),
    async close() {
      await instance.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findServer(data: string): Promise<readonly number[]> {
  const names = await readdir(data, { recursive: true });
  const found = names.find((name) => name.endsWith("postmaster.pid"));
  if (!found) return [];
  const [pid = ""] = (await readFile(join(data, found), "utf8")).split("\n");
  return [Number(pid)];
}
