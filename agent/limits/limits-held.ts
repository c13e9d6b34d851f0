/** How each limit is held on this computer, said honestly. */
import type { Held, LendingView, LimitName } from '../api/contract-lending.ts';
import { text } from '../messages.ts';
import type { CgroupBackendName } from '../sandbox/cgroup.ts';
import type { QuotaProbe } from './project-quotas.ts';
import type { RateProbe } from '../sandbox/types.ts';

/** What came of trying what is not limited by groups. */
export type TriedHere = { rate: RateProbe; quota: QuotaProbe };

/**
 * @param backend what limits partitions here; `none`: the kernel does not.
 */
export function limitsHeld(
  backend: CgroupBackendName | 'none',
  { rate, quota }: TriedHere,
): LendingView['limitsHeld'] {
  const byGroups = backend === 'none' ? 'none' : 'kernel';
  const byQuota = quota.ok ? 'kernel' : 'watched';
  const by = text(`limits.backend.${backend}`);
  const one = (name: LimitName, held: Held): { held: Held; detail: string } => ({
    held,
    detail: text(`limits.held.${name}.${held}`, { by }),
  });
  return {
    cpus: one('cpus', byGroups),
    memoryBytes: one('memoryBytes', byGroups),
    diskBytes: one('diskBytes', byQuota),
    files: one('files', byQuota),
    processes: one('processes', byGroups),
    // Its network is its own: nothing reaches it but through doors, and no more of them are opened.
    ports: one('ports', 'kernel'),
    networkBytesPerSecond: rate.ok
      ? one('networkBytesPerSecond', 'kernel')
      : { held: 'none', detail: withoutRate(rate) },
  };
}

function withoutRate({ cause, detail }: Extract<RateProbe, { ok: false }>): string {
  const key = 'limits.held.networkBytesPerSecond';
  return detail === '' && cause === 'unknown' ? text(`${key}.none`) : text(`${key}.${cause}`, { detail });
}

/** The disk limit as a protection: by whom, or why not by the kernel. */
export function diskHeld(quota: QuotaProbe): { held: Held; detail?: string; fixes?: string[] } {
  if (quota.ok) return { held: 'kernel' };
  const { cause, detail } = quota;
  const known = { detail: detail === '' ? 'none' : detail };
  return {
    held: 'watched',
    detail: `${text('lending.protection.disk.watched')} ${text(`limits.quota.${cause}`, known)}`,
    fixes: [text(`limits.quota.${cause}.fix`, known)],
  };
}

/** How partitions are held still: by the kernel, or by signals that are sent until nothing moves. */
export function freezeHeld(backend: CgroupBackendName | 'none'): { held: Held; detail: string } {
  const held = backend === 'none' ? 'watched' : 'kernel';
  return { held, detail: text(`limits.freeze.${held}`, { by: text(`limits.backend.${backend}`) }) };
}
