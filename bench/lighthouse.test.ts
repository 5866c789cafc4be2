import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "../test/support/browser.ts";
import { testInstance, type TestInstance } from "../test/support/instance.ts";
import { FAST_ENOUGH, isInstalled, LEAST, measureJoinPage } from "./lighthouse.ts";

/** In `npm run test:long` alone, and where Lighthouse has been installed by its benchmark: tests fetch no packages. */
const LONG = process.env["MODE"] === "long";
const installed = await isInstalled();
if (LONG && !installed) console.log("Lighthouse is not installed (npm run bench -- lighthouse): not run");

describe.skipIf(!LONG || !installed || chromiumPath === undefined)("the join page on a phone", () => {
  let here: TestInstance;
  beforeAll(async () => {
    here = await testInstance();
  });
  afterAll(() => here.close());

  test("reaches what is asked in performance, accessibility and best practices", async () => {
    const { scores, faults, machineIndex } = await measureJoinPage(here.instance, 3);
    const slow = machineIndex < FAST_ENOUGH;
    if (slow) console.log(`the machine is too slow or too busy (${machineIndex}) to judge performance`);
    const low = Object.entries(scores).filter(
      ([name, score]) => score < LEAST && !(slow && name === "performance"),
    );
    expect(low, faults.join("; ")).toEqual([]);
  }, 600_000);
});
