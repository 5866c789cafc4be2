export * from "./bytes.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./file-lock.ts";
export * from "./geometry.ts";
export * from "./ids.ts";
export * from "./process-pool.ts";
export * from "./storage-error.ts";
