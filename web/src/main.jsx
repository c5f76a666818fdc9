import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';
import './results/results.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { Address } from './Address.jsx';
import { readAddress } from './address.js';
import { Editors } from './Editors.jsx';
import { fill, loadExamples } from './examples.js';
import { ExamplesContext, examplesPlugin } from './Examples.jsx';
import { fetcherFor } from './fetcher.js';
import { FirstRun } from './FirstRun.jsx';
import { Pane } from './Pane.jsx';
import { Results } from './results/Results.jsx';
import { Session } from './session.js';
import { SignIn } from './SignIn.jsx';
import { TopBar } from './TopBar.jsx';

// Relative to the page, so that the server can live below any path prefix.
const endpoint = new URL('../graphql', location.href);
const session = new Session(endpoint, tabStorage());
const fetcher = fetcherFor(endpoint, session);

const plugins = [examplesPlugin, HISTORY_PLUGIN, explorerPlugin()];

// Below this width the pane would push the query out of sight.
const showExamples = matchMedia('(min-width: 1200px)').matches;

/** The page. opening is the query and variables that it opens with; without, GraphiQL opens the tabs that it has stored. */
function App({ examples, opening, isFirstVisit }) {
  return (
    <ExamplesContext value={{ examples, ask: fetcher }}>
      <GraphiQL
        fetcher={fetcher}
        plugins={plugins}
        visiblePlugin={showExamples && isFirstVisit ? examplesPlugin : undefined}
        defaultTabs={opening && [opening]}
        initialQuery={opening?.query}
        initialVariables={opening?.variables}
        defaultEditorToolsVisibility
        schemaDescription
      >
        <GraphiQL.Logo>{null}</GraphiQL.Logo>
        <GraphiQL.Footer>
          <Results />
        </GraphiQL.Footer>
        <TopBar ask={fetcher} session={session} place={document.getElementById('top')} />
        <Editors />
        <Pane />
        <Address />
        <FirstRun />
      </GraphiQL>
    </ExamplesContext>
  );
}

/** Opens the address, or the tabs that the browser has stored, or else the first example. */
async function start() {
  const examples = await loadExamples(new URL('examples.json', location.href));
  const isFirstVisit = !hasStoredTabs();
  const address = readAddress(location.hash);
  const opening = address ?? (isFirstVisit && examples.length > 0 ? await fill(examples[0], fetcher) : undefined);
  createRoot(document.getElementById('graphiql')).render(
    <App examples={examples} opening={opening} isFirstVisit={isFirstVisit} />,
  );
}

function tabStorage() {
  try {
    return sessionStorage;
  } catch {
    return undefined; // a browser that stores nothing
  }
}

function hasStoredTabs() {
  try {
    return localStorage.getItem('graphiql:tabState') !== null;
  } catch {
    return false;
  }
}

createRoot(document.getElementById('sign-in')).render(<SignIn session={session} />);
start();
