import type { Landmarks, Point } from "../../src/core/index.ts";
import type { Pixels } from "../../src/pictures/index.ts";

/** How a surface stands before the camera. */
export interface View {
  /** Degrees; positive: turned to the person's own left, which is the right of the (unmirrored) picture. */
  readonly yaw: number;
  /** 1: as near as in a frame that the face fills well; 1.3: 1.3 times as large. The camera comes nearer. */
  readonly scale: number;
  /** Degrees; positive: chin up. */
  readonly pitch?: number;
  readonly width?: number;
  readonly height?: number;
}

/** What the portrait is put on. Lengths are in distances between the eyes (about 6.3 cm). */
export type Surface =
  /** `relief`: 1 is an average head; how far its features stand out. */
  | { readonly kind: "head"; readonly relief: number }
  | { readonly kind: "plane" }
  /** A print bent around a vertical axis behind it. */
  | { readonly kind: "bent"; readonly radius: number }
  /** A print folded along the nose; `angle`: degrees by which each half goes back. */
  | { readonly kind: "folded"; readonly angle: number };

/** Height of the frame in eye distances at scale 1 and distance DISTANCE: the head fills half of it. */
const FRAME_EYES = 7.6;
/** From the camera to the eyes at scale 1: 45 cm, an arm's length. */
const DISTANCE = 7.2;

/** A person's left and right profile begin here, in eye distances from the middle of the face. */
const HEAD = { halfWidth: 1.26, up: 1.95, down: 1.75, depth: 1.18 };

/**
 * Where points of an average face lie in depth: towards the camera, in eye distances, the eyes being at 0. After the
 * canonical face of MediaPipe (canonical_face_model.obj, centimetres): the tip of the nose at 7.48, the mouth's corners
 * at 4.28, the eyes' corners at 3.17 and 3.76 with 6.3 between the eyes' middles, the chin at 4.26. The nose of this one
 * stands 0.51 eye distances before the plane of eyes and mouth, that one's 0.57.
 */
function headDepth(x: number, y: number, nose: number, mouth: number): number {
  const bump = (cx: number, cy: number, sx: number, sy: number): number =>
    Math.exp(-(((x - cx) / sx) ** 2) - ((y - cy) / sy) ** 2);
  const rise = y < 0 ? HEAD.up : HEAD.down;
  const middle = 0.35;
  const r2 = (x / HEAD.halfWidth) ** 2 + (Math.max(0, Math.abs(y - middle) - 0.6) / (rise - 0.1)) ** 2;
  const skull = HEAD.depth * (Math.sqrt(Math.max(0, 1 - r2)) - 0.92);
  const sockets = -0.1 * (bump(-0.5, 0, 0.22, 0.18) + bump(0.5, 0, 0.22, 0.18));
  // The ridge of the nose rises from between the eyes to its tip and falls steeply below it.
  const along = Math.min(1, Math.max(0, y / nose));
  const below = y > nose ? Math.exp(-(((y - nose) / 0.13) ** 2)) : along;
  const ridge = 0.4 * below * Math.exp(-((x / (0.12 + 0.1 * along)) ** 2));
  const lips = 0.12 * bump(0, mouth, 0.3, 0.25);
  return skull + sockets + ridge + lips;
}

/** The landmarks' frame: eye distance, tilt, and the middle between the eyes. */
function frameOf(l: Landmarks): { middle: Point; ux: number; uy: number; eyes: number } {
  const dx = l.rightEye.x - l.leftEye.x;
  const dy = l.rightEye.y - l.leftEye.y;
  const eyes = Math.hypot(dx, dy);
  return {
    middle: { x: (l.leftEye.x + l.rightEye.x) / 2, y: (l.leftEye.y + l.rightEye.y) / 2 },
    ux: dx / eyes,
    uy: dy / eyes,
    eyes,
  };
}

interface Vertex {
  /** In the frame, pixels; `near` is one over the depth. */
  readonly x: number;
  readonly y: number;
  readonly near: number;
  /** In the portrait, pixels. */
  readonly u: number;
  readonly v: number;
}

/** Cells of the surface per eye distance. */
const CELLS = 16;

/**
 * A frame of a portrait put on a surface and turned before a camera, with perspective. `landmarks` are the portrait's, as
 * `findFaces` gives them; the portrait should be frontal. A head is cut out along its outline, before an even grey; the
 * others show the whole portrait as a print. Nothing of it is lit: light and shade are the portrait's own.
 */
export function renderSurface(portrait: Pixels, landmarks: Landmarks, surface: Surface, view: View): Pixels {
  const { yaw, scale, pitch = 0, width = 480, height = 640 } = view;
  const { middle, ux, uy, eyes } = frameOf(landmarks);
  const local = (p: Point): Point => ({
    x: ((p.x - middle.x) * ux + (p.y - middle.y) * uy) / eyes,
    y: (-(p.x - middle.x) * uy + (p.y - middle.y) * ux) / eyes,
  });
  const nose = local(landmarks.nose);
  const mouth = (local(landmarks.leftMouth).y + local(landmarks.rightMouth).y) / 2;
  const head = surface.kind === "head";
  const edges = head
    ? { left: -HEAD.halfWidth, right: HEAD.halfWidth, top: -HEAD.up, bottom: HEAD.down + 0.55 }
    : printEdges(portrait, local);
  const place = (x: number, y: number): { x: number; y: number; z: number } => {
    switch (surface.kind) {
      case "plane":
        return { x, y, z: 0 };
      case "bent": {
        const angle = x / surface.radius;
        return {
          x: surface.radius * Math.sin(angle),
          y,
          z: surface.radius * (Math.cos(angle) - 1),
        };
      }
      case "folded": {
        const angle = (surface.angle * Math.PI) / 180;
        return { x: x * Math.cos(angle), y, z: -Math.abs(x) * Math.sin(angle) };
      }
      case "head":
        return { x, y, z: surface.relief * headDepth(x - nose.x * bell(y, nose.y), y, nose.y, mouth) };
    }
  };
  const turn = (yaw * Math.PI) / 180;
  const nod = (pitch * Math.PI) / 180;
  // Heads turn around the neck, behind the face; a print around its own middle.
  const axis = head ? 1.1 : 0;
  const focal = (height / FRAME_EYES) * DISTANCE;
  const camera = DISTANCE / scale;
  const project = (x: number, y: number): Vertex => {
    const p = place(x, y);
    const rise = p.y - 0.4;
    const back = p.z + axis;
    const y1 = rise * Math.cos(nod) - back * Math.sin(nod);
    const z1 = rise * Math.sin(nod) + back * Math.cos(nod);
    const x2 = p.x * Math.cos(turn) + z1 * Math.sin(turn);
    const z2 = -p.x * Math.sin(turn) + z1 * Math.cos(turn) - axis;
    const near = 1 / Math.max(0.5, camera - z2);
    return {
      x: width / 2 + focal * x2 * near,
      y: height / 2 + focal * y1 * near,
      near,
      u: middle.x + eyes * (x * ux - y * uy),
      v: middle.y + eyes * (x * uy + y * ux),
    };
  };
  const columns = Math.ceil((edges.right - edges.left) * CELLS);
  const rows = Math.ceil((edges.bottom - edges.top) * CELLS);
  const at = (column: number, row: number): [number, number] => [
    edges.left + (column / columns) * (edges.right - edges.left),
    edges.top + (row / rows) * (edges.bottom - edges.top),
  ];
  const picture = new Uint8Array(width * height * 3).fill(BACKGROUND);
  const nearest = new Float32Array(width * height);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (head && !insideHead(...at(column + 0.5, row + 0.5))) continue;
      const a = project(...at(column, row));
      const b = project(...at(column + 1, row));
      const c = project(...at(column, row + 1));
      const d = project(...at(column + 1, row + 1));
      fillTriangle(portrait, picture, nearest, width, height, a, b, c);
      fillTriangle(portrait, picture, nearest, width, height, b, d, c);
    }
  }
  return { data: picture, width, height };
}

/** The portrait on a head that turns as the view says: what a browser's camera would see of a person before it. */
export function renderHead(portrait: Pixels, landmarks: Landmarks, view: View): Pixels {
  return renderSurface(portrait, landmarks, { kind: "head", relief: 1 }, view);
}

const BACKGROUND = 150;

function bell(y: number, at: number): number {
  return Math.exp(-(((y - at) / 0.5) ** 2));
}

/** Head and a piece of the neck. */
function insideHead(x: number, y: number): boolean {
  const rise = y < 0.35 ? HEAD.up + 0.35 : HEAD.down - 0.35;
  const head = (x / HEAD.halfWidth) ** 2 + ((y - 0.35) / rise) ** 2 < 1;
  return head || (y > 0.8 && Math.abs(x) < 0.75);
}

function printEdges(
  portrait: Pixels,
  local: (p: Point) => Point,
): { left: number; right: number; top: number; bottom: number } {
  const corner = local({ x: 0, y: 0 });
  const other = local({ x: portrait.width, y: portrait.height });
  return {
    left: Math.max(corner.x, -2),
    right: Math.min(other.x, 2),
    top: Math.max(corner.y, -2.4),
    bottom: Math.min(other.y, 2.6),
  };
}

/** Depth-buffered, with textures correct in perspective and bilinear. */
function fillTriangle(
  portrait: Pixels,
  picture: Uint8Array,
  nearest: Float32Array,
  width: number,
  height: number,
  a: Vertex,
  b: Vertex,
  c: Vertex,
): void {
  const area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  // The back of a surface is not seen: prints are opaque and heads closed.
  if (area <= 1e-9) return;
  const left = Math.max(0, Math.floor(Math.min(a.x, b.x, c.x)));
  const right = Math.min(width - 1, Math.ceil(Math.max(a.x, b.x, c.x)));
  const top = Math.max(0, Math.floor(Math.min(a.y, b.y, c.y)));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(a.y, b.y, c.y)));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5;
      const py = y + 0.5;
      const wa = ((b.x - px) * (c.y - py) - (b.y - py) * (c.x - px)) / area;
      const wb = ((c.x - px) * (a.y - py) - (c.y - py) * (a.x - px)) / area;
      const wc = 1 - wa - wb;
      if (wa < -1e-6 || wb < -1e-6 || wc < -1e-6) continue;
      const near = wa * a.near + wb * b.near + wc * c.near;
      const i = y * width + x;
      if (near <= nearest[i]!) continue;
      nearest[i] = near;
      const u = (wa * a.u * a.near + wb * b.u * b.near + wc * c.u * c.near) / near;
      const v = (wa * a.v * a.near + wb * b.v * b.near + wc * c.v * c.near) / near;
      copyPixel(portrait, u, v, picture, i * 3);
    }
  }
}

/** Bilinear, with the border repeated outside. */
function copyPixel({ data, width, height }: Pixels, u: number, v: number, to: Uint8Array, at: number): void {
  const x = Math.min(width - 1.001, Math.max(0, u - 0.5));
  const y = Math.min(height - 1.001, Math.max(0, v - 0.5));
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  for (let k = 0; k < 3; k++) {
    const p = (top * width + left) * 3 + k;
    const upper = data[p]! * (1 - fx) + data[p + 3]! * fx;
    const lower = data[p + width * 3]! * (1 - fx) + data[p + width * 3 + 3]! * fx;
    to[at + k] = Math.round(upper * (1 - fy) + lower * fy);
  }
}
