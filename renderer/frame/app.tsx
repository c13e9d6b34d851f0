/**
 * What is shown at all: the frame with its screens, the first run, or why there is no agent behind this page.
 */
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { Announcer } from '../parts/announcer.tsx';
import { SignedOut } from '../screens/signed-out/index.tsx';
import { Uninstalled } from '../screens/uninstalled/index.tsx';
import { usePageState } from '../state/hooks.ts';
import { useLanguage } from '../state/language.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Frame } from './frame.tsx';
import { listenForShortcuts } from './shortcuts.ts';

/** Seen once. */
const FirstRun = lazy(async () => ({ default: (await import('../screens/first-run/index.tsx')).FirstRun }));

export function App(): ReactNode {
  const language = useLanguage();
  useEffect(listenForShortcuts, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <>
      {/* Every sentence is made anew in another language. */}
      <Whole key={language} />
      <Announcer />
    </>
  );
}

function Whole(): ReactNode {
  const connection = usePageState((state) => state.connection);
  const isFirstRun = usePageState(({ agent }) => agent !== null && !agent.agent.firstRunDone);
  const tour = usePageState((state) => state.tour);
  if (connection.state === 'signed-out') return <SignedOut reason={connection.reason} />;
  if (connection.state === 'uninstalled') return <Uninstalled kept={connection.kept} />;
  if (!tour && isFirstRun) {
    return (
      <ErrorBoundary>
        <Suspense>
          <FirstRun />
        </Suspense>
      </ErrorBoundary>
    );
  }
  return <Frame />;
}
