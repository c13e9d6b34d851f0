/**
 * The way into a master: who answers there, whether a person trusts it, and then the token. It can be stopped between and repeated.
 */
import { useEffect, useRef, useState } from 'react';
import type {
  ErrorView,
  MasterView,
  RegisterNodeInput,
  ServerCertificate,
} from '../../../agent/api/contract.ts';
import { failureView } from '../../connection/failure.ts';
import { useStore } from '../../state/hooks.ts';

export type Phase =
  | { step: 'filling' }
  | {
      step: 'failed';
      failure: ErrorView;
      /** Whether the token is surely as good as before. */
      unused: boolean;
    }
  | { step: 'stopped'; unused: boolean }
  | { step: 'looking' }
  | { step: 'comparing'; unknown: readonly ServerCertificate[] }
  | { step: 'joining' };

export type Given = Omit<RegisterNodeInput, 'acceptedFingerprints'>;

export type Joining = {
  phase: Phase;
  begin: (given: Given) => void;
  /** The person trusts the authorities that are shown. */
  accept: () => void;
  stop: () => void;
};

/** What happens before the master is shown the token. */
const BEFORE_TOKEN: ReadonlySet<string> = new Set([
  'certificate-expired',
  'certificate-unknown',
  'certificate-wrong-host',
  'master-not-tls',
  'master-url-invalid',
  'master-no-network',
]);

export function useJoining(onJoined: (master: MasterView) => Promise<void>): Joining {
  const { client } = useStore();
  const [phase, setPhase] = useState<Phase>({ step: 'filling' });
  const given = useRef<Given | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const attempt = async (work: (signal: AbortSignal) => Promise<void>, sent: boolean): Promise<void> => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    try {
      await work(controller.signal);
    } catch (error) {
      if (controller.signal.aborted) return;
      const failure = failureView(error);
      setPhase({ step: 'failed', failure, unused: !sent || BEFORE_TOKEN.has(failure.code) });
    }
  };

  const join = (wanted: Given, acceptedFingerprints: string[]): Promise<void> => {
    setPhase({ step: 'joining' });
    return attempt(async (signal) => {
      const master = await client.registerNode.mutate({ ...wanted, acceptedFingerprints }, { signal });
      if (!signal.aborted) await onJoined(master);
    }, true);
  };

  const look = (wanted: Given): Promise<void> => {
    const { masterUrl, masterUrlWeb } = wanted;
    setPhase({ step: 'looking' });
    return attempt(async (signal) => {
      const { certificates } = await client.inspectMaster.mutate({ masterUrl, masterUrlWeb }, { signal });
      if (signal.aborted) return;
      const failure = certificates.find(({ problem }) => problem !== null)?.problem ?? null;
      const unknown = certificates.filter(({ trust }) => trust === 'unknown');
      if (failure !== null) setPhase({ step: 'failed', failure, unused: true });
      else if (unknown.length > 0) setPhase({ step: 'comparing', unknown });
      else await join(wanted, []);
    }, false);
  };

  return {
    phase,
    begin: (wanted) => {
      given.current = wanted;
      void look(wanted);
    },
    accept: () => {
      if (phase.step !== 'comparing' || given.current === null) return;
      void join(given.current, [...new Set(phase.unknown.map(({ fingerprint }) => fingerprint))]);
    },
    stop: () => {
      running.current?.abort();
      setPhase({ step: 'stopped', unused: phase.step !== 'joining' });
    },
  };
}
