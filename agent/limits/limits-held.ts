/** How each limit is held on this computer, said honestly. */
import type { Held, LendingView, LimitName } from '../api/contract-lending.ts';
import { text } from '../messages.ts';
import type { CgroupBackendName } from '../sandbox/cgroup.ts';
import type { RateProbe } from '../sandbox/types.ts';

/**
 * @param backend what limits partitions here; `none`: the kernel does not.
 * @param rate what came of trying to hold a network rate.
 */
export function limitsHeld(backend: CgroupBackendName | 'none', rate: RateProbe): LendingView['limitsHeld'] {
  const byGroups = backend === 'none' ? 'none' : 'kernel';
  const by = text(`limits.backend.${backend}`);
  const one = (name: LimitName, held: Held): { held: Held; detail: string } => ({
    held,
    detail: text(`limits.held.${name}.${held}`, { by }),
  });
  return {
    cpus: one('cpus', byGroups),
    memoryBytes: one('memoryBytes', byGroups),
    diskBytes: one('diskBytes', 'watched'),
    files: one('files', 'watched'),
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

/** How partitions are held still: by the kernel, or by signals that are sent until nothing moves. */
export function freezeHeld(backend: CgroupBackendName | 'none'): { held: Held; detail: string } {
  const held = backend === 'none' ? 'watched' : 'kernel';
  return { held, detail: text(`limits.freeze.${held}`, { by: text(`limits.backend.${backend}`) }) };
}
