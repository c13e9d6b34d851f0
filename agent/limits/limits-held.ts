/** How each limit is held on this computer, said honestly. */
import type { Held, LendingView, LimitName } from '../api/contract-lending.ts';
import { text } from '../messages.ts';
import type { CgroupBackendName } from '../sandbox/cgroup.ts';

/** @param backend what limits partitions here; `none`: the kernel does not. */
export function limitsHeld(backend: CgroupBackendName | 'none'): LendingView['limitsHeld'] {
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
    networkBytesPerSecond: one('networkBytesPerSecond', 'none'),
  };
}

/** How partitions are held still: by the kernel, or by signals that are sent until nothing moves. */
export function freezeHeld(backend: CgroupBackendName | 'none'): { held: Held; detail: string } {
  const held = backend === 'none' ? 'watched' : 'kernel';
  return { held, detail: text(`limits.freeze.${held}`, { by: text(`limits.backend.${backend}`) }) };
}
