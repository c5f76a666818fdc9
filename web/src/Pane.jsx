import { pick, useGraphiQL } from '@graphiql/react';
import { useLayoutEffect } from 'react';

/** Shows a pane from its top: GraphiQL keeps the scroll position of the pane that was open before. */
export function Pane() {
  const { visiblePlugin } = useGraphiQL(pick('visiblePlugin'));
  useLayoutEffect(() => {
    document.querySelector('.graphiql-plugin')?.scrollTo(0, 0);
  }, [visiblePlugin]);
  return null;
}
