/** What became of a file that was sent whole: JSON, percent-encoded. Apart, so that a page takes no schemas with it. */
export const INGESTED_HEADER = "x-assent-ingested";
