import { useGraphiQL } from '@graphiql/react';
import { useMemo, useState } from 'react';

import { parseExactly } from '../fetcher.js';
import { selectedFields } from '../operations.js';
import { useStored } from '../stored.js';
import { Chart } from './Chart.jsx';
import { ListTable } from './ListTable.jsx';
import { plain } from './plain.js';
import { seriesOf } from './series.js';
import { listsOf } from './tables.js';

const mostNotices = 5;
const layouts = [
  ['json', 'JSON'],
  ['both', 'Both'],
  ['table', 'Table'],
];

/** Shows the lists of the answer as tables, and series as charts, below its JSON, with what the answer warns of. */
export function Results() {
  const { lists, notices } = useAnswer();
  const [layout, setLayout] = useStored('results', 'both', layouts.map(([key]) => key));
  const [path, setPath] = useState('');
  if (lists.length === 0 && notices.length === 0) return null;
  const list = lists.find(l => l.path === path) ?? mostTelling(lists);
  return (
    <section className="results" data-layout={list ? layout : 'json'} aria-label="Answer as table">
      <Notices notices={notices} />
      {list && (
        <div className="results-bar">
          <label className="results-list">
            <span>List</span>
            <select value={list.path} onChange={event => setPath(event.target.value)}>
              {lists.map(({ path: key, title, rows }) => (
                <option key={key} value={key}>{`${title} (${rows.length.toLocaleString('en')})`}</option>
              ))}
            </select>
          </label>
          <Choice label="Show the answer as" options={layouts} value={layout} onChange={setLayout} />
        </div>
      )}
      {list && layout !== 'json' && <List key={list.path} list={list} />}
    </section>
  );
}

/** The list to show first: of those that are in no other list, a series, or else the longest. */
function mostTelling(lists) {
  const first = lists.filter(list => !list.isNested);
  return first.find(list => seriesOf(list)) ?? first.toSorted((a, b) => b.rows.length - a.rows.length)[0];
}

/** Errors and warnings of an answer that has data: a table alone would hide them. */
function Notices({ notices }) {
  if (notices.length === 0) return null;
  return (
    <ul className="notices" role="status" aria-label="Errors and warnings">
      {notices.slice(0, mostNotices).map((notice, n) => (
        <li key={n}>
          <bdi>{notice}</bdi>
        </li>
      ))}
      {notices.length > mostNotices && <li>{notices.length - mostNotices} more are in the JSON.</li>}
    </ul>
  );
}

/** A list, as a chart and a table if it is a series. */
function List({ list }) {
  const [value, setValue] = useState('');
  const series = useMemo(() => seriesOf(list, value), [list, value]);
  return (
    <div className="results-content">
      {series && <Chart title={list.title} series={series} onValue={setValue} />}
      <ListTable list={list} />
    </div>
  );
}

/** Buttons of which one is pressed. */
function Choice({ label, options, value, onChange }) {
  return (
    <div role="group" aria-label={label} className="choice">
      {options.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onChange(key)}>
          {text}
        </button>
      ))}
    </div>
  );
}

/** The lists and the notices in the answer of the open tab; none while there is no answer. */
function useAnswer() {
  const { response, query, operationName } = useGraphiQL(state => {
    const tab = state.tabs[state.activeTabIndex];
    return { response: tab?.response, query: tab?.query, operationName: tab?.operationName };
  });
  // The fields are those of the document at the time of the answer: later edits do not change it.
  return useMemo(() => {
    try {
      const answer = parseExactly(response);
      const fields = query ? selectedFields(query, operationName) : null;
      const lists = listsOf(answer.data ?? {}, fields).filter(list => list.rows.length > 0);
      return { lists, notices: noticesOf(answer) };
    } catch {
      return { lists: [], notices: [] }; // there is no answer, or a message of GraphiQL that is not JSON
    }
  }, [response]);
}

function noticesOf({ data, errors, extensions }) {
  const found = [
    ...(data && Array.isArray(errors) ? errors.map(error => ['Error', error]) : []),
    ...(Array.isArray(extensions?.warnings) ? extensions.warnings.map(warning => ['Warning', warning]) : []),
  ];
  return found.map(([kind, { message, path, input }]) => {
    const at = [path?.join?.('.'), input].filter(Boolean).join(', ');
    return plain(`${kind}${at && ` at ${at}`}: ${message}`);
  });
}
