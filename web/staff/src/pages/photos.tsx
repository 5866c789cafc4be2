import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { Link } from "wouter";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { PhotoGrid, TILES, type TileSize } from "../parts/photo-grid.tsx";
import { keepFilter, lastFilter, usePhotos, useRate, type Filter, type Rating } from "../parts/photo-list.ts";
import { Back, Title } from "../parts/shell.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";

const FILTERS: readonly Filter[] = ["", "untagged", "no-faces", "star", "rejected", "kept"];

/** A collection's photos, every face hidden: to choose the one in which somebody is tagged, and which are to be published. */
export function Photos({ id }: { readonly id: string }) {
  const { t } = useWords();
  const page = useQuery({ queryKey: ["collection", id], queryFn: () => api.collection(id) });
  const [filter, setFilter] = useState(() => lastFilter(id));
  const list = usePhotos(id, filter);
  const choose = (chosen: Filter): void => {
    keepFilter(id, chosen);
    setFilter(chosen);
  };
  const photos = list.data?.pages.flatMap((one) => one.photos) ?? [];
  const total = list.data?.pages.at(-1)?.total ?? 0;
  return (
    <>
      <Title above={<Back to={`/collections/${id}`} label={page.data?.name ?? t("back")} />}>
        {t("photos.title")}
      </Title>
      <p className="narrow">{t("photos.says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError && photos.length === 0 ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : total === 0 && filter === "" ? (
        <Empty title={t("photos.empty-title")} says={t("photos.empty")}>
          <p>
            <Link href={`/collections/${id}`}>{t("photos.add")}</Link>
          </p>
        </Empty>
      ) : (
        <Chosen
          key={filter}
          id={id}
          list={list}
          filter={filter}
          choose={choose}
          photos={photos}
          total={total}
        />
      )}
    </>
  );
}

function Chosen({
  id,
  list,
  filter,
  choose,
  photos,
  total,
}: {
  readonly id: string;
  readonly list: ReturnType<typeof usePhotos>;
  readonly filter: Filter;
  readonly choose: (filter: Filter) => void;
  readonly photos: Parameters<typeof PhotoGrid>[0]["photos"];
  readonly total: number;
}) {
  const { t } = useWords();
  const [size, setSize] = useState<TileSize>("medium");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const rating = useRate(id);
  const rate = (these: readonly string[], value: Rating): void => {
    if (these.length > 0) rating.mutate({ photos: these, rating: value });
  };
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = list;
  const readOn = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  return (
    <>
      <div className="row between">
        <NativeSelect
          label={t("photos.filter")}
          value={filter}
          data={FILTERS.map((one) => ({ value: one, label: t(`photos.filter-${one === "" ? "all" : one}`) }))}
          onChange={(event) => choose(event.currentTarget.value as Filter)}
        />
        <NativeSelect
          label={t("photos.size")}
          value={size}
          data={(Object.keys(TILES) as TileSize[]).map((one) => ({
            value: one,
            label: t(`photos.size-${one}`),
          }))}
          onChange={(event) => setSize(event.currentTarget.value as TileSize)}
        />
      </div>
      <div className="selection">
        <p role="status">
          {selected.size > 0
            ? t("photos.selected", { n: selected.size, total })
            : t("photos.total", { total })}
        </p>
        {selected.size > 0 ? (
          <div className="row">
            <Button variant="default" onClick={() => rate([...selected], "star")}>
              {t("photos.star")}
            </Button>
            <Button variant="default" onClick={() => rate([...selected], "rejected")}>
              {t("photos.reject")}
            </Button>
            <Button variant="default" onClick={() => rate([...selected], null)}>
              {t("photos.unrate")}
            </Button>
            <Button variant="subtle" onClick={() => setSelected(new Set())}>
              {t("photos.deselect")}
            </Button>
          </div>
        ) : (
          <p className="quiet small">{t("photos.keys")}</p>
        )}
        {rating.isError ? <Failed error={rating.error} /> : null}
        {isError ? <Failed error={list.error} again={() => void fetchNextPage()} /> : null}
      </div>
      {total === 0 ? (
        <p>{t("photos.none-so")}</p>
      ) : (
        <PhotoGrid
          id={id}
          photos={photos}
          total={total}
          size={size}
          selected={selected}
          select={setSelected}
          rate={rate}
          readOn={readOn}
        />
      )}
    </>
  );
}
