import { beforeEach, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import { DoorAddresses } from '../../../agent/lending/door-addresses.ts';
import { ManualClock } from '../../e2e/supervisor/manual-clock.ts';

const OTHER = { kind: 'other', name: 'slap.example.org' } as const;
const ME = { kind: 'me', name: 'ana' } as const;
const HOME = '192.168.1.23';
const OFFICE = '10.0.0.5';

let own: string[];
let notices: Map<string, string>;
let changes: number;
let clock: ManualClock;
let doors: DoorAddresses;

beforeEach(() => {
  own = [HOME];
  notices = new Map();
  changes = 0;
  clock = new ManualClock();
  doors = new DoorAddresses({
    own: () => own.map((address) => ({ address, interface: 'eth0' })),
    store: {
      notice: (id, error) => notices.set(id, error.sentence),
      withdrawNotice: (id) => notices.delete(id),
    },
    clock,
    changed: () => {
      changes += 1;
    },
  });
});

describe('doors of others', () => {
  it('listen on the loopback alone before anything was chosen', () => {
    expect(doors.addressesOf(OTHER)).toEqual([]);
    expect(doors.publishedOf(OTHER)).toBeNull();
  });

  it('listen on what was chosen, and those of the person’s own do not', () => {
    doors.choose([HOME]);
    expect(doors.addressesOf(OTHER)).toEqual([HOME]);
    expect(doors.publishedOf(OTHER)).toBe(HOME);
    expect(doors.addressesOf(ME)).toEqual([]);
    expect(doors.publishedOf(ME)).toBeNull();
    expect(changes).toBe(1);
  });

  it('close when the address goes, which is said, and open when it is back', () => {
    doors.choose([HOME]);
    own = [OFFICE];
    clock.pass(5000);
    expect(doors.addressesOf(OTHER)).toEqual([]);
    expect(notices.get('door-address')).toContain(HOME);
    expect(doors.publishedOf(OTHER)).toBe(HOME);
    own = [OFFICE, HOME];
    clock.pass(5000);
    expect(doors.addressesOf(OTHER)).toEqual([HOME]);
    expect(notices.size).toBe(0);
    expect(changes).toBe(3);
  });

  it('never open on an address that nobody chose', () => {
    doors.choose([HOME]);
    own = [HOME, OFFICE];
    clock.pass(60_000);
    expect(doors.addressesOf(OTHER)).toEqual([HOME]);
    expect(changes).toBe(1);
  });
});

it.each(['0.0.0.0', '127.0.0.1', '8.8.8.8', OFFICE])('%s is no address to choose here', (address) => {
  expect(() => doors.check([HOME, address])).toThrow(SlapgridError);
});

it('may be chosen again though it is away', () => {
  doors.choose([HOME]);
  own = [OFFICE];
  expect(() => doors.check([HOME, OFFICE])).not.toThrow();
});
