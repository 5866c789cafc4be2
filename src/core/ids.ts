import { randomUUID } from "node:crypto";

/** A random identifier (UUID version 4): it tells neither when nor in which order things were made. */
export type Id = string;

const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function newId(): Id {
  return randomUUID();
}

export function isId(value: string): value is Id {
  return PATTERN.test(value);
}
