import { may, rightsNow } from "../accounts/index.ts";
import type { MayDelete } from "../flows/index.ts";
import type { Instance } from "./instance.ts";

/** What whoever named a watched folder may do now: one who was removed, or has another role since, has nothing deleted any more. */
export function mayDeleteNow({ db, clock }: Pick<Instance, "db" | "clock">): MayDelete {
  return async ({ account, collection }) => {
    const rights = await rightsNow(db, { account, apiKey: null }, clock);
    return rights === "operator" || (rights !== null && may(rights, "delete-photos", collection));
  };
}
