import type { Id } from "../core/index.ts";

/**
 * How staff tell somebody from others who gave no name: six hexadecimal digits of the random id, in two groups. Short
 * enough to be read out; among some thousands two may be alike, so nothing is decided by it alone.
 */
export function shortLabel(person: Id): string {
  const digits = person.slice(-6).toUpperCase();
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}
