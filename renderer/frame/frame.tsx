/**
 * The window's frame: skip link, navigation, what is known about the agent, and one screen.
 */
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { text } from '../messages.ts';
import { useStore } from '../state/hooks.ts';
import { goTo, MAIN_SCREENS, useRoute } from '../state/route.ts';
import { AgentBanner } from './agent-banner.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import './frame.css';
import { BottomBar, SideBar } from './navigation.tsx';
import { Screen } from './screen.tsx';
import { useShortcut, type ShortcutName } from './shortcuts.ts';

const KeyList = lazy(async () => ({ default: (await import('./key-list.tsx')).KeyList }));

export function Frame(): ReactNode {
  const route = useRoute();
  const store = useStore();
  const [keysShown, setKeysShown] = useState<boolean | null>(null);
  useShortcut('keys', () => setKeysShown(true));
  useShortcut('search', () => goTo({ screen: 'services' }));
  useShortcut('pause', () => {
    // Without the agent there is nothing to pause.
    import('../screens/pause/index.ts').then(({ togglePause }) => togglePause(store)).catch(() => {});
  });
  useShortcut('request', () => goTo({ screen: 'services' }));
  return (
    <div className="frame">
      <a className="skip" href="#main" onClick={skip}>
        {text('page.frame.skip')}
      </a>
      {MAIN_SCREENS.map((screen, index) => (
        <ScreenKey key={screen} name={`screen-${index + 1}`} act={() => goTo({ screen })} />
      ))}
      <SideBar route={route} onShowKeys={() => setKeysShown(true)} />
      <main id="main" className="main" tabIndex={-1}>
        <div className="content">
          <AgentBanner />
          <ErrorBoundary key={JSON.stringify(route)}>
            <Screen route={route} />
          </ErrorBoundary>
        </div>
      </main>
      <BottomBar route={route} onShowKeys={() => setKeysShown(true)} />
      {keysShown !== null && (
        <Suspense>
          <KeyList opened={keysShown} onClose={() => setKeysShown(false)} />
        </Suspense>
      )}
    </div>
  );
}

function ScreenKey({ name, act }: { name: ShortcutName; act: () => void }): ReactNode {
  useShortcut(name, act);
  return null;
}

/** Moves the focus without touching the address, which names the screen. */
function skip(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
