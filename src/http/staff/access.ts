import type { FastifyRequest } from "fastify";
import type { Accounts, StaffAccount } from "../../accounts/index.ts";
import { AssentError } from "../../core/index.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks, on staff routes; set before any of them runs. */
    staff: StaffAccount | null;
  }
}

/**
 * Default deny: without a session every path answers `signed-out`, there or not; with one of an account that was given
 * nothing to do, every path answers as if it were not there.
 */
export async function requireStaff(accounts: Accounts, request: FastifyRequest): Promise<void> {
  const account = await accounts.signedIn(request.headers);
  if (account === null) {
    throw new AssentError("signed-out", "nobody is signed in", { remedy: "Sign in at /staff." });
  }
  switch (account.role) {
    case "owner":
      request.staff = account;
      return;
    case null:
      throw new AssentError("not-found", "there is nothing here");
  }
}

/** The name under which people read what was done. */
export function actorOf(request: FastifyRequest): string {
  if (request.staff === null) throw new AssentError("internal", "a staff route ran without an account");
  return request.staff.name;
}
