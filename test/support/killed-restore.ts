/** As killed-child.ts, for a restore: its process dies right before the effect of the given number, or after the last. */
import { arm, die, effects } from "./killed-effects.ts";
import type { Configuration } from "../../src/app/index.ts";

export interface RestoreChildOrder {
  readonly configuration: Configuration;
  readonly from: string;
  readonly killBefore: number | null;
}

const order = JSON.parse(process.argv[2] ?? "") as RestoreChildOrder;
const { restoreInstance } = await import("../../src/app/index.ts");

arm(order.killBefore ?? Infinity);
await restoreInstance(
  { ...order.configuration, publicUrl: new URL(order.configuration.publicUrl) },
  { from: order.from, checkpoints: [], actor: "an operator", progress: () => undefined },
);
if (order.killBefore !== null) die();
process.stdout.write(JSON.stringify(effects()));
