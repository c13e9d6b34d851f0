import { describe, expect, it } from 'vitest';
import type { AgentState, SoftwareView } from '../../../agent/api/contract.ts';
import { applyChange } from '../../../renderer/state/changes.ts';
import { readyInstance, StandInAgentService } from '../../fakes/agent-service.ts';

const release: SoftwareView = {
  url: 'slapgrid:redis',
  title: 'Redis',
  requestedState: 'available',
  state: 'building',
  progress: null,
  error: null,
  bytes: null,
};

const before: AgentState = new StandInAgentService(2).state();

describe('the tree', () => {
  it('is what a snapshot says, whatever was known', () => {
    expect(applyChange(null, { kind: 'snapshot', state: before })).toBe(before);
  });

  it('stays unknown until the first snapshot', () => {
    expect(applyChange(null, { kind: 'software', software: release })).toBeNull();
  });

  it('replaces a partition in its place and leaves the others untouched', () => {
    const partition = { id: 'slappart0', master: 'local', address: '127.64.0.1', instance: readyInstance() };
    const after = applyChange(before, { kind: 'partition', partition });
    expect(after?.partitions).toEqual([partition, before.partitions[1]]);
    expect(after?.partitions[1]).toBe(before.partitions[1]);
    expect(after?.software).toBe(before.software);
  });

  it('adds what is new and drops what is gone', () => {
    const added = applyChange(before, { kind: 'software', software: release });
    expect(added?.software).toEqual([release]);
    expect(applyChange(added, { kind: 'software-removed', url: release.url })?.software).toEqual([]);
    expect(applyChange(before, { kind: 'partition-removed', id: 'slappart0' })?.partitions).toHaveLength(1);
  });

  it('takes over what the agent says of itself', () => {
    const agent = {
      ...before.agent,
      notices: [{ id: 'clock', code: 'x', sentence: 'Moved.', nextStep: '' }],
    };
    expect(applyChange(before, { kind: 'agent', agent })?.agent).toBe(agent);
  });
});
