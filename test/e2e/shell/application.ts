/**
 * The application as it is built, beside a stand-in of the agent, with a command that finds that agent.
 */
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { ElectronApplication, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { buildShell } from '../../../scripts/build-shell.ts';
import { startStandInAgent, type StandInAgent } from '../gates/stand-in-agent.ts';
import { builtPage } from '../../page/built-page.ts';
import { launch, openedPage } from './electron.ts';

export type Installation = {
  readonly agent: StandInAgent;
  readonly entry: string;
  readonly userData: string;
  /** What the command answers from now on: the agent's address, unless something else is given. */
  answer(output?: unknown): Promise<void>;
  start(...args: string[]): Promise<ElectronApplication>;
  /** The same in another environment than that of the tests. */
  startIn(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<ElectronApplication>;
  /** Starts it and waits for the page. */
  open(...args: string[]): Promise<{ application: ElectronApplication; page: Page }>;
};

/** Whoever runs the tests may have a panel; it is none of theirs. */
const WITHOUT_PANEL = { ...process.env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' };

/** Registers the hooks of a test file: one build for all of its tests, an agent and settings of its own for each. */
export function installation(): Installation {
  let built: string;
  let page: string;
  let folder: string;
  let agent: StandInAgent;
  let running: ElectronApplication[];

  beforeAll(async () => {
    built = await mkdtemp(path.join(tmpdir(), 'slapgrid-shell-'));
    [page] = await Promise.all([builtPage(), buildShell(built)]);
  });
  afterAll(() => rm(built, { recursive: true }));
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-application-'));
    agent = await startStandInAgent();
    running = [];
    await mkdir(path.join(folder, 'dist', 'agent'), { recursive: true });
    await symlink(page, path.join(folder, 'dist', 'agent', 'page'));
    // Copied: the application looks around from where it really is.
    await cp(built, path.join(folder, 'dist', 'main'), { recursive: true });
    await answer();
  });
  afterEach(async () => {
    await Promise.all(running.map((each) => each.close()));
    await agent.close();
    // What Chromium is just leaving still writes.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  const entry = (): string => path.join(folder, 'dist', 'main', 'main.mjs');
  const userData = (): string => path.join(folder, 'user-data');
  const answer = async (output?: unknown): Promise<void> => {
    const { socketPath: socket } = agent;
    const tokenFile = path.join(agent.folder, 'private', 'token');
    const said = JSON.stringify(output ?? { agent: { socket, tokenFile } });
    const command = path.join(folder, 'slapgrid');
    await writeFile(command, `#!/bin/sh\ncat <<'END'\n${said}\nEND\n`);
    await chmod(command, 0o755);
  };
  const startIn = async (environment: NodeJS.ProcessEnv, ...args: string[]): Promise<ElectronApplication> => {
    const application = await launch({ entry: entry(), userData: userData(), args, environment });
    running.push(application);
    return application;
  };
  const start = (...args: string[]): Promise<ElectronApplication> => startIn(WITHOUT_PANEL, ...args);

  return {
    get agent() {
      return agent;
    },
    get entry() {
      return entry();
    },
    get userData() {
      return userData();
    },
    answer,
    start,
    startIn,
    open: async (...args) => {
      const application = await start(...args);
      return { application, page: await openedPage(application) };
    },
  };
}
