import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';

import { onlyReads } from './operations.js';

/** Runs the query that the page opens with, once, so that its answer is there at first sight. It never runs a mutation. */
export function FirstRun() {
  const { run } = useGraphiQLActions();
  const editors = useGraphiQL(({ queryEditor, variableEditor, responseEditor }) => ({ queryEditor, variableEditor, responseEditor }));
  const hasRun = useRef(false);
  const ready = Boolean(editors.queryEditor && editors.variableEditor && editors.responseEditor);
  useEffect(() => {
    if (!ready || hasRun.current) return;
    hasRun.current = true;
    if (onlyReads(editors.queryEditor.getValue())) run();
  }, [ready, editors.queryEditor, run]);
  return null;
}
