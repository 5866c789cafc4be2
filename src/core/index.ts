export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./geometry.ts";
export * from "./ids.ts";
export * from "./process-pool.ts";
