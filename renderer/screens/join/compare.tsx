/**
 * Who answers, shown by authorities that this computer does not know: a person compares their fingerprints, and says so.
 */
import { Button, Checkbox } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { ServerCertificate } from '../../../agent/api/contract.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { fingerprintGroups, mastersText } from '../../words/masters.ts';
import { namesText } from '../../words/owner.ts';
import { dayText } from '../../words/time.ts';

const COMMAND = 'openssl x509 -noout -fingerprint -sha256 -in ca.crt';

export function Compare({
  unknown,
  onAccept,
  onBack,
}: {
  unknown: readonly ServerCertificate[];
  onAccept: () => void;
  onBack: () => void;
}): ReactNode {
  const [compared, setCompared] = useState(false);
  const authorities = Map.groupBy(unknown, ({ fingerprint }) => fingerprint);
  const hosts = [...new Set(unknown.map(({ host }) => shownHost(host)))];
  return (
    <div className="compare">
      <ScreenTitle>{mastersText('masters.compare.title')}</ScreenTitle>
      <p className="under">
        {mastersText('masters.compare.under', { hosts: namesText(hosts), count: hosts.length })}
      </p>
      {[...authorities].map(([fingerprint, certificates]) => (
        <Authority key={fingerprint} fingerprint={fingerprint} certificates={certificates} />
      ))}
      <h2 className="section">{mastersText('masters.compare.how')}</h2>
      <ol className="compare-how">
        <li>{mastersText('masters.compare.how.ask')}</li>
        <li>
          {mastersText('masters.compare.how.command')}
          <span className="command">
            <code className="mono">{COMMAND}</code>
            <CopyButton variant="default" size="compact-sm" value={COMMAND} what={COMMAND} />
          </span>
        </li>
        <li>{mastersText('masters.compare.how.every')}</li>
      </ol>
      <Checkbox
        checked={compared}
        label={mastersText('masters.compare.checked')}
        description={mastersText('masters.compare.once')}
        onChange={(event) => setCompared(event.currentTarget.checked)}
      />
      <div className="buttons compare-buttons">
        <Button variant="default" onClick={onBack}>
          {mastersText('masters.compare.back')}
        </Button>
        <Button disabled={!compared} onClick={onAccept}>
          {mastersText('masters.compare.accept')}
        </Button>
      </div>
    </div>
  );
}

/** Without the port that everybody expects. */
function shownHost(host: string): string {
  return host.replace(/:443$/u, '');
}

/** Which was asked, and who it says it is where that differs. */
function Server({ host, subject }: { host: string; subject: string }): ReactNode {
  if (subject === host) return <b>{host}</b>;
  return (
    <>
      <b>{host}</b>, {mastersText('masters.compare.subject')} <bdi>{subject}</bdi>
    </>
  );
}

function Authority({
  fingerprint,
  certificates,
}: {
  fingerprint: string;
  certificates: readonly ServerCertificate[];
}): ReactNode {
  const [first] = certificates;
  if (first === undefined) return null;
  const rows: [string, ReactNode][] = [
    ...certificates.map(({ host, subject }): [string, ReactNode] => [
      mastersText('masters.compare.server'),
      <Server key={host} host={shownHost(host)} subject={subject} />,
    ]),
    [mastersText('masters.compare.authority'), <bdi key="issuer">{first.issuer}</bdi>],
    [
      mastersText('masters.compare.valid'),
      mastersText('masters.compare.valid.between', {
        from: dayText(Date.parse(first.validFrom)),
        to: dayText(Date.parse(first.validTo)),
      }),
    ],
  ];
  return (
    <div className="authority">
      <dl>
        {rows.map(([name, value], place) => (
          // oxlint-disable-next-line react/no-array-index-key -- a list that never changes
          <div key={place}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="fingerprint-head">{mastersText('masters.compare.fingerprint')} (SHA-256)</p>
      <p className="visually-hidden">
        {mastersText('masters.compare.fingerprint.name', {
          fingerprint: fingerprintGroups(fingerprint).join(', '),
        })}
      </p>
      <ol className="fingerprint mono" aria-hidden="true">
        {fingerprintGroups(fingerprint).map((group, place) => (
          // oxlint-disable-next-line react/no-array-index-key -- groups may be alike, their places are not
          <li key={place}>{group}</li>
        ))}
      </ol>
    </div>
  );
}
