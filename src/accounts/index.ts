export {
  ACTIONS,
  allows,
  COLLECTION_ROLES,
  KEY_SCOPES,
  may,
  ROLES,
  whereMay,
  type Action,
  type CollectionRole,
  type Grants,
  type KeyGrants,
  type KeyScope,
  type Role,
} from "./access.ts";
export {
  listApiKeys,
  makeApiKey,
  openApiKey,
  revokeApiKey,
  rightsNow,
  type ApiKey,
  type ApiKeyOrder,
  type ListedApiKey,
  type MadeApiKey,
} from "./api-keys.ts";
export { forgetOldAnswers, keptAnswer, keepAnswer, type KeptAnswer } from "./kept-answers.ts";
export { AUTH_PATHS, openAccounts, type Accounts, type AccountOrder, type StaffAccount } from "./accounts.ts";
export { type HowSignedIn } from "./how-signed-in.ts";
export { endOtherSessions, endSession, forgetEnded, sessionsOf, type StaffSession } from "./sessions.ts";
export { type SingleSignOn } from "./single-sign-on.ts";
export { type SecondFactorRule, type SecondFactors } from "./second-factor.ts";
export {
  accountNames,
  endSessionsOf,
  inviteStaff,
  listStaff,
  removeSecondFactor,
  removeStaff,
  revokeStaffInvitation,
  setRole,
  staffInvitations,
  type Grant,
  type StaffInvitation,
  type StaffMember,
} from "./staff.ts";
