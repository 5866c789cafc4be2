import { useQuery } from "@tanstack/react-query";
import type { ComponentType } from "react";
import { Trouble } from "../api.ts";
import { Failed, Loading } from "./states.tsx";

/** Pages in a file of their own, fetched when they are first asked for; without an answer the page says so, and tries again. */
export function later<P extends object>(
  name: string,
  load: () => Promise<ComponentType<P>>,
): ComponentType<P> {
  return function Later(props: P) {
    const pages = useQuery({
      queryKey: ["pages", name],
      queryFn: () =>
        load().catch(() => {
          throw new Trouble("offline", null);
        }),
      staleTime: Infinity,
      gcTime: Infinity,
      structuralSharing: false,
    });
    if (pages.isPending) return <Loading />;
    if (pages.isError) return <Failed error={pages.error} again={() => void pages.refetch()} />;
    const Pages = pages.data;
    return <Pages {...props} />;
  };
}
