import { useEffect, useId, useRef, useState, useSyncExternalStore } from 'react';

/** The box that asks for a token when the server has refused a request without one, or with one that it does not accept. */
export function SignIn({ session }) {
  const { isAsking, token } = useSyncExternalStore(session.subscribe, session.snapshot);
  const box = useRef(null);
  useEffect(() => {
    if (isAsking && !box.current.open) box.current.showModal();
    if (!isAsking && box.current.open) box.current.close();
  }, [isAsking]);
  const heading = useId();
  return (
    <dialog ref={box} className="sign-in" aria-labelledby={heading} onCancel={() => session.dismiss()}>
      {isAsking && <Form session={session} heading={heading} hadToken={token !== ''} />}
    </dialog>
  );
}

function Form({ session, heading, hadToken }) {
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [field, note] = [useId(), useId()];
  const input = useRef(null);
  const submit = async event => {
    event.preventDefault();
    setBusy(true);
    const { isDismissed } = session.state;
    const said = await session.signIn(input.current.value);
    if (!said && isDismissed) location.reload(); // nothing waits for the token, not even the schema
    if (!said) return; // the box has closed
    setProblem(said);
    setBusy(false);
    input.current.focus();
    input.current.select();
  };
  return (
    <form onSubmit={submit}>
      <h2 id={heading}>Sign in</h2>
      <p>
        {hadToken
          ? 'Your token is no longer accepted. Paste another one to go on.'
          : 'This server answers those who are signed in. Paste an API token, or the token of your DECNET login.'}
      </p>
      <label htmlFor={field}>Token</label>
      <input ref={input} id={field} type="password" autoComplete="off" spellCheck="false" aria-describedby={note} autoFocus />
      <p id={note} className="sign-in-note">It stays in this tab, and is forgotten when you close the tab.</p>
      <p role="alert" className="sign-in-problem">{problem}</p>
      <div className="sign-in-buttons">
        <button type="button" onClick={() => session.dismiss()}>Not now</button>
        <button type="submit" className="sign-in-submit" disabled={isBusy}>{isBusy ? 'Signing in…' : 'Sign in'}</button>
      </div>
    </form>
  );
}
