import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useState } from 'react';

import { onlyReads, operationNames } from './operations.js';

/**
 * Returns a function that opens a query with its variables in a tab: in the
 * one that has them, in the open one if replaceable says so of its query, or
 * else in a new one. A document that only reads is run.
 */
export function useOpen(replaceable = () => false) {
  const { addTab, changeTab, run } = useGraphiQLActions();
  const { tabs, activeTabIndex, operationName, queryEditor, variableEditor, responseEditor } = useGraphiQL(
    ({ tabs, activeTabIndex, operationName, queryEditor, variableEditor, responseEditor }) =>
      ({ tabs, activeTabIndex, operationName, queryEditor, variableEditor, responseEditor }),
  );
  const [toRun, setToRun] = useState(null);
  const openQuery = tabs[activeTabIndex]?.query;
  // GraphiQL learns the name of the operation that it would run a moment after the editor has its text.
  useEffect(() => {
    if (toRun === null || openQuery !== toRun || !operationNames(toRun).includes(operationName ?? null)) return;
    setToRun(null);
    run();
  }, [toRun, openQuery, operationName, run]);

  return ({ query, variables }) => {
    const same = tabs.findIndex(tab => tab.query === query && (tab.variables ?? '') === variables);
    if (same >= 0 && same !== activeTabIndex) changeTab(same);
    if (same < 0) {
      if (!replaceable(openQuery)) addTab();
      queryEditor.setValue(query);
      variableEditor.setValue(variables);
      responseEditor.setValue('');
    }
    if (onlyReads(query)) setToRun(query);
  };
}
