import { SOFT_SHAPE } from "../../../soft-shape.ts";

/** Three made-up people beside one another; the one in the middle is "you", seen or hidden. */
export function Companions({ seen, label }: { readonly seen: boolean; readonly label: string }) {
  return (
    <svg class="drawing companions" viewBox="0 0 240 150" role="img" aria-label={label}>
      <defs>
        <filter id={seen ? "soft-seen" : "soft-hidden"} x="-30%" y="-30%" width="160%" height="160%">
          <feGaussianBlur stdDeviation="0.900" />
        </filter>
      </defs>
      <rect class="d-sky" width="240" height="150" />
      <path class="d-ground" d="M0 118 C60 108 180 108 240 118 V150 H0Z" />
      <circle class="d-sun" cx="206" cy="30" r="14" />
      <Figure x={52} coat="d-coat-1" hair="d-hair-1" skin="d-skin-1" cut="long" />
      <Figure x={188} coat="d-coat-3" hair="d-hair-3" skin="d-skin-3" cut="short" />
      <Figure x={120} coat="d-coat-2" hair="d-hair-2" skin="d-skin-2" cut="round" up={-6} />
      {!seen && (
        <g transform="translate(120 58) scale(2.700 2.900)">
          <path class="d-hidden" d={SOFT_SHAPE} filter={`url(#${seen ? "soft-seen" : "soft-hidden"})`} />
          <path class="d-hidden" d={SOFT_SHAPE} transform="scale(.94)" />
        </g>
      )}
    </svg>
  );
}

function Figure({
  x,
  up = 0,
  coat,
  hair,
  skin,
  cut,
}: {
  readonly x: number;
  readonly up?: number;
  readonly coat: string;
  readonly hair: string;
  readonly skin: string;
  readonly cut: "long" | "short" | "round";
}) {
  return (
    <g transform={`translate(${x} ${66 + up})`}>
      {cut === "long" && <path class={hair} d="M-22-4C-24-30 24-30 22-4L24 30H-24Z" />}
      <path class={coat} d="M-38 90C-38 46-22 34 0 34S38 46 38 90Z" />
      <path class={skin} d="M-7 18H7V36C4 42-4 42-7 36Z" />
      <ellipse class={skin} rx="18" ry="23" />
      {cut === "short" && (
        <path class={hair} d="M-19-2C-20-20-10-27 2-26S20-16 19-2C14-12 6-14-4-13S-16-10-19-2Z" />
      )}
      {cut === "round" && (
        <path class={hair} d="M-20 2C-26-22-12-30 0-30S26-22 20 2C18-10 10-15 0-15S-18-10-20 2Z" />
      )}
      {cut === "long" && (
        <path class={hair} d="M-19 0C-20-18-10-26 2-25S20-14 19 0C12-6 4-12-2-16-8-10-14-4-19 0Z" />
      )}
      <g class="d-line">
        <path d="M-8-1v2M8-1v2M-6 11C-3 14 3 14 6 11M0 2l-2 5h3" />
      </g>
    </g>
  );
}
