/**
 * What apt says when it fails, as errors a person can act on. apt's exit status is 100 for everything, so its sentences are read
 * (in the C locale; the recorded ones are in the tests).
 */
import { SlapgridError } from '../../errors.ts';
import { noSpace, saysNoSpace } from '../trees/software-user.ts';
import type { Source } from './sources.ts';

type Rule = { says: RegExp; code: string };

/** In order: an answer from a login page also makes apt complain of a missing signature, for one. */
const RULES: readonly Rule[] = [
  {
    says: /\b511 {2}|NOSPLIT|NODATA|Clearsigned file isn't valid|does the network require authentication|Hash Sum mismatch/,
    code: 'captive-portal',
  },
  { says: /is not valid yet \(invalid for another/, code: 'archive-from-future' },
  { says: /is expired \(invalid since|Mirror sync in progress|unexpected size/, code: 'mirror-out-of-date' },
  { says: /\b(?:401|402|403|407) {2}/, code: 'archive-refused' },
  {
    says: /Could not (?:resolve|connect)|Temporary failure resolving|Unable to connect|Connection (?:failed|timed out|reset|refused)|Cannot initiate|Network is unreachable|\b5\d\d {2}|[Cc]ertificate/,
    code: 'no-network',
  },
  {
    says: /is not signed|NO_PUBKEY|BADSIG|signatures (?:couldn't be verified|were invalid)|not signed by/,
    code: 'not-signed',
  },
  { says: /\b(?:404|410) {2}|(?:does not|no longer) ha(?:ve|s) a Release file/, code: 'mirror-out-of-date' },
];

/** @param errors what `apt-get update` or a download wrote to its standard error. */
export function fetchFailure(errors: string): SlapgridError {
  if (saysNoSpace(errors) || /enough free space/.test(errors)) return noSpace();
  const rule = RULES.find(({ says }) => says.test(errors));
  const line =
    rule === undefined
      ? (errors.trim().split('\n').at(-1) ?? '')
      : (lines(errors).find((one) => rule.says.test(one)) ?? '');
  const source = /'([^' ]+)|(?:fetch|for) (\S+)/.exec(line);
  const parameters = { source: source?.[1] ?? source?.[2] ?? '', detail: line.replace(/^[EW]: /, '') };
  return new SlapgridError(rule?.code ?? 'archive-failed', parameters);
}

/** @param errors what `apt-get install --print-uris` wrote to both of its outputs. */
export function resolveFailure(errors: string): SlapgridError {
  const unknown =
    /E: Unable to locate package (\S+)/.exec(errors) ??
    /E: Package '?([^' ]+)'? has no installation candidate/.exec(errors) ??
    /E: Couldn't find any package by (?:glob|regex) '([^']+)'/.exec(errors);
  if (unknown?.[1] !== undefined)
    return new SlapgridError('unknown-package', { name: unknown[1], near: 'none' });
  const unmet = /^ (\S+) : (.+)$/m.exec(errors);
  if (unmet?.[1] !== undefined)
    return new SlapgridError('unmet-dependencies', { name: unmet[1], detail: unmet[2] ?? '' });
  return fetchFailure(errors);
}

/** The sources that a failed update complains of. */
export function failedSources(errors: string, sources: readonly Source[]): Source[] {
  return sources.filter(({ uri, suite }) => {
    const plain = uri.replace(/\/$/, '');
    return lines(errors).some(
      (line) =>
        line.includes(`'${plain} ${suite} `) ||
        line.includes(`'${uri} ${suite} `) ||
        line.includes(`${plain}/dists/${suite}/`),
    );
  });
}

function lines(errors: string): string[] {
  return errors.split('\n').filter((line) => line.startsWith('E:') || line.startsWith('W: GPG error'));
}
