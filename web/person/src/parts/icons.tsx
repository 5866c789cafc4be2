/** The few signs the pages use, drawn on 24 x 24 with one line weight. They never stand without words. */
const PATHS = {
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  check: "M5 12.5l4.5 4.500L19 7",
  cross: "M6 6l12 12M18 6L6 18",
  save: "M12 4v11m0 0l-4.500-4.500M12 15l4.500-4.500M5 20h14",
  share: "M12 15V4m0 0L8 8m4-4l4 4M6 12v8h12v-8",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.800a2.800 2.800 0 100-5.600 2.800 2.800 0 000 5.600z",
  choices:
    "M4 7h9m5 0h2M4 17h3m5 0h8M15.500 9.500a2.500 2.500 0 100-5 2.500 2.500 0 000 5zM9.500 19.500a2.500 2.500 0 100-5 2.500 2.500 0 000 5z",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.500a3.500 3.500 0 100-7 3.500 3.500 0 000 7z",
  copy: "M8 8h11v12H8zM16 8V4H5v12h3",
  offline: "M3 4l18 16M5 12a10 10 0 013-2m3.500-1a10 10 0 017.500 3M8.500 15.500a5 5 0 017 0M12 19.200v.1",
  key: "M14.500 13.500a4.500 4.500 0 10-4-2.500L4 17.500V20h3v-2h2v-2h2l1.500-1.500",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  person: "M12 11.500a4 4 0 100-8 4 4 0 000 8zM4.500 20.500c.5-4 3.500-6 7.500-6s7 2 7.500 6",
  receipt: "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
