import type { Role } from "../../accounts/index.ts";
import { newId } from "../../core/index.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE" | "HEAD" | "PATCH" | "OPTIONS";

const UPLOAD = "/uploads/0123456789abcdef0123456789abcdef";
const ALL = "owner editor publisher photographer officer";
const EDITORS = "owner editor";
const LOOKERS = "owner editor publisher";
const OFFICERS = "owner officer";

/**
 * Every staff route behind a session, with the roles in the whole instance that may use it: written down here by hand, so
 * that a change of the rules is a change of this page too. `ID` is an id that leads nowhere.
 */
const ROUTES: readonly (readonly [Method, string, string])[] = [
  ["GET", "/me", ALL],
  ["GET", "/account/sessions", ALL],
  ["DELETE", "/account/sessions/ID", ALL],
  ["POST", "/account/sessions/end-others", ALL],
  ["GET", "/account/second-factor", ALL],
  ["POST", "/account/second-factor/begin", ALL],
  ["POST", "/account/second-factor/confirm", ALL],
  ["POST", "/account/second-factor/recovery-codes", ALL],
  ["POST", "/account/second-factor/end", ALL],
  ["GET", "/accounts", "owner"],
  ["POST", "/accounts/invitations", "owner"],
  ["DELETE", "/accounts/invitations/ID", "owner"],
  ["PUT", "/accounts/ID/role", "owner"],
  ["POST", "/accounts/ID/sessions/end", "owner"],
  ["DELETE", "/accounts/ID/second-factor", "owner"],
  ["DELETE", "/accounts/ID", "owner"],
  ["GET", "/keys", "owner"],
  ["POST", "/keys", "owner"],
  ["DELETE", "/keys/ID", "owner"],
  ["GET", "/webhooks", EDITORS],
  ["POST", "/webhooks", EDITORS],
  ["DELETE", "/webhooks/ID", EDITORS],
  ["PUT", "/webhooks/ID/state", EDITORS],
  ["POST", "/webhooks/ID/secret", EDITORS],
  ["POST", "/webhooks/ID/test", EDITORS],
  ["GET", "/webhooks/ID/deliveries", EDITORS],
  ["POST", "/webhooks/ID/deliveries/ID", EDITORS],
  ["GET", "/collections", ALL],
  ["POST", "/collections", EDITORS],
  ["GET", "/collections/ID", ALL],
  ["GET", "/collections/ID/scan", ALL],
  ["POST", "/collections/ID/scan", "owner editor photographer"],
  ["DELETE", "/collections/ID/scan/failures", "owner editor photographer"],
  ["POST", "/uploads", "owner editor photographer"],
  ["HEAD", UPLOAD, "owner editor photographer"],
  ["PATCH", UPLOAD, "owner editor photographer"],
  ["DELETE", UPLOAD, "owner editor photographer"],
  ["OPTIONS", "/uploads", "owner editor photographer"],
  ["GET", UPLOAD, ""],
  ["POST", "/collections/ID/look", LOOKERS],
  ["GET", "/collections/ID/look", LOOKERS],
  ["GET", "/collections/ID/look/ID", LOOKERS],
  ["POST", "/collections/ID/photos/ID/hide", LOOKERS],
  ["POST", "/collections/ID/photos/ID/show-again", LOOKERS],
  ["GET", "/collections/ID/photos", LOOKERS],
  ["GET", "/collections/ID/photos/ID", LOOKERS],
  ["GET", "/collections/ID/photos/ID/picture", LOOKERS],
  ["POST", "/collections/ID/photos/ID/faces/ID/open", EDITORS],
  ["POST", "/collections/ID/photos/ID/faces/ID/tag", EDITORS],
  ["DELETE", "/collections/ID/photos/ID/faces/ID/tag", EDITORS],
  ["POST", "/collections/ID/photos/ID/faces/ID/never-match", EDITORS],
  ["DELETE", "/collections/ID/photos/ID/marks/ID", EDITORS],
  ["PUT", "/collections/ID/ratings", LOOKERS],
  ["POST", "/collections/ID/joined", "owner editor officer"],
  ["POST", "/collections/ID/people/list", "owner editor officer"],
  ["POST", "/collections/ID/people/export", "owner editor officer"],
  ["POST", "/collections/ID/do-not-photograph", "owner editor officer"],
  ["GET", "/claims", EDITORS],
  ["POST", "/claims/ID/open", EDITORS],
  ["POST", "/claims/ID", EDITORS],
  ["GET", "/collections/ID/publications", LOOKERS],
  ["POST", "/collections/ID/publications", "owner publisher"],
  ["GET", "/publications/ID/changes", LOOKERS],
  ["GET", "/publications/ID/zip", "owner publisher"],
  ["GET", "/collections/ID/galleries", LOOKERS],
  ["POST", "/collections/ID/deletion", "owner"],
  ["POST", "/collections/ID/photos/ID/deletion", EDITORS],
  ["GET", "/collections/ID/storage", ALL],
  ["POST", "/publications/ID/links", "owner publisher"],
  ["POST", "/publications/ID/public-gallery", "owner"],
  ["DELETE", "/galleries/ID", "owner publisher"],
  ["PUT", "/galleries/ID/origins", "owner"],
  ["POST", "/collections/ID/poster", EDITORS],
  ["POST", "/collections/ID/cards", EDITORS],
  ["GET", "/collections/ID/day-code", EDITORS],
  ["POST", "/collections/ID/guardian-invitation", EDITORS],
  ["POST", "/collections/ID/invitations", EDITORS],
  ["POST", "/collections/ID/guests/preview", EDITORS],
  ["POST", "/collections/ID/guests", EDITORS],
  ["POST", "/collections/ID/guests/cards", EDITORS],
  ["GET", "/collections/ID/unanswered", EDITORS],
  ["DELETE", "/outbox/ID/reminders", EDITORS],
  ["GET", "/outbox", EDITORS],
  ["GET", "/outbox/ID", EDITORS],
  ["POST", "/outbox/ID", EDITORS],
  ["POST", "/outbox/ID/send", EDITORS],
  ["GET", "/collections/ID/desk", EDITORS],
  ["POST", "/collections/ID/people", EDITORS],
  ["POST", "/collections/ID/provisional/ID", EDITORS],
  ["GET", "/look-up", EDITORS],
  ["POST", "/look-up", EDITORS],
  ["GET", "/conflicts", OFFICERS],
  ["POST", "/conflicts/ID/open", OFFICERS],
  ["POST", "/conflicts/ID", OFFICERS],
  ["GET", "/requests", OFFICERS],
  ["GET", "/requests/ID/picture", "owner"],
  ["POST", "/requests/ID", OFFICERS],
  ["GET", "/officer", OFFICERS],
  ["GET", "/officer/log", OFFICERS],
  ["GET", "/officer/log/state", OFFICERS],
  ["GET", "/officer/log/check", OFFICERS],
  ["POST", "/officer/log/check", OFFICERS],
  ["GET", "/officer/accounts", OFFICERS],
  ["GET", "/officer/calendar", OFFICERS],
  ["GET", "/officer/texts", OFFICERS],
  ["GET", "/officer/disclosures", OFFICERS],
  ["GET", "/officer/reach/choices", OFFICERS],
  ["GET", "/officer/reach", OFFICERS],
  ["POST", "/officer/reach/names", OFFICERS],
  ["GET", "/officer/papers/record/page", OFFICERS],
  ["GET", "/officer/papers/record/html", OFFICERS],
  ["GET", "/officer/papers/record/pdf", OFFICERS],
  ["GET", "/trial", ALL],
  ["POST", "/trial", EDITORS],
  ["DELETE", "/trial", "owner"],
  ["GET", "/no/such/path", ""],
  ["POST", "/no/such/path", ""],
];

export interface StaffRoute {
  readonly method: Method;
  readonly url: string;
  readonly roles: ReadonlySet<Role>;
}

/** The table, with `id` for every id; without one, ids that lead nowhere. */
export function staffRouteTable(id: () => string = newId): readonly StaffRoute[] {
  return ROUTES.map(([method, path, roles]) => ({
    method,
    url: `/api/staff${path.replaceAll("ID", id)}`,
    roles: new Set(roles.split(" ").filter((role) => role !== "") as Role[]),
  }));
}
