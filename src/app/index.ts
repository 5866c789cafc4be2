export { readConfiguration, type Configuration } from "./configuration.ts";
export { openEvaluation, openInstance, whileServing, type Instance, type OpenOptions } from "./instance.ts";
export { makeOwnerLink, startServer, type RunningServer } from "./server.ts";
export { withoutServer } from "../db/index.ts";
