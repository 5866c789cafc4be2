export { readConfiguration, type Configuration } from "./configuration.ts";
export { openInstance, whileServing, type Instance, type OpenOptions } from "./instance.ts";
