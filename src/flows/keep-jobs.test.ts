import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { testClock } from "../../test/support/scene.ts";
import { inTransaction } from "../db/index.ts";
import { endJob, openJobs } from "../jobs/index.ts";
import { addPending } from "../rights/index.ts";
import { keepJobs } from "./keep-jobs.ts";
import { finishCutOff } from "./settle.ts";

const clock = testClock();
let here: TestInstance;
beforeAll(async () => {
  here = await testInstance({ clock });
});
afterAll(() => here.close());

/** Work of which this one cannot be done: a folder stands where a file should be. */
async function stuckWork(name: string): Promise<void> {
  const { db, receipts } = here.instance;
  await mkdir(join(receipts.path, name), { recursive: true });
  const work = { kind: "remove-file" as const, subject: name, erasure: null };
  await inTransaction(db, (trx) => addPending(trx, [work], clock));
}

/** Whether left-over work is ordered now; if so, it is tried. */
async function isTried(): Promise<boolean> {
  const { instance } = here;
  await keepJobs(instance, { mail: false });
  const confirm = (await openJobs(instance.db)).find((job) => job.kind === "confirm");
  if (!confirm) return false;
  await instance.db
    .updateTable("job")
    .set({ state: "running", started_at: clock.now() })
    .where("id", "=", confirm.id)
    .execute();
  await finishCutOff(instance);
  await endJob(instance.db, confirm.id, { state: "done" }, clock);
  return true;
}

test("work that fails again and again is tried once an hour; what nobody has tried, within half a minute", async () => {
  expect(await isTried()).toBe(false);
  await stuckWork("one.jws");
  expect(await isTried()).toBe(false);
  clock.advance(61_000);
  expect(await isTried()).toBe(true);
  clock.advance(31_000);
  expect(await isTried()).toBe(false);
  await stuckWork("two.jws");
  clock.advance(61_000);
  expect(await isTried()).toBe(true);
  clock.advance(31_000);
  expect(await isTried()).toBe(false);
  clock.advance(3_600_000);
  expect(await isTried()).toBe(true);
  expect(await isTried()).toBe(false);
});
