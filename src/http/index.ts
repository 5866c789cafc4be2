export { openApi } from "./api/openapi.ts";
export type { App, HttpContext, HttpOptions } from "./context.ts";
export { createLog, type Log } from "./log.ts";
export { heardByMaker } from "./staff/told-programs.ts";
export { createServer } from "./server.ts";
