/**
 * What the doctor of the tour finds: all well but one thing, to show what that looks like.
 */
import type { CheckResult } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';

export function sampleChecks(): CheckResult[] {
  const check = (id: 'isolation' | 'disk' | 'clock' | 'sources'): CheckResult => ({
    id,
    title: text(`page.tour.check.${id}`),
    passed: true,
    detail: text(`page.tour.check.${id}.detail`),
    fixes: [],
  });
  return [
    check('isolation'),
    check('disk'),
    check('clock'),
    { ...check('sources'), passed: false, fixes: [text('page.tour.check.sources.fix')] },
  ];
}
