import { useEffect, useState, type RefObject } from "react";

/** Rows before and after those in sight that are there already, so that a page turned by a key shows no gap. */
const AROUND = 4;

interface Grid {
  readonly columns: number;
  /** Of one picture, in CSS pixels. */
  readonly tile: number;
  /** Of one row with the gap below it. */
  readonly row: number;
}

/** Rows `from` up to, not with, `to` are in sight or near it. */
interface Visible extends Grid {
  readonly from: number;
  readonly to: number;
}

/** What a grid of tiles of 3 : 2 with a caption needs: `tile` is the least width, `caption` in rem, both without the gap. */
export interface Layout {
  readonly tile: number;
  readonly caption: number;
  readonly gap: number;
  /** Columns there are however narrow the screen. */
  readonly least: number;
}

function gridOf(width: number, { tile, caption, gap, least }: Layout): Grid {
  const columns = Math.max(least, Math.floor((width + gap) / (tile + gap)));
  const across = (width - gap * (columns - 1)) / columns;
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return { columns, tile: across, row: Math.ceil((across * 2) / 3 + caption * rem + gap) };
}

/**
 * Which rows of a long grid are in sight, so that only these are made: of ten thousand tiles some forty. All rows are of one
 * height, so that where each stands is a product, and nothing is measured while one scrolls.
 */
export function useVisibleRows(list: RefObject<HTMLElement | null>, layout: Layout): Visible | null {
  const [visible, setVisible] = useState<Visible | null>(null);
  const { tile, caption, gap, least } = layout;
  useEffect(() => {
    let due = 0;
    const look = (): void => {
      due = 0;
      const place = list.current?.getBoundingClientRect();
      if (!place) return;
      const grid = gridOf(place.width, { tile, caption, gap, least });
      const from = Math.max(0, Math.floor(-place.top / grid.row) - AROUND);
      const to = Math.max(0, Math.ceil((window.innerHeight - place.top) / grid.row) + AROUND);
      setVisible((before) =>
        before?.from === from &&
        before.to === to &&
        before.row === grid.row &&
        before.columns === grid.columns
          ? before
          : { ...grid, from, to },
      );
    };
    const soon = (): void => {
      if (due === 0) due = requestAnimationFrame(look);
    };
    look();
    const resized = new ResizeObserver(soon);
    if (list.current) resized.observe(list.current);
    window.addEventListener("scroll", soon, { passive: true });
    window.addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(due);
      resized.disconnect();
      window.removeEventListener("scroll", soon);
      window.removeEventListener("resize", soon);
    };
  }, [list, tile, caption, gap, least]);
  return visible;
}
