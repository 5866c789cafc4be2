import type { ReactNode } from "react";
import { useWords } from "../language.tsx";

interface LedgerRow {
  readonly key: string;
  /** The first is the row's head. */
  readonly cells: readonly ReactNode[];
}

/**
 * A table that is read and printed. On a narrow screen each row is a block, each cell with its head before it: then the roles say what
 * the browser would no longer take from the elements.
 */
export function Ledger({
  caption,
  heads,
  rows,
  titled = false,
}: {
  readonly caption: string;
  /** The heading above it says the same: then the caption is for those who hear it. */
  readonly titled?: boolean;
  readonly heads: readonly string[];
  readonly rows: readonly LedgerRow[];
}) {
  const { number } = useWords();
  const said = (cell: ReactNode): ReactNode => (typeof cell === "number" ? number(cell) : cell);
  return (
    <table className="ledger" role="table">
      <caption className={titled ? "unseen" : undefined}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head) => (
            <th key={head} scope="col" role="columnheader">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells: [first, ...rest] }) => (
          <tr key={key} role="row">
            <th scope="row" role="rowheader">
              {said(first)}
            </th>
            {rest.map((cell, i) => (
              <td key={heads[i + 1]} role="cell" data-head={heads[i + 1]}>
                <div>{said(cell)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
