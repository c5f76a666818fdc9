import { useGraphiQL } from '@graphiql/react';
import { useEffect, useState, useSyncExternalStore } from 'react';

const viewerQuery = '{ viewer { name role } }';

/** Who is signed in, if the schema says that, and a button to sign out of a token, or to sign in after all. */
export function Viewer({ ask, session }) {
  const { token, isDismissed } = useSyncExternalStore(session.subscribe, session.snapshot);
  const schema = useGraphiQL(state => state.schema);
  const isKnown = Boolean(schema?.getQueryType()?.getFields().viewer);
  const [viewer, setViewer] = useState(null);
  useEffect(() => {
    if (!isKnown) return setViewer(null);
    let isCurrent = true;
    ask({ query: viewerQuery }).then(
      ({ data }) => isCurrent && setViewer(data?.viewer ?? null),
      () => isCurrent && setViewer(null),
    );
    return () => {
      isCurrent = false;
    };
  }, [ask, isKnown, token]);
  const signOut = () => {
    session.signOut();
    location.reload(); // what was answered must not stay on the screen
  };
  if (isDismissed) {
    return (
      <span className="viewer">
        <button type="button" onClick={() => session.open()}>Sign in</button>
      </span>
    );
  }
  if (!viewer?.name && !token) return null;
  return (
    <span className="viewer">
      <span>{viewer?.name ? `${viewer.name} · ${viewer.role}` : 'Signed in'}</span>
      {token && <button type="button" onClick={signOut}>Sign out</button>}
    </span>
  );
}
