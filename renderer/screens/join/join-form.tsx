/**
 * What it takes to join a master. Nothing that was typed is lost by a failure, but the page forgets all of it when it is left.
 */
import { Button, NumberInput, PasswordInput, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from 'react';
import { looksLikeJoinLink } from '../../form/join-link.ts';
import '../../form/form.css';
import {
  hostOf,
  JOIN_FIELDS,
  joinProblem,
  understoodUrl,
  type JoinField,
  type JoinValues,
} from '../../form/master-fields.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Icon } from '../../parts/icons.tsx';
import { hasKeyboard, keepFocus, onceReleased } from '../../parts/pointer.ts';
import { useStore } from '../../state/hooks.ts';
import { linkTo } from '../../state/route.ts';
import { mastersText } from '../../words/masters.ts';
import { JoinFailure } from './join-failure.tsx';
import type { Joining, Phase } from './use-joining.ts';

type Properties = {
  values: JoinValues;
  joining: Joining;
  first: boolean;
  onChange: (over: Partial<JoinValues>) => void;
  /** @returns whether it was a link, which fills the form. */
  onPasted: (pasted: string) => boolean;
};

export function JoinForm({ values, joining, first, onChange, onPasted }: Properties): ReactNode {
  const store = useStore();
  const { phase } = joining;
  const busy = phase.step === 'looking' || phase.step === 'joining';
  const [looked, setLooked] = useState<ReadonlySet<JoinField>>(new Set());
  const [more, setMore] = useState(false);
  const refused = refusedField(phase);
  const unfolded = more || refused === 'partitions';
  const buttons = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (hasKeyboard()) goToField('token');
  }, []);
  useEffect(() => {
    if (refused !== null) goToField(refused);
    // What went wrong stands above the buttons; together they are seen.
    else if (phase.step === 'failed') buttons.current?.scrollIntoView({ block: 'nearest' });
  }, [phase, refused]);

  const look = (...fields: JoinField[]): void => setLooked((before) => new Set([...before, ...fields]));
  const problemOf = (field: JoinField): string | undefined => {
    const problem = looked.has(field) ? joinProblem(field, values) : '';
    return problem === '' ? undefined : problem;
  };
  const take = (field: JoinField, given: string): void => {
    // A link may be pasted wherever there is room for it.
    if (looksLikeJoinLink(given.trim()) && onPasted(given)) return;
    onChange({ [field]: given });
  };
  const textField = (field: Exclude<JoinField, 'partitions'>) => ({
    id: fieldId(field),
    value: values[field],
    error: problemOf(field),
    disabled: busy,
    autoComplete: 'off',
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) => take(field, event.currentTarget.value),
    onBlur: () => {
      if (field !== 'token' && field !== 'name') onChange({ [field]: understoodUrl(values[field]) });
      if (values[field] !== '') onceReleased(() => look(field));
    },
  });

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (busy) return;
    look(...JOIN_FIELDS);
    const wrong = JOIN_FIELDS.find((field) => joinProblem(field, values) !== '');
    if (wrong !== undefined) {
      if (wrong === 'partitions') setMore(true);
      announce(joinProblem(wrong, values), 'assertive');
      goToField(wrong);
      return;
    }
    const masterUrl = understoodUrl(values.master);
    joining.begin({
      name: values.name.trim(),
      token: values.token.trim(),
      masterUrl,
      masterUrlWeb: values.web.trim() === '' ? masterUrl : understoodUrl(values.web),
      partitions: Number(values.partitions),
    });
  };

  return (
    <form className="form join" noValidate onSubmit={submit}>
      <PasswordInput
        {...textField('token')}
        label={mastersText('masters.join.token')}
        description={mastersText('masters.join.token.help')}
        classNames={{ innerInput: 'mono' }}
        visibilityToggleButtonProps={{
          'aria-label': text('page.show.what', { what: mastersText('masters.join.token') }),
        }}
        // What works once is nothing for a browser to remember.
        autoComplete="one-time-code"
        withAsterisk
      />
      <TextInput
        {...textField('name')}
        label={mastersText('masters.join.name')}
        description={mastersText('masters.join.name.help')}
        dir="auto"
        withAsterisk
      />
      <TextInput
        {...textField('master')}
        label={mastersText('masters.join.master')}
        description={mastersText('masters.join.master.help')}
        classNames={{ input: 'mono' }}
        placeholder="https://slap.example.org"
        inputMode="url"
        withAsterisk
      />
      <TextInput
        {...textField('web')}
        label={mastersText('masters.join.web')}
        description={mastersText('masters.join.web.help')}
        classNames={{ input: 'mono' }}
        placeholder="https://panel.example.org"
        inputMode="url"
      />
      <button
        type="button"
        className="more-button"
        aria-expanded={unfolded}
        onClick={() => setMore(!unfolded)}
      >
        {mastersText('masters.join.more')}
        <Icon name={unfolded ? 'up' : 'down'} />
      </button>
      {unfolded && (
        <NumberInput
          id={fieldId('partitions')}
          className="join-partitions"
          label={mastersText('masters.join.partitions')}
          description={mastersText('masters.join.partitions.help')}
          value={values.partitions}
          error={problemOf('partitions')}
          disabled={busy}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          onChange={(partitions) => onChange({ partitions })}
          onBlur={() => onceReleased(() => look('partitions'))}
        />
      )}
      {phase.step === 'failed' && (
        <JoinFailure
          failure={phase.failure}
          unused={phase.unused}
          onField={goToField}
          onLocal={first ? () => void store.finishFirstRun() : null}
        />
      )}
      {phase.step === 'stopped' && (
        <p className="under small">
          {mastersText(phase.unused ? 'masters.join.cancelled' : 'masters.join.cancelled.late')}
        </p>
      )}
      {busy ? (
        <Working phase={phase} values={values} onStop={joining.stop} />
      ) : (
        <div ref={buttons} className="buttons">
          <Button type="submit" onMouseDown={keepFocus}>
            {phase.step === 'failed' ? text('page.try-again') : mastersText('masters.join.do')}
          </Button>
          <Button
            variant="default"
            component="a"
            href={first ? '#/' : linkTo({ screen: 'settings' })}
            onMouseDown={keepFocus}
          >
            {mastersText('masters.join.cancel')}
          </Button>
        </div>
      )}
    </form>
  );
}

/** What is being done, and the way out of it, which has the focus. */
function Working({
  phase,
  values,
  onStop,
}: {
  phase: Phase;
  values: JoinValues;
  onStop: () => void;
}): ReactNode {
  const stop = useRef<HTMLButtonElement>(null);
  const words =
    phase.step === 'joining'
      ? mastersText('masters.join.joining', { name: values.name.trim() })
      : mastersText('masters.join.looking', { host: hostOf(values.master) });
  useEffect(() => announce(words, 'answer'), [words]);
  useEffect(() => stop.current?.focus(), []);
  return (
    <div className="buttons">
      <Button ref={stop} variant="default" onClick={onStop}>
        {mastersText('masters.join.cancel')}
      </Button>
      <span className="join-working">
        <Icon name="work" />
        {words}
      </span>
    </div>
  );
}

/** The field that the master objects to. */
function refusedField(phase: Phase): JoinField | null {
  if (phase.step !== 'failed') return null;
  switch (phase.failure.code) {
    case 'token-refused':
      return 'token';
    case 'computer-name-in-use':
    case 'computer-name-invalid':
      return 'name';
    case 'master-url-invalid':
      return 'master';
    case 'too-many-partitions':
      return 'partitions';
    default:
      return null;
  }
}

function fieldId(field: JoinField): string {
  return `join-${field}`;
}

/** What is folded is opened by the render that shows what is wrong with it; what is wrong is there to be typed over. */
function goToField(field: JoinField): void {
  requestAnimationFrame(() => {
    const input = document.getElementById(fieldId(field));
    input?.focus();
    if (input instanceof HTMLInputElement) input.select();
  });
}
