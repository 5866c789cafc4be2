import { paperMoment, type Block, type Paper } from "../flows/index.ts";
import { A4, ACCENT, finished, INK, LINE, MM, newDocument, QUIET } from "./sheet.ts";

const MARGIN = 20 * MM;
const WIDTH = A4.width - 2 * MARGIN;
const FILL_IN = { fr: "À compléter", en: "To be filled in" } as const;
/** Below a mark, for whoever writes by hand. */
const ROOM = 16 * MM;

/** A paper as PDF, A4, in the order of the page. */
export async function drawPaper(paper: Paper): Promise<Buffer> {
  const pdf = newDocument(paper.title, paper.language, MARGIN);
  pdf.font("bold").fontSize(20).fillColor(ACCENT).text(paper.title, MARGIN, MARGIN, { width: WIDTH });
  pdf.moveDown(0.6).font("plain").fontSize(10).fillColor(INK).text(paper.note, { width: WIDTH });
  pdf.moveDown(0.4).fillColor(QUIET).text(paperMoment(paper), { width: WIDTH });
  for (const { title, blocks } of paper.sections) {
    keepTogether(pdf, 30 * MM);
    pdf
      .moveDown(1.2)
      .font("bold")
      .fontSize(14)
      .fillColor(ACCENT)
      .text(title, MARGIN, pdf.y, { width: WIDTH });
    pdf.font("plain").fontSize(10).fillColor(INK);
    for (const block of blocks) {
      pdf.moveDown(0.6);
      drawBlock(pdf, block, FILL_IN[paper.language]);
    }
  }
  return finished(pdf);
}

function drawBlock(pdf: PDFKit.PDFDocument, block: Block, mark: string): void {
  pdf.x = MARGIN;
  switch (block.kind) {
    case "text":
      pdf.text(block.text, { width: WIDTH });
      return;
    case "list":
      pdf.list([...block.items], { width: WIDTH, bulletRadius: 1.5, textIndent: 10 });
      return;
    case "facts":
      for (const [term, value] of block.rows) {
        pdf.font("bold").text(`${term} `, { width: WIDTH, continued: true }).font("plain").text(value);
      }
      return;
    case "table":
      drawTable(pdf, block);
      return;
    case "fill-in": {
      const said = `${mark}. ${block.text}`;
      const height = pdf.heightOfString(said, { width: WIDTH - 16 }) + ROOM + 16;
      keepTogether(pdf, height);
      const top = pdf.y;
      pdf.rect(MARGIN, top, WIDTH, height).dash(3, { space: 3 }).strokeColor(QUIET).stroke().undash();
      pdf.text(said, MARGIN + 8, top + 8, { width: WIDTH - 16 });
      pdf.x = MARGIN;
      pdf.y = top + height;
      return;
    }
  }
}

const PADDING = 4;

/**
 * Columns by how much stands in them. Drawn here: pdfkit's own table takes seconds for a record of ninety rows, and
 * nothing else is answered meanwhile.
 */
function drawTable(
  pdf: PDFKit.PDFDocument,
  { heads, rows }: Extract<Block, { readonly kind: "table" }>,
): void {
  pdf.fontSize(8.5);
  const all = [heads, ...rows];
  const weights = heads.map((_, i) => Math.sqrt(Math.max(...all.map((row) => row[i]?.length ?? 0), 4)));
  const sum = weights.reduce((total, one) => total + one, 0);
  const widths = weights.map((one) => (one / sum) * WIDTH);
  for (const [n, row] of all.entries()) {
    pdf.font(n === 0 ? "bold" : "plain");
    const heights = row.map((cell, i) => pdf.heightOfString(cell, { width: inside(widths[i]) }));
    const height = Math.max(...heights) + 2 * PADDING;
    keepTogether(pdf, height);
    const top = pdf.y;
    let x = MARGIN;
    for (const [i, cell] of row.entries()) {
      pdf.text(cell, x + PADDING, top + PADDING, { width: inside(widths[i]) });
      x += widths[i] ?? 0;
    }
    pdf
      .moveTo(MARGIN, top + height)
      .lineTo(MARGIN + WIDTH, top + height)
      .lineWidth(0.5)
      .strokeColor(LINE)
      .stroke();
    pdf.y = top + height;
  }
  pdf.font("plain").fontSize(10);
  pdf.x = MARGIN;
}

function inside(width: number | undefined): number {
  return (width ?? 0) - 2 * PADDING;
}

function keepTogether(pdf: PDFKit.PDFDocument, height: number): void {
  if (pdf.y + height > A4.height - MARGIN) pdf.addPage();
}
