import { serveTasks } from "../../src/core/index.ts";
import { processorTime } from "../processor-time.ts";
import { KINDS, type Contender, type HostTasks, type Kind } from "./contender.ts";
import { startImport } from "./import.ts";
import { startPeer } from "./peer.ts";
import { startVision } from "./vision.ts";

function start(kind: Kind, processes: number): Promise<Contender> {
  switch (kind) {
    case "import":
      return startImport(processes);
    case "vision":
      return startVision(processes);
    case "human":
      return startPeer("human", { maxEdge: 1280, tile: null }, processes);
    case "human-tiled":
      return startPeer("human", { maxEdge: 2048, tile: 640 }, processes);
    case "face-api":
      return startPeer("face-api", { maxEdge: 1280, tile: null }, processes);
    case "face-api-tiled":
      return startPeer("face-api", { maxEdge: 2048, tile: 768 }, processes);
  }
}

const [kindName, processes] = process.argv.slice(2);
const kind = KINDS.find((one) => one === kindName);
if (!kind) throw new Error(`no such contender: ${kindName}`);
const started = start(kind, Number(processes));

serveTasks<HostTasks>({
  async batch({ files }) {
    const contender = await started;
    const roots = [process.pid, ...contender.otherProcesses];
    const cpu = await processorTime(roots);
    const from = performance.now();
    const steps = await contender.work(files);
    const wallMs = performance.now() - from;
    const cpuAfter = await processorTime(roots);
    const found: [string, Awaited<ReturnType<Contender["found"]>>][] = [];
    for (const file of files) found.push([file, await contender.found(file)]);
    return { wallMs, cpuMs: cpu === null || cpuAfter === null ? null : cpuAfter - cpu, steps, found };
  },
  async close() {
    await (await started).close();
    return null;
  },
});
