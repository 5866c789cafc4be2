export {
  ACTIONS,
  allows,
  COLLECTION_ROLES,
  may,
  ROLES,
  whereMay,
  type Action,
  type CollectionRole,
  type Grants,
  type Role,
} from "./access.ts";
export { AUTH_PATHS, openAccounts, type Accounts, type AccountOrder, type StaffAccount } from "./accounts.ts";
export {
  endSessionsOf,
  inviteStaff,
  listStaff,
  removeStaff,
  revokeStaffInvitation,
  setRole,
  staffInvitations,
  type Grant,
  type StaffInvitation,
  type StaffMember,
} from "./staff.ts";
