import { useInfiniteQuery, useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import type { PhotosFilter, StaffPhoto, StaffPhotos } from "../../../../src/http/contract/staff-matters.ts";
import { api } from "../api.ts";

export type ListedPhoto = StaffPhotos["photos"][number];
export type Rating = ListedPhoto["rating"];
export type Filter = PhotosFilter | "";

/** What was looked through last, by collection, until the page is loaded anew: the open photo's neighbours are of it. */
const filters = new Map<string, Filter>();

export function lastFilter(id: string): Filter {
  return filters.get(id) ?? "";
}

export function keepFilter(id: string, filter: Filter): void {
  filters.set(id, filter);
}

/** The pages of a collection's photos, as far as they were read. */
export function usePhotos(id: string, filter: Filter) {
  return useInfiniteQuery({
    queryKey: ["photos", id, filter],
    queryFn: ({ pageParam }) => api.photos(id, filter, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    // A page that is read stays: ten thousand photos are fifty of them.
    staleTime: 60_000,
  });
}

/** Stars or rejects photos; what is on the screen follows at once, without reading all pages again. */
export function useRate(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ photos, rating }: { readonly photos: readonly string[]; readonly rating: Rating }) =>
      api.ratePhotos(id, { photos: [...photos], rating }),
    onSuccess: (_, { photos, rating }) => {
      const rated = new Set(photos);
      client.setQueriesData<InfiniteData<StaffPhotos>>({ queryKey: ["photos", id] }, (before) =>
        before
          ? {
              ...before,
              pages: before.pages.map((page) => ({
                ...page,
                photos: page.photos.map((one) => (rated.has(one.id) ? { ...one, rating } : one)),
              })),
            }
          : before,
      );
      for (const photo of photos) {
        client.setQueryData<StaffPhoto>(["photo", id, photo], (before) =>
          before ? { ...before, rating } : before,
        );
      }
    },
  });
}
