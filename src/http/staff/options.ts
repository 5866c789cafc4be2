import type { Accounts } from "../../accounts/index.ts";
import type { TwoPersonRule } from "../../rights/index.ts";
import type { Post } from "../../webhooks/index.ts";

/** What staff's routes need besides what every route is given. */
export interface StaffOptions {
  readonly accounts: Accounts;
  /** Of the instance: uploads on their way in, and what was published, are folders in it. */
  readonly dataFolder: string;
  /** The way out for tests of webhooks. */
  readonly post: Post;
  /** What takes two persons where there are two owners; without it, deleting for good. */
  readonly twoPersons?: TwoPersonRule;
  /** Paths of sample photos for a trial; none where they are not installed. */
  readonly samples?: readonly string[];
}
