import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/**
 * Loaded before everything else in a killed process and its workers (`--import`): a process that renders ends itself
 * and its parent once a picture is written but has not got its name.
 */
if (process.argv[1]?.endsWith("publishing/worker.ts")) {
  fs.rename = () => {
    process.kill(process.ppid, "SIGKILL");
    process.kill(process.pid, "SIGKILL");
    for (;;); // Nothing may happen between the signal and its arrival.
  };
  syncBuiltinESMExports();
}
