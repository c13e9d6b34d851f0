/**
 * Asking for software that is not in the catalogue: first its address, then the same form.
 */
import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { softwareUrlProblem } from '../../form/software-url.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { BackLink } from '../../parts/back-link.tsx';
import { Failure } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { goTo } from '../../state/route.ts';
import { ReleaseRequest } from './release-request.tsx';
import { useRelease } from './release.ts';

/** @param url of the release, once it is known which. */
export function RequestByUrl({ agent, url }: { agent: AgentState; url: string | undefined }): ReactNode {
  const { release, again } = useRelease(url);
  const [typed, setTyped] = useState(url ?? '');
  const [problem, setProblem] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);

  if (release?.state === 'loaded') {
    return (
      <>
        <BackLink to="services" byEscape={false} />
        <ReleaseRequest entry={release.value} agent={agent} />
      </>
    );
  }
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const wanted = typed.trim();
    const wrong = softwareUrlProblem(wanted);
    setProblem(wrong);
    if (wrong !== '') {
      announce(wrong, 'assertive');
      input.current?.focus();
    } else if (wanted === url) again();
    else goTo({ screen: 'request-url', url: wanted });
  };
  return (
    <>
      <BackLink to="services" byEscape={false} />
      <ScreenTitle focused={false}>{text('page.request.by-url')}</ScreenTitle>
      <p className="under">{text('page.request.by-url.under')}</p>
      <form className="form by-url" noValidate onSubmit={submit}>
        <TextInput
          ref={input}
          label={text('page.request.url')}
          description={text('page.request.url.help')}
          classNames={{ input: 'mono' }}
          value={typed}
          error={problem === '' ? undefined : problem}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {release?.state === 'failed' && <Failure failure={release.reason} />}
        <div className="buttons">
          <Button type="submit" loading={release?.state === 'loading'}>
            {text('page.request.read')}
          </Button>
        </div>
      </form>
    </>
  );
}
