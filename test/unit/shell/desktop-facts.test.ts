import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { DesktopFacts } from '../../../agent/api/contract-conditions.ts';
import { DesktopTeller } from '../../../main/desktop/facts.ts';
import type { Outlook } from '../../../main/outlook.ts';
import { joinedTo, stateWith } from './state.ts';

const ALONE: Outlook = { phase: 'connected', agent: stateWith({}) };
const SHARED: Outlook = { phase: 'connected', agent: joinedTo(stateWith({}), {}) };

class Power extends EventEmitter {
  battery = false;
  idle = 0;

  isOnBatteryPower(): boolean {
    return this.battery;
  }

  getSystemIdleTime(): number {
    return this.idle;
  }
}

class Desktop {
  readonly power = new Power();
  readonly told: DesktopFacts[] = [];
  answers = true;
  /** What is called again and again; null: nothing. */
  beat: (() => void) | null = null;
  readonly teller = new DesktopTeller({
    power: this.power,
    tell: async (facts) => {
      if (!this.answers) throw new Error('gone');
      this.told.push(facts);
    },
    every: (_milliseconds, call) => {
      this.beat = call;
      return () => (this.beat = null);
    },
  });
}

it('tells nothing while nothing can be hosted', () => {
  const desktop = new Desktop();
  desktop.teller.setOutlook(ALONE);
  desktop.power.emit('on-battery');
  expect([desktop.told, desktop.beat]).toEqual([[], null]);
});

it('tells at once, again and again, and when something changes', () => {
  const desktop = new Desktop();
  desktop.power.idle = 12;
  desktop.teller.setOutlook(SHARED);
  desktop.teller.setOutlook(SHARED);
  desktop.power.battery = true;
  desktop.power.emit('on-battery');
  desktop.power.idle = 40;
  desktop.beat?.();
  expect(desktop.told).toEqual([
    { onBattery: false, idleSeconds: 12 },
    { onBattery: true, idleSeconds: 12 },
    { onBattery: true, idleSeconds: 40 },
  ]);
});

it('does not tell how long nobody used it, as long as the desktop says nothing but 0', () => {
  const desktop = new Desktop();
  desktop.teller.setOutlook(SHARED);
  desktop.power.idle = 3;
  desktop.beat?.();
  desktop.power.idle = 0;
  desktop.beat?.();
  expect(desktop.told.map(({ idleSeconds }) => idleSeconds)).toEqual([undefined, 3, 0]);
});

it('ends when nothing is hosted any more, and with the application', () => {
  const desktop = new Desktop();
  desktop.teller.setOutlook(SHARED);
  desktop.teller.setOutlook({ phase: 'lost' });
  expect(desktop.beat).toBeNull();
  desktop.teller.setOutlook(SHARED);
  desktop.teller.close();
  expect(desktop.beat).toBeNull();
});

it('goes on when the agent does not answer', () => {
  const desktop = new Desktop();
  desktop.answers = false;
  desktop.teller.setOutlook(SHARED);
  expect(desktop.beat).not.toBeNull();
});
