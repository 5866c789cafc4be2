import { useState, type KeyboardEvent, type PointerEvent } from "react";
import type { Box } from "./rings.tsx";

/** Side of the frame to begin with, and each step of the keys, in shares of the picture's longer side. */
const FRAME = 0.08;
const STEP = 0.02;

/**
 * A frame around a place that a hand draws, in pixels of the photo: it goes where the picture is touched, a finger or mouse
 * that is drawn across it gives its size, arrows move it, + and − change its size, Enter takes it and Escape gives up.
 */
export function useFrame({ width, height }: { readonly width: number; readonly height: number }) {
  const [frame, setFrame] = useState<Box | null>(null);
  const [from, setFrom] = useState<readonly [number, number] | null>(null);
  const long = Math.max(width, height);
  const within = ([x, y, w, h]: Box): Box => {
    const [across, down] = [Math.min(w, width), Math.min(h, height)];
    return [Math.min(Math.max(x, 0), width - across), Math.min(Math.max(y, 0), height - down), across, down];
  };
  const centred = (x: number, y: number, side: number): Box =>
    within([x - side / 2, y - side / 2, side, side]);
  const placeOf = (event: PointerEvent<HTMLElement>): readonly [number, number] => {
    const place = event.currentTarget.getBoundingClientRect();
    return [
      ((event.clientX - place.left) / place.width) * width,
      ((event.clientY - place.top) / place.height) * height,
    ];
  };
  return {
    frame,
    begin: (): void => setFrame(centred(width / 2, height / 2, FRAME * long)),
    end: (): void => {
      setFrame(null);
      setFrom(null);
    },
    pointer: {
      onPointerDown: (event: PointerEvent<HTMLElement>): void => {
        if (!frame) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const [x, y] = placeOf(event);
        setFrom([x, y]);
        setFrame(centred(x, y, frame[2]));
      },
      onPointerMove: (event: PointerEvent<HTMLElement>): void => {
        if (!frame || !from) return;
        const [x, y] = placeOf(event);
        const [w, h] = [Math.abs(x - from[0]), Math.abs(y - from[1])];
        // Less is a finger that trembles.
        if (Math.max(w, h) < STEP * long) return;
        setFrame(within([Math.min(x, from[0]), Math.min(y, from[1]), Math.max(w, 1), Math.max(h, 1)]));
      },
      onPointerUp: (): void => setFrom(null),
    },
    press: (event: KeyboardEvent, take: (box: Box) => void): void => {
      if (!frame) return;
      const [x, y, w, h] = frame;
      const step = STEP * long;
      const moved: Readonly<Record<string, Box>> = {
        ArrowLeft: [x - step, y, w, h],
        ArrowRight: [x + step, y, w, h],
        ArrowUp: [x, y - step, w, h],
        ArrowDown: [x, y + step, w, h],
        "+": [x - step / 2, y - step / 2, w + step, h + step],
        "-": [x + step / 2, y + step / 2, Math.max(w - step, step), Math.max(h - step, step)],
      };
      const next = moved[event.key];
      if (next) setFrame(within(next));
      else if (event.key === "Escape") setFrame(null);
      else if (event.key === "Enter") take(frame);
      else return;
      event.preventDefault();
    },
  };
}
