/** What the window costs: until it shows something, while it is scrolled, while it stands open. In the system's Chromium. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Browser, CDPSession, Page } from '@playwright/test';
import { StandInAgentService } from '../fakes/agent-service.ts';
import { startStandInAgent } from '../e2e/gates/stand-in-agent.ts';
import { launchBrowser } from '../page/browser.ts';
import { root, type Installation } from './installation.ts';
import type { Row, Table } from './measure.ts';
import { PlainBrowser } from './plain-browser.ts';
import { activity } from './processes.ts';

const LOADS = 9;
const INSTANCES = 10;
const CROWD = 500;
const SCROLL_SECONDS = 5;
const IDLE_SECONDS = 20;
const SETTLING_SECONDS = 5;

const assetsFolder = path.join(root, 'dist', 'agent', 'page');

export async function window(installation: Installation): Promise<Table> {
  await installation.withInstances(INSTANCES);
  const browser = await launchBrowser();
  await firstRunDone(browser, (await (await installation.api()).createLink()).url);
  try {
    return {
      title: 'window: the page in Chromium',
      rows: [
        ...(await loading(installation)),
        ...(await scrolling(browser)),
        ...(await standing(installation, browser)),
      ],
      notes: [
        `Loading: a new browser profile in a new window each time, from the navigation until the sentence and the windows of Overview are painted (the rows below follow in the next frame), with nothing attached to the browser meanwhile; the real agent, ${INSTANCES} running instances. Beside it: a page that is a heading and nothing else.`,
        'JavaScript: what was loaded by then, each file compressed by gzip.',
        `Scrolling: Partitions with ${CROWD} partitions, nine of ten in use, their figures moving every second; ${SCROLL_SECONDS} s of the wheel.`,
        `Standing open: processor time of Chromium's process of the page in ${IDLE_SECONDS} s, in percent of a core; layouts and styles are counted by Chromium. “nothing changes”: no figure moves.`,
      ],
    };
  } finally {
    await browser.close();
  }
}

async function loading(installation: Installation): Promise<Row[]> {
  const plain = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>plain</title><h1>Heading</h1>');
  }).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/`;
  const shown: number[] = [];
  const compared: number[] = [];
  let scripts: readonly string[] = [];
  const api = await installation.api();
  const browser = await PlainBrowser.launch();
  try {
    for (let load = 0; load < LOADS; load += 1) {
      const ours = await browser.paintOf((await api.createLink()).url);
      shown.push(ours.milliseconds);
      ({ scripts } = ours);
      compared.push((await browser.paintOf(plainUrl)).milliseconds);
    }
  } finally {
    await browser.close();
    plain.close();
  }
  return [
    {
      what: 'first meaningful paint',
      unit: 'ms',
      samples: shown,
      baseline: { what: 'a heading', samples: compared },
    },
    {
      what: 'JavaScript of the first screen',
      unit: 'kB',
      samples: [(await compressedBytes(scripts)) / 1000],
      baseline: null,
    },
  ];
}

async function compressedBytes(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    files.map(async (file) => gzipSync(await readFile(path.join(assetsFolder, file))).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function firstRunDone(browser: Browser, link: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(link);
  await page.getByRole('button', { name: /^Use it locally/u }).click();
  await page.getByRole('navigation').first().waitFor();
  await page.close();
}

/** Length of every frame in ms while the page is scrolled. */
const FRAMES = `
  globalThis.frames_ = [];
  let last = performance.now();
  const count = (now) => { globalThis.frames_.push(now - last); last = now; requestAnimationFrame(count); };
  requestAnimationFrame(count);
`;

async function scrolling(browser: Browser): Promise<Row[]> {
  const service = StandInAgentService.crowded(CROWD);
  const agent = await startStandInAgent({ assetsFolder, service });
  const end = service.live();
  const page = await browser.newPage({ viewport: { width: 1080, height: 720 } });
  await page.goto(agent.page.createLink().url);
  await page.locator('h1').waitFor();
  await page.goto(`${agent.origin}/#/partitions`);
  await page.locator('.partition-row').first().waitFor();
  await page.mouse.move(600, 400);
  const still = await framesOf(page, () => delay(2000));
  const scrolled = await framesOf(page, async () => {
    const until = performance.now() + SCROLL_SECONDS * 1000;
    for (let down = true; performance.now() < until; down = !down) {
      for (let step = 0; step < 60 && performance.now() < until; step += 1) {
        await page.mouse.wheel(0, down ? 120 : -120);
        await delay(16);
      }
    }
  });
  await page.close();
  end();
  await agent.close();
  const late = (frames: readonly number[]): number[] => [
    (frames.filter((frame) => frame > 25).length / frames.length) * 100,
  ];
  return [
    {
      what: `${CROWD} partitions: frames a second while scrolling`,
      unit: '/s',
      samples: perSecond(scrolled),
      baseline: { what: 'not scrolled', samples: perSecond(still) },
    },
    {
      what: `${CROWD} partitions: frames that came late (25 ms)`,
      unit: '%',
      samples: late(scrolled),
      baseline: { what: 'not scrolled', samples: late(still) },
    },
  ];
}

async function framesOf(page: Page, work: () => Promise<unknown>): Promise<number[]> {
  await page.evaluate(FRAMES);
  await work();
  return page.evaluate<number[]>('globalThis.frames_');
}

function perSecond(frames: readonly number[]): number[] {
  const seconds: number[] = [];
  let elapsed = 0;
  let count = 0;
  for (const frame of frames) {
    elapsed += frame;
    count += 1;
    if (elapsed < 1000) continue;
    seconds.push((count / elapsed) * 1000);
    elapsed = 0;
    count = 0;
  }
  return seconds;
}

type Standing = { share: number; layouts: number; styles: number };

async function standing(installation: Installation, browser: Browser): Promise<Row[]> {
  const live = await browser.newPage({ viewport: { width: 1080, height: 720 } });
  await live.goto((await (await installation.api()).createLink()).url);
  await live.locator('h1').waitFor();
  const agentPid = await installation.agentPid();
  const before = activity(agentPid).cpuMilliseconds;
  const began = performance.now();
  const running = await standingOf(browser, live);
  const agentShare = ((activity(agentPid).cpuMilliseconds - before) / (performance.now() - began)) * 100;
  await live.close();

  const agent = await startStandInAgent({ assetsFolder, service: StandInAgentService.crowded(INSTANCES) });
  const quiet = await browser.newPage({ viewport: { width: 1080, height: 720 } });
  await quiet.goto(agent.page.createLink().url);
  await quiet.locator('h1').waitFor();
  const nothing = await standingOf(browser, quiet);
  await quiet.close();
  await agent.close();

  const blank = await browser.newPage();
  const empty = await standingOf(browser, blank);
  await blank.close();
  const baseline = { what: 'a blank page', samples: [empty.share] };
  return [
    {
      what: `standing open, ${INSTANCES} running instances`,
      unit: '%',
      samples: [running.share],
      baseline,
    },
    { what: 'the agent meanwhile: measuring and telling', unit: '%', samples: [agentShare], baseline: null },
    { what: 'standing open, nothing changes', unit: '%', samples: [nothing.share], baseline },
    { what: 'layouts, nothing changes', unit: '', samples: [nothing.layouts], baseline: null },
    { what: 'styles computed, nothing changes', unit: '', samples: [nothing.styles], baseline: null },
  ];
}

async function standingOf(browser: Browser, page: Page): Promise<Standing> {
  await delay(SETTLING_SECONDS * 1000);
  const session = await page.context().newCDPSession(page);
  const all = await browser.newBrowserCDPSession();
  await session.send('Performance.enable');
  const before = await metricsOf(session);
  const cpuBefore = await rendererSeconds(all);
  await delay(IDLE_SECONDS * 1000);
  const after = await metricsOf(session);
  const cpu = (await rendererSeconds(all)) - cpuBefore;
  return {
    share: (cpu / IDLE_SECONDS) * 100,
    layouts: (after.get('LayoutCount') ?? 0) - (before.get('LayoutCount') ?? 0),
    styles: (after.get('RecalcStyleCount') ?? 0) - (before.get('RecalcStyleCount') ?? 0),
  };
}

async function metricsOf(session: CDPSession): Promise<Map<string, number>> {
  const { metrics } = await session.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value]));
}

/** Processor time of all pages' processes. */
async function rendererSeconds(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}
