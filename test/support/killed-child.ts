/**
 * The process that is killed: opens the instance, runs one command and dies right before the effect of the given
 * number, or after the last. Without a number it runs to its end and says what the effects were.
 */
import { arm, die, effects } from "./killed-effects.ts";
import type { Configuration } from "../../src/app/index.ts";
import type { Verb } from "./killed-verbs.ts";

export interface ChildOrder {
  readonly configuration: Configuration;
  readonly command: Verb;
  readonly killBefore: number | null;
}

const order = JSON.parse(process.argv[2] ?? "") as ChildOrder;
// Loaded only now, so that every module meets the functions that count.
const { openInstance } = await import("../../src/app/index.ts");
const { run } = await import("./killed-verbs.ts");

const instance = await openInstance({
  ...order.configuration,
  // It came as JSON.
  publicUrl: new URL(order.configuration.publicUrl),
});
arm(order.killBefore ?? Infinity);
await run(instance, order.command);
if (order.killBefore !== null) die();
const done = [...effects()];
await instance.close();
process.stdout.write(JSON.stringify(done));
