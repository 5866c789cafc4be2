import { measuredErrors, type MeasuredErrors } from "../matching/index.ts";
import type { Parts } from "./instance.ts";

/**
 * What "wrong person" added up to, by collection, model pack and policy: the false positives of automatic matches as they
 * were measured in use. Names nobody.
 */
export function incidents(parts: Pick<Parts, "db">): Promise<readonly MeasuredErrors[]> {
  return measuredErrors(parts.db);
}
