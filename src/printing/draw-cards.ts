import { A4, ACCENT, drawQr, finished, INK, LINE, MM, newDocument, QUIET } from "./sheet.ts";

const WORDS = {
  fr: {
    title: "Vos photos",
    once: "Pour une personne, une seule fois.",
    until: (end: Date) =>
      `Jusqu'au ${new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeZone: "UTC" }).format(end)}`,
    show: "Ce côté vers l'objectif",
    how: "Pliez la carte et tenez-la sous votre visage, sans la cacher avec les doigts.",
    keep: "Gardez ce côté pour vous : qui le scanne reçoit vos photos.",
  },
  en: {
    title: "Your photos",
    once: "For one person, once.",
    until: (end: Date) =>
      `Until ${new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(end)}`,
    show: "This side to the camera",
    how: "Fold the card and hold it below your face, with no finger on the code.",
    keep: "Keep this side to yourself: whoever scans it gets your photos.",
  },
} as const;

/** What the code of a card says to the camera, and the same for people to read. */
interface TagHalf {
  readonly text: string;
  readonly code: string;
}

interface JoinHalf {
  readonly link: string;
  readonly name: string;
  /** Whether it is the back of a card whose front the camera sees. */
  readonly behind: boolean;
}

type Half = ({ readonly kind: "tag" } & TagHalf) | ({ readonly kind: "join" } & JoinHalf);

interface PrintedCard {
  /** Joins, once. */
  readonly link: string;
  /** For whom it is, where that is known; may be empty. */
  readonly name?: string;
  readonly tag: TagHalf | null;
}

export interface CardsOrder {
  readonly language: "fr" | "en";
  readonly organisation: string;
  readonly event: string;
  readonly until: Date;
  /** All of them with a tag, or none. */
  readonly cards: readonly PrintedCard[];
}

/** As a bank card, twice side by side. */
const HALF = { width: 85 * MM, height: 54 * MM } as const;
const ROWS = 5;

/**
 * Cards to cut out of A4, PDF. Ten on a page, each with an invitation of its own; or five of two halves, folded in the
 * middle: the half that the camera sees, and behind it the one that joins, which must not be in a picture.
 */
export async function drawCards(order: CardsOrder): Promise<Buffer> {
  const pdf = newDocument(order.event, order.language);
  const left = (A4.width - 2 * HALF.width) / 2;
  const top = (A4.height - ROWS * HALF.height) / 2;
  const halves = order.cards.flatMap(({ link, name = "", tag }): Half[] =>
    tag === null
      ? [{ kind: "join", link, name, behind: false }]
      : [
          { kind: "tag", ...tag },
          { kind: "join", link, name, behind: true },
        ],
  );
  for (const [i, half] of halves.entries()) {
    if (i > 0 && i % (2 * ROWS) === 0) pdf.addPage();
    const x = left + (i % 2) * HALF.width;
    const y = top + Math.floor((i % (2 * ROWS)) / 2) * HALF.height;
    if (half.kind === "tag") drawTagHalf(pdf, order, half, x, y);
    else drawJoinHalf(pdf, order, half, x, y);
  }
  return finished(pdf);
}

function drawJoinHalf(
  pdf: PDFKit.PDFDocument,
  order: CardsOrder,
  { link, name, behind }: JoinHalf,
  x: number,
  y: number,
): void {
  const words = WORDS[order.language];
  pdf.rect(x, y, HALF.width, HALF.height).lineWidth(0.5).stroke(LINE);
  if (behind) {
    pdf
      .moveTo(x, y)
      .lineTo(x, y + HALF.height)
      .dash(3, { space: 3 })
      .lineWidth(1)
      .stroke(INK)
      .undash();
  }
  const side = 38 * MM;
  drawQr(pdf, link, x + 4 * MM, y + 8 * MM, side);
  const text = { width: HALF.width - side - 11 * MM, ellipsis: true } as const;
  const at = x + side + 7 * MM;
  pdf.font("bold").fontSize(13).fillColor(ACCENT);
  pdf.text(order.event, at, y + 8 * MM, { ...text, height: 34 });
  pdf
    .font("plain")
    .fontSize(9)
    .fillColor(INK)
    .text(order.organisation, { ...text, height: 24 });
  pdf.moveDown(0.5).font("bold").fontSize(10).text(words.title, text);
  if (name !== "")
    pdf
      .font("bold")
      .fontSize(9)
      .text(name, { ...text, height: 22 });
  pdf.font("plain").fontSize(8.5).fillColor(QUIET);
  pdf.text(behind ? words.keep : words.once, text);
  pdf.text(words.until(new Date(order.until.getTime() - 1)), text);
}

/** The code as large as the card lets it: what a camera reads from afar is the width of its smallest squares. */
function drawTagHalf(pdf: PDFKit.PDFDocument, order: CardsOrder, tag: TagHalf, x: number, y: number): void {
  const words = WORDS[order.language];
  pdf.rect(x, y, HALF.width, HALF.height).lineWidth(0.5).stroke(LINE);
  const side = 40 * MM;
  const [codeX, codeY] = [x + 6 * MM, y + 5 * MM];
  drawQr(pdf, tag.text, codeX, codeY, side, "Q");
  // So near below the code that it is hidden with it in whatever leaves.
  pdf.font("plain").fontSize(8).fillColor(INK);
  pdf.text(tag.code, codeX, codeY + side + 1 * MM, { width: side, align: "center", characterSpacing: 1 });
  const text = { width: HALF.width - side - 15 * MM, ellipsis: true } as const;
  const at = x + side + 11 * MM;
  pdf
    .font("bold")
    .fontSize(11)
    .fillColor(ACCENT)
    .text(words.show, at, y + 8 * MM, text);
  pdf.moveDown(0.5).font("plain").fontSize(8.5).fillColor(QUIET).text(words.how, text);
}
