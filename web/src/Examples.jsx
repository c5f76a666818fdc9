import { useGraphiQL } from '@graphiql/react';
import { createContext, useContext, useId, useState } from 'react';

import { fill, users } from './examples.js';
import { useOpen } from './useOpen.js';

/** { examples, ask }, for the pane, which GraphiQL renders without properties. */
export const ExamplesContext = createContext({ examples: [], ask: async () => ({}) });

export const examplesPlugin = { title: 'Examples', icon: ExamplesIcon, content: ExamplesPane };

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d="M10 5C8 3.7 5.5 3 2.500 3v12.500c3 0 5.500.7 7.500 2 2-1.300 4.500-2 7.500-2V3c-3 0-5.500.7-7.500 2zm0 0v12.500" />
    </svg>
  );
}

/** The menu of examples, by the user that they are for. A click opens one, and runs it if it only reads. */
function ExamplesPane() {
  const { examples, ask } = useContext(ExamplesContext);
  const [busy, setBusy] = useState('');
  const open = useOpen(query => !query?.trim() || examples.some(example => example.query === query));
  const openQuery = useGraphiQL(state => state.tabs[state.activeTabIndex]?.query);
  const heading = useId();
  const choose = async example => {
    setBusy(example.name);
    const filled = await fill(example, ask);
    setBusy('');
    open(filled);
  };
  return (
    <section className="examples" aria-labelledby={heading}>
      <h2 id={heading}>Examples</h2>
      {examples.length === 0 && <p>The server has sent no examples.</p>}
      {users.map(([user, title]) => (
        <Group key={user} title={title} examples={examples.filter(e => e.user === user)} {...{ openQuery, busy, choose }} />
      ))}
    </section>
  );
}

function Group({ title, examples, openQuery, busy, choose }) {
  const heading = useId();
  if (examples.length === 0) return null;
  return (
    <section aria-labelledby={heading}>
      <h3 id={heading}>{title}</h3>
      <ul>
        {examples.map(example => (
          <li key={example.name}>
            <button
              type="button"
              onClick={() => choose(example)}
              aria-busy={busy === example.name}
              aria-current={example.query === openQuery || undefined}
            >
              <span className="example-title">
                {example.title}
                {example.writes && <span className="example-writes">writes</span>}
              </span>
              <span className="example-question">{example.question}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
