import type { Configuration } from "./configuration.ts";
import type { ApiKeyOrder, ListedApiKey, MadeApiKey } from "../accounts/index.ts";
import { join } from "node:path";
import {
  makeSandbox,
  testWebhook,
  type MadeSandbox,
  type MayDelete,
  type VerifiedBackup,
  type Working,
} from "../flows/index.ts";
import { createPost, type Delivery } from "../webhooks/index.ts";
import type { Instance } from "./instance.ts";
import type { RestoreCommand, Restored } from "./restore.ts";
import type { RunningServer } from "./server.ts";
import type { WorkOrder } from "./worker.ts";

export { readConfiguration, type Configuration } from "./configuration.ts";
export {
  openEvaluation,
  isNewInstance,
  openInstance,
  whileServing,
  type Instance,
  type OpenOptions,
} from "./instance.ts";
export { openSender, UNNAMED } from "./sender.ts";
export type { RestoreCommand, Restored } from "./restore.ts";
export { WORKING, withoutServer } from "../db/index.ts";

/** As in server.ts, which is loaded when it is first used: no other command waits a second for a server's modules. */
export async function startServer(instance: Instance, configuration: Configuration): Promise<RunningServer> {
  return (await import("./server.ts")).startServer(instance, configuration);
}

/** As in may-delete.ts. */
export function mayDeleteNow(instance: Instance): MayDelete {
  return async (maker) => (await import("./may-delete.ts")).mayDeleteNow(instance)(maker);
}

/** As in worker.ts. */
export async function startWork(
  instance: Instance,
  configuration: Configuration,
  order: WorkOrder,
): Promise<Working> {
  return (await import("./worker.ts")).startWork(instance, configuration, order);
}

/** As in restore.ts. */
export async function restoreInstance(
  configuration: Configuration,
  command: RestoreCommand,
): Promise<Restored> {
  return (await import("./restore.ts")).restoreInstance(configuration, command);
}

/** As in restore.ts. */
export async function verifyInstanceBackup(
  instance: Instance,
  configuration: Configuration,
  file: string,
): Promise<VerifiedBackup> {
  return (await import("./restore.ts")).verifyInstanceBackup(instance, configuration, file);
}

/** As in server.ts. */
export async function makeOwnerLink(
  instance: Instance,
  configuration: Configuration,
  email?: string,
): Promise<string> {
  return (await import("./server.ts")).makeOwnerLink(instance, configuration, email);
}

/** As in accounts/, which is loaded when it is first used. */
export async function makeApiKey({ db, clock }: Instance, order: ApiKeyOrder): Promise<MadeApiKey> {
  return (await import("../accounts/index.ts")).makeApiKey(db, order, clock);
}

/** As in accounts/. */
export async function listApiKeys({ db, clock }: Instance): Promise<readonly ListedApiKey[]> {
  return (await import("../accounts/index.ts")).listApiKeys(db, clock);
}

/** As in accounts/. */
export async function revokeApiKey(instance: Instance, key: string): Promise<void> {
  return (await import("../accounts/index.ts")).revokeApiKey(instance, { key, account: null });
}

/** Makes a sandbox of a new instance, published where staff publish. Errors: `refused` where there is anybody else in it. */
export async function openSandbox(instance: Instance): Promise<MadeSandbox> {
  return makeSandbox(instance, { exports: join(instance.dataFolder, "exports") });
}

/** A test of a webhook, by the way out that servers use. */
export async function sendTest(instance: Instance, webhook: string): Promise<Delivery> {
  return testWebhook(instance, { webhook }, createPost());
}
