import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, photoPicture } from "../api.ts";
import { useWords } from "../language.tsx";
import { Back, Title } from "../parts/shell.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";

/** The pages of a collection's photos, as far as they were read: the open photo takes its neighbours from here. */
export function usePhotos(id: string) {
  return useInfiniteQuery({
    queryKey: ["photos", id],
    queryFn: ({ pageParam }) => api.photos(id, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
}

/** A collection's photos, every face hidden, to choose the one in which somebody is tagged. */
export function Photos({ id }: { readonly id: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  const list = usePhotos(id);
  const photos = list.data?.pages.flatMap((one) => one.photos) ?? [];
  return (
    <>
      <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
        {t("photos.title")}
      </Title>
      <p className="narrow">{t("photos.says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : photos.length === 0 ? (
        <Empty title={t("photos.empty-title")} says={t("photos.empty")}>
          <p>
            <Link href={`/collections/${id}`}>{t("photos.add")}</Link>
          </p>
        </Empty>
      ) : (
        <>
          <ul className="photos">
            {photos.map((one) => (
              <li key={one.id}>
                <Link href={`/collections/${id}/photos/${one.id}`}>
                  <img
                    src={photoPicture(id, one.id, "small")}
                    alt=""
                    width={one.width}
                    height={one.height}
                    loading="lazy"
                  />
                  <span className="file">{one.file}</span>
                  <span className="small">
                    {t("photos.counts", { faces: one.faces, tagged: one.tagged })}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
          {list.hasNextPage ? (
            <Button
              variant="default"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t("more")}
            </Button>
          ) : null}
        </>
      )}
    </>
  );
}
