import { useGraphiQL } from '@graphiql/react';
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';

import { writeAddress } from './address.js';

const statusQuery = '{ status { database tables attackRelease writable tagCount newestTagAt } }';

/** The name, what is served, and a button that copies the address. It stands above GraphiQL. */
export function TopBar({ ask, place }) {
  return createPortal(
    <>
      <h1>DECNET Graph</h1>
      <Status ask={ask} />
      <CopyLink />
    </>,
    place,
  );
}

/** What is served, as of the last run. */
function Status({ ask }) {
  const isFetching = useGraphiQL(state => state.isFetching);
  const [facts, setFacts] = useState(['…']);
  useEffect(() => {
    if (isFetching) return undefined;
    let current = true;
    ask({ query: statusQuery }).then(
      answer => current && setFacts(describe(answer)),
      () => current && setFacts(['the server does not answer']),
    );
    return () => {
      current = false;
    };
  }, [ask, isFetching]);
  return (
    <ul className="status" aria-label="What is served">
      {facts.map(fact => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}

function describe({ data, errors }) {
  const status = data?.status;
  if (!status) return [errors?.[0]?.message ?? 'the server states no status'];
  const tables = status.tables === 'OWN' ? 'own tables' : 'DECNET’s tables';
  return [
    `${status.database}, ${tables}`,
    `ATT&CK ${status.attackRelease}`,
    typeof status.tagCount === 'number' ? `${status.tagCount.toLocaleString('en')} tags` : 'tags not counted',
    ...(status.newestTagAt ? [`newest ${status.newestTagAt.slice(0, 16).replace('T', ' ')} UTC`] : []),
    status.writable ? 'writing' : 'read-only',
  ];
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
