import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { fetcherFor } from './fetcher.js';

// Relative to the page, so that the server can live below any path prefix.
const fetcher = fetcherFor(new URL('../graphql', window.location.href));

const plugins = [HISTORY_PLUGIN, explorerPlugin()];

// GraphiQL opens defaultTabs only while the browser has no tabs stored, so a
// release with other examples leaves a returning user's tabs alone.
const examples = JSON.parse(document.getElementById('examples').textContent);
const defaultTabs = examples.map(query => ({ query }));

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL fetcher={fetcher} plugins={plugins} defaultTabs={defaultTabs}>
    <GraphiQL.Logo>DECNET Graph</GraphiQL.Logo>
  </GraphiQL>,
);
