import { memo, useCallback, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { photoPicture } from "../api.ts";
import { useWords } from "../language.tsx";
import type { ListedPhoto, Rating } from "./photo-list.ts";
import { useVisibleRows } from "./visible-rows.ts";

/** Least width of a tile, in CSS pixels. */
export const TILES = { small: 130, medium: 210, large: 330 } as const;
export type TileSize = keyof typeof TILES;

/** Two lines and the space around them, in rem; as the style has it. */
const CAPTION = 4.2;
const GAP = 12;

/** How far down each collection was read, until the page is loaded anew. */
const places = new Map<string, number>();

interface GridProps {
  readonly id: string;
  /** Those that were read so far; the others are there as empty places. */
  readonly photos: readonly ListedPhoto[];
  readonly total: number;
  readonly size: TileSize;
  readonly selected: ReadonlySet<string>;
  readonly select: (selected: ReadonlySet<string>) => void;
  readonly rate: (photos: readonly string[], rating: Rating) => void;
  /** More places are in sight than were read. */
  readonly readOn: () => void;
}

/**
 * A grid of photos of which only those in sight are made. One photo takes part in the order of the Tab key; arrows, Home and
 * End move within, the space bar selects (with Shift from the last one on), Enter opens; S stars, X rejects, U takes back.
 */
export function PhotoGrid({ id, photos, total, size, selected, select, rate, readOn }: GridProps) {
  const { t } = useWords();
  const list = useRef<HTMLUListElement>(null);
  const visible = useVisibleRows(list, { tile: TILES[size], caption: CAPTION, gap: GAP, least: 2 });
  const [current, setCurrent] = useState(0);
  const [anchor, setAnchor] = useState<number | null>(null);
  const focusDue = useRef(false);
  const ready = visible !== null;
  const columns = visible?.columns ?? 1;
  const rows = Math.ceil(total / columns);
  const from = Math.min(visible?.from ?? 0, Math.max(0, rows - 1)) * columns;
  const to = Math.min((visible?.to ?? 0) * columns, total);

  useEffect(() => {
    if (to > photos.length && photos.length < total) readOn();
  }, [to, photos.length, total, readOn]);

  useEffect(() => {
    const before = places.get(id);
    // Once, when the grid has its height.
    if (ready && before !== undefined) window.scrollTo(0, before);
    const keep = (): void => void places.set(id, window.scrollY);
    window.addEventListener("scroll", keep, { passive: true });
    return () => window.removeEventListener("scroll", keep);
  }, [id, ready]);

  useEffect(() => {
    if (!focusDue.current) return;
    const place = list.current?.querySelector<HTMLElement>(`[data-at="${current}"] a`);
    if (!place) return;
    focusDue.current = false;
    place.focus({ preventScroll: true });
  });

  const go = (at: number): void => {
    const next = Math.max(0, Math.min(at, photos.length - 1));
    setCurrent(next);
    focusDue.current = true;
    const place = list.current?.getBoundingClientRect();
    if (!visible || !place) return;
    const top = place.top + Math.floor(next / columns) * visible.row;
    if (top < 0) window.scrollBy(0, top - GAP);
    else if (top + visible.row > window.innerHeight)
      window.scrollBy(0, top + visible.row - window.innerHeight);
  };
  const toggle = (at: number, far: boolean): void => {
    const after = new Set(selected);
    const one = photos[at];
    if (!one) return;
    if (far && anchor !== null) {
      const [first, last] = [Math.min(anchor, at), Math.max(anchor, at)];
      for (const { id: each } of photos.slice(first, last + 1)) after.add(each);
    } else if (!after.delete(one.id)) after.add(one.id);
    setAnchor(at);
    select(after);
  };
  const latest = useRef(toggle);
  useEffect(() => {
    latest.current = toggle;
  });
  const touch = useCallback((at: number, far: boolean): void => latest.current(at, far), []);
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const these = (): readonly string[] =>
      selected.size > 0 ? [...selected] : photos.slice(current, current + 1).map((one) => one.id);
    const keys: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => go(current - 1),
      ArrowRight: () => go(current + 1),
      ArrowUp: () => go(current - columns),
      ArrowDown: () => go(current + columns),
      Home: () => go(0),
      End: () => go(photos.length - 1),
      " ": () => toggle(current, event.shiftKey),
      Escape: () => select(new Set()),
      s: () => rate(these(), "star"),
      x: () => rate(these(), "rejected"),
      u: () => rate(these(), null),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const shown = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
  return (
    <ul
      ref={list}
      className="photo-grid"
      aria-label={t("photos.title")}
      onKeyDown={press}
      style={
        visible
          ? {
              height: rows * visible.row,
              paddingTop: (from / columns) * visible.row,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              gridAutoRows: visible.row - GAP,
            }
          : {}
      }
    >
      {shown.map((at) => {
        const one = photos[at];
        if (!one) return <li key={at} className="empty-tile" aria-hidden="true" />;
        return (
          <Tile
            key={one.id}
            id={id}
            one={one}
            at={at}
            total={total}
            width={Math.round(visible?.tile ?? TILES[size])}
            selected={selected.has(one.id)}
            reached={at === Math.min(current, photos.length - 1)}
            touch={touch}
            arrive={setCurrent}
          />
        );
      })}
    </ul>
  );
}

/** Made again only where something of its own has changed: while one scrolls, only what comes into sight is. */
const Tile = memo(function Tile({
  id,
  one,
  at,
  total,
  width,
  selected,
  reached,
  touch,
  arrive,
}: {
  readonly id: string;
  readonly one: ListedPhoto;
  readonly at: number;
  readonly total: number;
  /** In CSS pixels. */
  readonly width: number;
  readonly selected: boolean;
  /** By the Tab key. */
  readonly reached: boolean;
  readonly touch: (at: number, far: boolean) => void;
  readonly arrive: (at: number) => void;
}) {
  const { t } = useWords();
  return (
    <li
      data-at={at}
      data-rating={one.rating ?? undefined}
      data-selected={selected ? true : undefined}
      aria-setsize={total}
      aria-posinset={at + 1}
    >
      <Link
        href={`/collections/${id}/photos/${one.id}`}
        tabIndex={reached ? 0 : -1}
        onFocus={() => arrive(at)}
      >
        <img
          src={photoPicture(id, one.id, "tiny")}
          srcSet={`${photoPicture(id, one.id, "tiny")} 320w, ${photoPicture(id, one.id, "small")} 640w`}
          sizes={`${width}px`}
          alt=""
          width={one.width}
          height={one.height}
          loading="lazy"
          decoding="async"
        />
        <span className="file">{one.file}</span>
        <span className="small">
          {one.rating ? <strong>{t(`photos.is-${one.rating}`)} · </strong> : null}
          {t("photos.counts", { faces: one.faces, tagged: one.tagged })}
        </span>
      </Link>
      <input
        type="checkbox"
        tabIndex={-1}
        aria-label={t("photos.select", { file: one.file })}
        checked={selected}
        onClick={(event) => touch(at, event.shiftKey)}
        onChange={() => undefined}
      />
    </li>
  );
});
