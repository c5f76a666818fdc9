import { useGraphiQL } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';

import { writeAddress } from './address.js';
import { onlyReads } from './operations.js';
import { Viewer } from './Viewer.jsx';

const statusQuery = '{ status { database tables attackRelease writable tagCount newestTagAt } }';
const oldAfter = 30_000; // milliseconds

/** The codes of errors of those whose role may not see the status, or who have not signed in. */
const hidden = ['BAD_USER_INPUT', 'FORBIDDEN', 'UNAUTHENTICATED'];

/** The name, what is served, who is signed in, and a button that copies the address. It stands above GraphiQL. */
export function TopBar({ ask, session, place }) {
  return createPortal(
    <>
      <h1>DECNET Graph</h1>
      <Status ask={ask} />
      <Viewer ask={ask} session={session} />
      <CopyLink />
    </>,
    place,
  );
}

/**
 * What is served: asked for at the start, after each operation that may have
 * written, and after others if the last answer is old, because the tags of
 * DECNET's tables have to be counted.
 */
function Status({ ask }) {
  const { isFetching, query } = useGraphiQL(state => ({
    isFetching: state.isFetching,
    query: state.tabs[state.activeTabIndex]?.query,
  }));
  const [{ facts, problem }, setStatus] = useState({ facts: [] });
  const last = useRef({ asked: -Infinity, mayWrite: false });
  useEffect(() => {
    if (isFetching) {
      last.current.mayWrite ||= !onlyReads(query);
      return;
    }
    if (!last.current.mayWrite && performance.now() - last.current.asked < oldAfter) return;
    last.current = { asked: performance.now(), mayWrite: false };
    ask({ query: statusQuery }).then(
      answer => setStatus(describe(answer)),
      () => setStatus({ facts: [], problem: 'The server does not answer.' }),
    );
  }, [ask, isFetching]);
  return (
    <>
      <ul className="status" aria-label="What is served">
        {facts.map(fact => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      <span role="alert" className="status-problem">{problem}</span>
    </>
  );
}

function describe({ data, errors }) {
  const status = data?.status;
  if (!status && hidden.includes(errors?.[0]?.extensions?.code)) return { facts: [] };
  if (!status) return { facts: [], problem: (errors?.[0]?.message ?? 'The server states no status.').slice(0, 200) };
  const tables = status.tables === 'OWN' ? 'own tables' : 'DECNET’s tables';
  const facts = [
    `${status.database}, ${tables}`,
    `ATT&CK ${status.attackRelease}`,
    typeof status.tagCount === 'number' ? `${status.tagCount.toLocaleString('en')} tags` : 'tags not counted',
    ...(status.newestTagAt ? [`newest ${status.newestTagAt.slice(0, 16).replace('T', ' ')} UTC`] : []),
    status.writable ? 'writing' : 'read-only',
  ];
  return { facts };
}

/** Copies the address with the query and variables, which the page's own address gets only after a pause. */
function CopyLink() {
  const { query, variables } = useGraphiQL(state => {
    const tab = state.tabs[state.activeTabIndex];
    return { query: tab?.query, variables: tab?.variables };
  });
  const [said, setSaid] = useState('');
  const copy = async () => {
    const link = new URL(writeAddress({ query, variables }), location.href.replace(/#.*/, ''));
    try {
      await navigator.clipboard.writeText(link.href);
      setSaid('Copied.');
    } catch {
      setSaid('Copy it from the address bar.');
    }
  };
  return (
    <span className="copy-link">
      <span role="status">{said}</span>
      <button type="button" onClick={copy} onBlur={() => setSaid('')} title="The address has the query and its variables. They are never sent to a server.">
        Copy link
      </button>
    </span>
  );
}
