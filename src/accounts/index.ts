export { AUTH_PATHS, openAccounts, type Accounts, type OwnerOrder, type StaffAccount } from "./accounts.ts";
