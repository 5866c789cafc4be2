import { Type } from "@fastify/type-provider-typebox";
import type { Static } from "typebox";
import { draftPaper, paperHtml, paperMoment, type Paper } from "../../flows/index.ts";
import type { App, HttpContext } from "../context.ts";
import { PaperPage, PaperPath, PaperQuery } from "../contract/officer-papers.ts";
import { PROBLEMS } from "../problem.ts";
import { needs } from "../access.ts";
import { drawPaper } from "../../printing/index.ts";

const File = { "2xx": Type.Unsafe<string | Uint8Array>(Type.String()), ...PROBLEMS };

/** The record of processing and the draft of the impact assessment: to be read, and to be saved as a page or as PDF. */
export function paperRoutes(app: App, context: HttpContext): void {
  const needed = needs("read-papers", "instance");
  const { parts, minimumAge, majorityAge } = context;
  const draft = (
    { paper }: Static<typeof PaperPath>,
    { language }: Static<typeof PaperQuery>,
  ): Promise<Paper> =>
    draftPaper(parts, {
      paper,
      language,
      minimumAge,
      majorityAge,
      mail: context.sender !== undefined,
    });

  app.get(
    "/api/staff/officer/papers/:paper/page",
    {
      config: needed,
      schema: { params: PaperPath, querystring: PaperQuery, response: { "2xx": PaperPage, ...PROBLEMS } },
    },
    async (request) => pageOf(await draft(request.params, request.query)),
  );
  app.get(
    "/api/staff/officer/papers/:paper/html",
    {
      config: { ...needed, sends: "text/html" },
      schema: { params: PaperPath, querystring: PaperQuery, response: File },
    },
    async (request, reply) => {
      const paper = await draft(request.params, request.query);
      return reply
        .type("text/html; charset=utf-8")
        .header("content-disposition", `attachment; filename="${request.params.paper}.html"`)
        .send(paperHtml(paper));
    },
  );
  app.get(
    "/api/staff/officer/papers/:paper/pdf",
    {
      config: { ...needed, sends: "application/pdf" },
      schema: { params: PaperPath, querystring: PaperQuery, response: File },
    },
    async (request, reply) => {
      const paper = await draft(request.params, request.query);
      return reply
        .type("application/pdf")
        .header("content-disposition", `attachment; filename="${request.params.paper}.pdf"`)
        .send(await drawPaper(paper));
    },
  );
}

function pageOf(paper: Paper): PaperPage {
  return {
    title: paper.title,
    note: paper.note,
    as: paperMoment(paper),
    sections: paper.sections.map(({ title, blocks }) => ({
      title,
      blocks: blocks.map((block): PaperPage["sections"][number]["blocks"][number] => {
        switch (block.kind) {
          case "text":
          case "fill-in":
            return block;
          case "list":
            return { kind: "list", items: [...block.items] };
          case "facts":
            return { kind: "facts", rows: block.rows.map(([term, value]) => ({ term, value })) };
          case "table":
            return { kind: "table", heads: [...block.heads], rows: block.rows.map((row) => [...row]) };
        }
      }),
    })),
  };
}
