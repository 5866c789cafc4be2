import type { EventKind } from "../db/index.ts";

/**
 * What a webhook can be told of, and what somebody must be allowed to be told of it. A closed list: nothing is told of a match, an
 * answer of a person's, or who is in a picture.
 */
export const EVENT_NEEDS = {
  "import.finished": "see-collections",
  "rendition.replaced": "read-renditions",
  "rendition.suspended": "read-renditions",
  "request.opened": "see-requests",
} as const satisfies Readonly<Record<EventKind, string>>;

export const EVENT_KINDS = Object.keys(EVENT_NEEDS) as readonly EventKind[];

export function isEventKind(kind: string): kind is EventKind {
  return Object.hasOwn(EVENT_NEEDS, kind);
}
