/**
 * What this computer should do, asked once.
 */
import { UnstyledButton } from '@mantine/core';
import { lazy, Suspense, useEffect, useRef, type ReactNode, type Ref } from 'react';
import { AgentBanner } from '../../frame/agent-banner.tsx';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Mark } from '../../parts/glyph.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { hasKeyboard } from '../../parts/pointer.ts';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { goTo, useRoute } from '../../state/route.ts';
import { JoinDrawing, LocalDrawing, LookDrawing } from './drawings.tsx';
import './first-run.css';

const FirstJoin = lazy(async () => ({ default: (await import('../join/index.tsx')).FirstJoin }));

export function FirstRun(): ReactNode {
  const route = useRoute();
  if (route.screen !== 'join') return <Choices />;
  return (
    <Suspense>
      <FirstJoin invitation={route.invitation} />
    </Suspense>
  );
}

function Choices(): ReactNode {
  const store = useStore();
  const { busy, failure, run } = useAction();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (hasKeyboard()) first.current?.focus({ preventScroll: true });
  }, []);
  const choose = (chosen: string, work: () => Promise<void>): void => {
    announce(chosen, 'answer');
    void run(work);
  };
  return (
    <main className="first-run">
      <div className="first-run-content">
        <AgentBanner />
        <Mark size={44} />
        <ScreenTitle className="sentence" focused={false}>
          {text('page.first.title')}
        </ScreenTitle>
        <p className="under">{text('page.first.under')}</p>
        <div className="choices" ref={arrowsMove}>
          <Choice
            ref={first}
            drawing={<LocalDrawing />}
            title={text('page.first.local')}
            about={text('page.first.local.about')}
            action={text('page.first.local.action')}
            disabled={busy}
            onChoose={() => choose(text('page.first.local.chosen'), () => store.finishFirstRun())}
          />
          <Choice
            drawing={<JoinDrawing />}
            title={text('page.first.join')}
            about={text('page.first.join.about')}
            action={text('page.first.join.action')}
            disabled={busy}
            onChoose={() => goTo({ screen: 'join' })}
          />
          <Choice
            drawing={<LookDrawing />}
            title={text('page.first.look')}
            about={text('page.first.look.about')}
            action={text('page.first.look.action')}
            disabled={busy}
            onChoose={() => choose(text('page.first.tour'), () => store.openTour())}
          />
        </div>
        {failure !== null && <Failure failure={failure} />}
        <p className="first-run-foot">
          <Icon name="lock" />
          {text('page.first.foot')}
        </p>
      </div>
    </main>
  );
}

function Choice({
  ref,
  drawing,
  title,
  about,
  action,
  disabled,
  onChoose,
}: {
  ref?: Ref<HTMLButtonElement>;
  drawing: ReactNode;
  title: string;
  about: string;
  action: string;
  disabled: boolean;
  onChoose: () => void;
}): ReactNode {
  return (
    <UnstyledButton
      {...(ref === undefined ? {} : { ref })}
      className="choice-box"
      // It keeps the focus while it works.
      aria-disabled={disabled}
      onClick={() => {
        if (!disabled) onChoose();
      }}
    >
      {drawing}
      <span className="choice-title">{title}</span>
      <span className="choice-about">{about}</span>
      <span className="choice-action">
        {action}
        <Icon name="forward" />
      </span>
    </UnstyledButton>
  );
}

/** The arrows move from choice to choice. */
function arrowsMove(choices: HTMLElement | null): (() => void) | undefined {
  if (choices === null) return undefined;
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...choices.querySelectorAll('button')];
    const place = buttons.findIndex((button) => button === document.activeElement);
    event.preventDefault();
    buttons.at((place + step) % buttons.length)?.focus();
  };
  choices.addEventListener('keydown', onKey);
  return () => choices.removeEventListener('keydown', onKey);
}
