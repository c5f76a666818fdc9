import { useId, useState } from 'react';

import { isNumber, sizeOf, tabSeparated, textOf } from './tables.js';

const shownAtFirst = 200;

/** A list as a table. All cells are text. */
export function ListTable({ list }) {
  const { title, columns, rows } = list;
  const [all, setAll] = useState(false);
  const [copied, setCopied] = useState('');
  const caption = useId();
  const shown = all ? rows : rows.slice(0, shownAtFirst);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(tabSeparated(list));
      setCopied('Copied.');
    } catch {
      setCopied('The browser refused to copy.');
    }
  };
  return (
    <div className="list-table">
      <div className="list-table-scroll" role="region" aria-labelledby={caption} tabIndex={0}>
        <table>
          <caption id={caption}>
            {title}: {sizeOf(list)}
          </caption>
          <thead>
            <tr>
              {columns.map(column => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, n) => (
              <tr key={n}>
                {columns.map(column => (
                  <Cell key={column} value={row.get(column)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="list-table-actions">
        {shown.length < rows.length && (
          <button type="button" onClick={() => setAll(true)}>
            Show all {rows.length.toLocaleString('en')} rows, not only {shown.length}
          </button>
        )}
        {rows.length > 0 && (
          <button type="button" onClick={copy}>
            Copy for a spreadsheet
          </button>
        )}
        <span role="status">{copied}</span>
      </p>
    </div>
  );
}

function Cell({ value }) {
  if (value === null || value === undefined) {
    return <td className="null">{value === null ? 'null' : ''}</td>;
  }
  return (
    <td className={isNumber(value) ? 'number' : undefined}>
      <bdi>{textOf(value)}</bdi>
    </td>
  );
}
