/**
 * Asking for one software release: its form, and what will happen.
 */
import type { ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { BackLink } from '../../parts/back-link.tsx';
import { Failure } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePageState } from '../../state/hooks.ts';
import { excerpt } from '../../words/excerpt.ts';
import { ReleaseRequest } from './release-request.tsx';

export { RequestByUrl } from './request-by-url.tsx';

export function Request({ software, agent }: { software: string; agent: AgentState }): ReactNode {
  const catalogue = usePageState((state) => state.catalogue);
  if (catalogue.state === 'failed') {
    return (
      <>
        <BackLink to="services" byEscape={false} />
        <ScreenTitle>{text('page.request.title', { title: excerpt(software) })}</ScreenTitle>
        <Failure failure={catalogue.reason} />
      </>
    );
  }
  if (catalogue.state === 'loading') return <Waiting rows={4}>{text('page.services.loading')}</Waiting>;
  const entry = catalogue.value.find(({ name }) => name === software);
  if (entry === undefined) {
    return (
      <>
        <BackLink to="services" byEscape={false} />
        <ScreenTitle>{text('page.services.nothing', { search: excerpt(software) })}</ScreenTitle>
        <p className="under">{text('page.services.nothing.under')}</p>
      </>
    );
  }
  return (
    <>
      <BackLink to="services" byEscape={false} />
      <ReleaseRequest entry={entry} agent={agent} />
    </>
  );
}
