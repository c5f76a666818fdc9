import { useGraphiQL } from '@graphiql/react';
import { useMemo, useState } from 'react';

import { parseExactly } from '../fetcher.js';
import { selectedFields } from '../operations.js';
import { useStored } from '../stored.js';
import { Chart } from './Chart.jsx';
import { seriesOf } from './series.js';
import { ListTable } from './ListTable.jsx';
import { listsOf } from './tables.js';

const layouts = [
  ['json', 'JSON'],
  ['both', 'Both'],
  ['table', 'Table'],
];

/** Shows the lists of the answer as tables, and series as charts, below its JSON. */
export function Results() {
  const lists = useLists();
  const [layout, setLayout] = useStored('results', 'both', layouts.map(([key]) => key));
  const [path, setPath] = useState('');
  if (lists.length === 0) return null;
  const list = lists.find(l => l.path === path) ?? lists.find(l => seriesOf(l)) ?? lists[0];
  return (
    <section className="results" data-layout={layout} aria-label="Answer as table">
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
      {layout !== 'json' && <List key={list.path} list={list} />}
    </section>
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

/** The lists in the answer of the open tab; none while there is no answer. */
function useLists() {
  const { response, query, operationName } = useGraphiQL(state => {
    const tab = state.tabs[state.activeTabIndex];
    return { response: tab?.response, query: tab?.query, operationName: tab?.operationName };
  });
  // The fields are those of the document at the time of the answer: later edits do not change it.
  return useMemo(() => {
    if (!response) return [];
    try {
      return listsOf(parseExactly(response).data ?? {}, query ? selectedFields(query, operationName) : null);
    } catch {
      return []; // an error of GraphiQL, not JSON
    }
  }, [response]);
}
