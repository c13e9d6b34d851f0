/**
 * One picture to be taken, and what brings it about.
 */
import type { Page } from '@playwright/test';
import type { StandInAgent } from '../e2e/gates/stand-in-agent.ts';
import type { StandInAgentService } from '../fakes/agent-service.ts';

/** The moment of every picture. */
export const NOW = '2026-11-22T14:00:00.000Z';

export const now = (): number => Date.parse(NOW);

export type Scene = {
  /** The beginning of the name of its pictures. */
  name: string;
  /** The address: `#/partitions`. */
  screen: string;
  service: () => StandInAgentService;
  /** Without the link that lets the page in. */
  stranger?: true;
  /** What is asked for is not answered, which is what is to be seen. */
  unanswered?: true;
  /** Brings about what is to be seen, and waits for it. */
  act?: (page: Page, agent: StandInAgent) => Promise<void>;
};

export function never(): Promise<never> {
  return new Promise(() => {});
}

export function waitingFor(text: string | RegExp): (page: Page) => Promise<void> {
  return (page) => page.getByText(text).first().waitFor();
}

export function pressing(button: string | RegExp, dialog: string | RegExp): (page: Page) => Promise<void> {
  return async (page) => {
    await page.getByRole('button', { name: button }).first().click();
    await page.getByRole('dialog', { name: dialog }).waitFor();
  };
}
