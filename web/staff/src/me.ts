import { useQuery } from "@tanstack/react-query";
import type { StaffAction } from "../../../src/http/contract/staff.ts";
import { api } from "./api.ts";

/** Whether who is signed in may do something everywhere, or somewhere: doors that are shut are not shown. */
export function useMay(): {
  readonly everywhere: (action: StaffAction) => boolean;
  readonly somewhere: (action: StaffAction) => boolean;
} {
  const { data } = useQuery({ queryKey: ["me"], queryFn: api.me });
  return {
    everywhere: (action) => data?.may.includes(action) ?? false,
    somewhere: (action) => data?.somewhere.includes(action) ?? false,
  };
}
