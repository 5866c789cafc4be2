#!/usr/bin/env node
// Composes labelled photos of hard cases from the London portraits, after the approach of the shared composer
// (feathered cut-outs on a drawn background, a known answer, deterministic for a seed):
//
//   node bench/compose-hard.mjs --faces ../shared/faces/london --out .bench/hard --photos 15 --seed 1
//
// `--photos` is per condition. Writes JPEGs and truth.json:
// [{file, width, height, condition, faces: [{person, box: [x, y, w, h], source, condition}]}],
// boxes in pixels of the written picture; the box of a face that is half out of the frame leaves the picture too.
// `--only rotated,mask` composes these conditions alone.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";

const { values } = parseArgs({
  options: {
    faces: { type: "string", default: process.env["ASSENT_FACES"] ?? "../shared/faces/london" },
    out: { type: "string" },
    photos: { type: "string", default: "15" },
    seed: { type: "string", default: "1" },
    width: { type: "string", default: "2048" },
    height: { type: "string", default: "1365" },
    only: { type: "string" },
  },
});
if (!values.out) throw new Error("name the folder to write to: --out FOLDER");
const width = Number(values.width);
const height = Number(values.height);

// mulberry32, as in the shared composer: a seed names one data set on every machine.
let state = Number(values.seed) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const between = (low, high) => low + (high - low) * random();
const whole = (low, high) => Math.floor(between(low, high + 1));
const logBetween = (low, high) => Math.exp(between(Math.log(low), Math.log(high)));
const sign = () => (random() < 0.5 ? -1 : 1);

// Box-Muller, once; pictures take their noise from a random place in this table.
const NOISE = Float32Array.from(
  { length: 1 << 18 },
  () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
);

// Where the eyes are in the face boxes of these portraits: the mean over the `neutral` pictures, which have them marked.
const EYES = { left: 0.27, right: 0.73, y: 0.4 };
const KIND = "smiling";
const root = resolve(values.faces);
const people = JSON.parse(readFileSync(join(root, "people.json"), "utf8"));

/** @typedef {{ size: [number, number], angle: () => number, draw?: string, blur?: boolean, place: string, dark?: boolean }} Condition */
/** @type {Record<string, Condition>} */
const CONDITIONS = {
  rotated: { size: [40, 220], angle: () => sign() * between(25, 90), place: "free" },
  "half-out": { size: [48, 260], angle: () => between(-15, 15), place: "edge" },
  overlap: { size: [60, 220], angle: () => between(-15, 15), place: "pair" },
  sunglasses: { size: [40, 220], angle: () => between(-15, 15), place: "free", draw: "sunglasses" },
  mask: { size: [40, 220], angle: () => between(-15, 15), place: "free", draw: "mask" },
  "motion-blur": { size: [40, 220], angle: () => between(-15, 15), place: "free", blur: true },
  "low-light": { size: [40, 220], angle: () => between(-15, 15), place: "free", dark: true },
  small: { size: [16, 28], angle: () => between(-22, 22), place: "free" },
};

function background() {
  const hue = whole(0, 359);
  const blobs = Array.from(
    { length: whole(6, 18) },
    () =>
      `<ellipse cx="${whole(0, width)}" cy="${whole(0, height)}" rx="${whole(30, 320)}" ry="${whole(30, 320)}" fill="hsl(${(hue + whole(0, 160)) % 360},${whole(10, 60)}%,${whole(15, 80)}%)" opacity="${between(0.15, 0.6).toFixed(2)}"/>`,
  ).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue},${whole(10, 40)}%,${whole(20, 60)}%)"/>${blobs}</svg>`;
}

/** What is drawn on a face whose box is [x, y, w, h] in a picture of W x H pixels. */
function drawn(kind, [x, y, w, h], W, H) {
  const shapes =
    kind === "sunglasses"
      ? [EYES.left, EYES.right]
          .map(
            (eye) =>
              `<rect x="${x + (eye - 0.19) * w}" y="${y + (EYES.y - 0.075) * h}" width="${0.38 * w}" height="${0.19 * h}" rx="${0.09 * w}" fill="#0b0b0d"/>`,
          )
          .join("") +
        `<rect x="${x - 0.02 * w}" y="${y + (EYES.y - 0.04) * h}" width="${1.04 * w}" height="${0.03 * h}" fill="#0b0b0d"/>`
      : `<path d="M ${x - 0.02 * w} ${y + 0.56 * h} Q ${x + 0.5 * w} ${y + 0.48 * h} ${x + 1.02 * w} ${y + 0.56 * h} L ${x + 0.9 * w} ${y + 0.86 * h} Q ${x + 0.5 * w} ${y + 1.1 * h} ${x + 0.1 * w} ${y + 0.86 * h} Z" fill="${random() < 0.5 ? "#9cc3dc" : "#20242b"}"/>`;
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}">${shapes}</svg>`);
}

/** A line through the middle of an odd square kernel, `length` pixels long: the smear of a camera that moved. */
function motionKernel(length) {
  const side = 2 * Math.ceil(length / 2) + 1;
  const kernel = new Array(side * side).fill(0);
  const angle = between(0, Math.PI);
  for (let step = -length / 2; step <= length / 2; step += 0.25) {
    const column = Math.round((side - 1) / 2 + step * Math.cos(angle));
    const row = Math.round((side - 1) / 2 + step * Math.sin(angle));
    kernel[row * side + column] += 1;
  }
  return { width: side, height: side, kernel, scale: kernel.reduce((sum, weight) => sum + weight, 0) };
}

/** One person cut out with a feathered oval, the face box `faceHeight` pixels tall, turned by `condition.angle`. */
async function cutOut(person, faceHeight, condition) {
  const [x, y, w, h] = person[KIND].face_box;
  // Overlapping heads are cut out close, so that a face behind is covered by a face and not by its backdrop.
  const margin = condition.place === "pair" ? { x: 0.12, y: 0.2 } : { x: 0.75, y: 0.6 };
  const left = Math.max(0, Math.round(x - w * margin.x));
  const top = Math.max(0, Math.round(y - h * margin.y));
  const cropWidth = Math.min(720, Math.round(x + w * (1 + margin.x))) - left;
  const cropHeight = Math.min(720, Math.round(y + h * (1 + margin.y))) - top;
  const scale = faceHeight / h;
  const W = Math.max(8, Math.round(cropWidth * scale));
  const H = Math.max(8, Math.round(cropHeight * scale));
  const box = [(x - left) * scale, (y - top) * scale, w * scale, h * scale];
  let picture = sharp(join(root, KIND, `${person.person}.jpg`))
    .extract({ left, top, width: cropWidth, height: cropHeight })
    .resize(W, H, { fit: "fill" })
    .modulate({ brightness: between(0.7, 1.2), saturation: between(0.7, 1.2) });
  if (condition.draw) {
    picture = sharp(
      await picture
        .composite([{ input: drawn(condition.draw, box, W, H) }])
        .png()
        .toBuffer(),
    );
  }
  // 6 to 14 % of the face's height: between a slight shake and a face that people still just recognise.
  if (condition.blur) picture = picture.convolve(motionKernel(Math.max(3, faceHeight * between(0.06, 0.14))));
  const oval = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}"><defs><radialGradient id="m"><stop offset="0.86" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><ellipse cx="${W / 2}" cy="${H / 2}" rx="${W / 2}" ry="${H / 2}" fill="url(#m)"/></svg>`,
  );
  const cut = await sharp(await picture.removeAlpha().png().toBuffer())
    .ensureAlpha()
    .composite([{ input: oval, blend: "dest-in" }])
    .png()
    .toBuffer();
  const angle = condition.angle();
  const turned = await sharp(cut)
    .rotate(angle, { background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer({ resolveWithObject: true });
  const radians = (angle * Math.PI) / 180;
  const [dx, dy] = [box[0] + box[2] / 2 - W / 2, box[1] + box[3] / 2 - H / 2];
  // The upright box around a turned face: the box of the ellipse that the face box holds.
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const upright = [Math.hypot(box[2] * cos, box[3] * sin), Math.hypot(box[2] * sin, box[3] * cos)];
  return {
    input: turned.data,
    width: turned.info.width,
    height: turned.info.height,
    centre: [turned.info.width / 2 + dx * cos - dy * sin, turned.info.height / 2 + dx * sin + dy * cos],
    face: upright,
    person: person.person,
  };
}

/** Where the cut-outs go: [{cut, left, top, condition}], those behind first. Null where they do not fit. */
function place(cuts, condition, name) {
  const [front, behind] = cuts;
  if (condition.place === "pair" && behind) {
    const left = whole(0, Math.max(0, width - front.width));
    const top = whole(0, Math.max(0, height - front.height));
    // The two centres are half to nine tenths of a face width apart.
    const shift = sign() * behind.face[0] * between(0.5, 0.9);
    const [cx, cy] = [
      left + front.centre[0] + shift,
      top + front.centre[1] + between(-0.25, 0.25) * behind.face[1],
    ];
    return [
      {
        cut: behind,
        left: Math.round(cx - behind.centre[0]),
        top: Math.round(cy - behind.centre[1]),
        condition: `${name}-behind`,
      },
      { cut: front, left, top, condition: `${name}-front` },
    ];
  }
  if (condition.place === "edge") {
    // Between 40 and 60 % of the face's width or height lies outside.
    const share = between(-0.1, 0.1);
    const x = random() < 0.5 ? share * front.face[0] : width - share * front.face[0];
    const y = random() < 0.5 ? share * front.face[1] : height - share * front.face[1];
    const [cx, cy] = random() < 0.6 ? [x, between(0.1, 0.9) * height] : [between(0.1, 0.9) * width, y];
    return [
      {
        cut: front,
        left: Math.round(cx - front.centre[0]),
        top: Math.round(cy - front.centre[1]),
        condition: name,
      },
    ];
  }
  if (front.width >= width || front.height >= height) return null;
  return [
    {
      cut: front,
      left: whole(0, width - front.width - 1),
      top: whole(0, height - front.height - 1),
      condition: name,
    },
  ];
}

/** The part of a layer inside the picture: sharp composes nothing that leaves it. */
async function inside({ cut, left, top }) {
  const x = Math.max(0, -left);
  const y = Math.max(0, -top);
  const w = Math.min(cut.width, width - left) - x;
  const h = Math.min(cut.height, height - top) - y;
  if (w <= 0 || h <= 0) return null;
  return {
    input: await sharp(cut.input).extract({ left: x, top: y, width: w, height: h }).toBuffer(),
    left: left + x,
    top: top + y,
  };
}

/** A picture taken with too little light: 8 to 25 % of it is left, lifted by gamma, with the noise that comes up then. */
async function darken(picture) {
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const light = between(0.08, 0.25);
  const gain = between(0.55, 0.75);
  const sigma = between(6, 14);
  const start = whole(0, NOISE.length - 1);
  const curve = Float32Array.from({ length: 256 }, (_, v) => 255 * Math.pow((v / 255) * light, gain));
  for (let i = 0; i < data.length; i++) {
    const noisy = curve[data[i]] + sigma * NOISE[(start + i * 7) & (NOISE.length - 1)];
    data[i] = Math.max(0, Math.min(255, Math.round(noisy)));
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
}

async function compose(name, condition) {
  const placed = [];
  const used = new Set();
  const wanted = whole(4, 8);
  for (let tries = 0; placed.length < wanted && tries < 80; tries++) {
    const pair = condition.place === "pair" ? 2 : 1;
    const chosen = Array.from({ length: pair }, () => people[whole(0, people.length - 1)]);
    if (new Set(chosen).size < pair || chosen.some((person) => used.has(person.person))) continue;
    const faceHeight = logBetween(...condition.size);
    const cuts = [];
    for (const person of chosen) cuts.push(await cutOut(person, faceHeight * between(0.95, 1.05), condition));
    const group = place(cuts, condition, name);
    if (!group) continue;
    const meets = group.some((a) =>
      placed.some(
        (b) =>
          a.left < b.left + b.cut.width &&
          b.left < a.left + a.cut.width &&
          a.top < b.top + b.cut.height &&
          b.top < a.top + a.cut.height,
      ),
    );
    if (meets) continue;
    for (const person of chosen) used.add(person.person);
    placed.push(...group);
  }
  const layers = (await Promise.all(placed.map(inside))).filter((layer) => layer !== null);
  const flat = await sharp(Buffer.from(background())).composite(layers).removeAlpha().png().toBuffer();
  const picture = condition.dark ? await darken(sharp(flat)) : sharp(flat);
  const faces = placed.map(({ cut, left, top, condition: named }) => ({
    person: cut.person,
    source: KIND,
    condition: named,
    box: [left + cut.centre[0] - cut.face[0] / 2, top + cut.centre[1] - cut.face[1] / 2, ...cut.face].map(
      Math.round,
    ),
  }));
  return { picture, faces };
}

const only = values.only?.split(",");
for (const name of only ?? []) {
  if (!(name in CONDITIONS))
    throw new Error(`no such condition: ${name}; there are ${Object.keys(CONDITIONS).join(", ")}`);
}
mkdirSync(values.out, { recursive: true });
const truth = [];
for (const [name, condition] of Object.entries(CONDITIONS)) {
  if (only && !only.includes(name)) continue;
  for (let n = 1; n <= Number(values.photos); n++) {
    const { picture, faces } = await compose(name, condition);
    const file = `${name}-${String(n).padStart(3, "0")}.jpg`;
    await picture.jpeg({ quality: 88 }).toFile(join(values.out, file));
    truth.push({ file, width, height, condition: name, faces });
  }
}
// Written last, so that its presence says that the set is whole.
writeFileSync(join(values.out, "truth.json"), `[\n${truth.map((t) => JSON.stringify(t)).join(",\n")}\n]\n`);
console.log(
  `${truth.length} photos, ${truth.reduce((sum, t) => sum + t.faces.length, 0)} faces -> ${values.out}`,
);
